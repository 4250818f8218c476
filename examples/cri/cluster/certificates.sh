#!/bin/sh
# Make the certificates and kubeconfigs of a cluster on one machine: certificates.sh ADDRESS [DIRECTORY]
# ADDRESS is the node's, as others reach it; DIRECTORY is /etc/kubernetes. Nothing that is there is overwritten.
set -eu
umask 077
address=$1
top=${2:-/etc/kubernetes}
pki=$top/pki
days=3650
mkdir -p "$pki/etcd" "$top/manifests"

# authority NAME SUBJECT: a certificate authority
authority() {
    [ -e "$pki/$1.key" ] && return
    openssl req -x509 -newkey rsa:2048 -nodes -days $days -subj "/CN=$2" -keyout "$pki/$1.key" -out "$pki/$1.crt" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
}

# certificate AUTHORITY NAME SUBJECT USAGE [ALTERNATIVE NAMES]
certificate() {
    [ -e "$pki/$2.key" ] && return
    extensions=$(mktemp)
    {
        echo "keyUsage=critical,digitalSignature,keyEncipherment"
        echo "extendedKeyUsage=$4"
        if [ -n "${5:-}" ]; then echo "subjectAltName=$5"; fi
    } >"$extensions"
    openssl req -newkey rsa:2048 -nodes -subj "$3" -keyout "$pki/$2.key" -out "$pki/$2.csr" 2>/dev/null
    openssl x509 -req -in "$pki/$2.csr" -CA "$pki/$1.crt" -CAkey "$pki/$1.key" -CAcreateserial -days $days \
        -extfile "$extensions" -out "$pki/$2.crt" 2>/dev/null
    rm -f "$extensions" "$pki/$2.csr"
}

# kubeconfig FILE USER SERVER: the certificate of USER is in the file
kubeconfig() {
    [ -e "$top/$1" ] && return
    cat >"$top/$1" <<END
apiVersion: v1
kind: Config
clusters:
- name: node
  cluster:
    server: $3
    certificate-authority-data: $(base64 -w0 "$pki/ca.crt")
users:
- name: $2
  user:
    client-certificate-data: $(base64 -w0 "$pki/$2.crt")
    client-key-data: $(base64 -w0 "$pki/$2.key")
contexts:
- name: node
  context: {cluster: node, user: $2}
current-context: node
END
}

authority ca kubernetes
authority etcd/ca etcd
authority front-proxy-ca front-proxy

names="DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,DNS:node"
certificate ca apiserver "/CN=kube-apiserver" serverAuth "$names,IP:10.96.0.1,IP:127.0.0.1,IP:$address"
certificate ca apiserver-kubelet-client "/O=system:masters/CN=kube-apiserver-kubelet-client" clientAuth
certificate front-proxy-ca front-proxy-client "/CN=front-proxy-client" clientAuth
certificate etcd/ca etcd/server "/CN=node" serverAuth,clientAuth "DNS:localhost,IP:127.0.0.1"
certificate etcd/ca apiserver-etcd-client "/CN=kube-apiserver-etcd-client" clientAuth
certificate ca admin "/O=system:masters/CN=kubernetes-admin" clientAuth
certificate ca controller-manager "/CN=system:kube-controller-manager" clientAuth
certificate ca scheduler "/CN=system:kube-scheduler" clientAuth
certificate ca kubelet "/O=system:nodes/CN=system:node:node" clientAuth

if [ ! -e "$pki/sa.key" ]; then
    openssl genrsa -out "$pki/sa.key" 2048 2>/dev/null
    openssl rsa -in "$pki/sa.key" -pubout -out "$pki/sa.pub" 2>/dev/null
fi

kubeconfig admin.conf admin "https://$address:6443"
kubeconfig controller-manager.conf controller-manager https://127.0.0.1:6443
kubeconfig scheduler.conf scheduler https://127.0.0.1:6443
kubeconfig kubelet.conf kubelet https://127.0.0.1:6443
