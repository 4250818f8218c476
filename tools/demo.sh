#!/usr/bin/env bash
# The main job on real input, as root and then as an ordinary user: build an image of busybox from a Dockerfile, push it to a registry on
# loopback, remove it, pull it back, run it as a web server on a published port, fetch the page from this machine and, by
# the server's name, from another container, look into it, and clean up.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ $EUID -ne 0 ]]; then
    echo "make demo shows both root and rootless, so it wants to be started as root (or with sudo)." >&2
    exec sudo --preserve-env=PATH "$0" "$@"
fi

tools/prepare_host.sh
user=${PYCMAN_TEST_USER:-pycman-test}
work=$(mktemp -d /tmp/pycman-demo.XXXXXX)
chmod 0755 "$work"
free_port() { .venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
registry_port=$(free_port)
registry=localhost:$registry_port
registry_pid=
results=()

clean() {
    local status=$?
    set +e
    for who in root "$user"; do
        as "$who" pod rm -fa >/dev/null 2>&1
        as "$who" rm -fa >/dev/null 2>&1
        as "$who" rmi -fa >/dev/null 2>&1
    done
    pause=$(cut -d' ' -f1 "$work/$user/run/rootless/pause.pid" 2>/dev/null)
    [[ -n $pause ]] && kill "$pause"
    [[ -n $registry_pid ]] && kill "$registry_pid"
    rm -rf "$work"
    ((status == 0)) || echo "The demo failed with status $status." >&2
    exit "$status"
}
trap clean EXIT

# Run pycman for one user, on a store of the demo's own.
as() {
    local who=$1
    shift
    local options=(--root "$work/$who/root" --runroot "$work/$who/run")
    if [[ $who == root ]]; then
        .venv/bin/pycman "${options[@]}" "$@"
    else
        setpriv --reuid "$who" --regid "$who" --init-groups env HOME="$work/$who" XDG_RUNTIME_DIR="/run/user/$(id -u "$who")" \
            "$work/pycman" "${options[@]}" "$@"
    fi
}

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
show() {
    printf '\033[2m$ pycman %s\033[0m\n' "${*:2}"
    as "$@"
}

say "A registry server on $registry"
cat >"$work/registry.yml" <<EOF
version: 0.1
log: {level: error}
storage: {filesystem: {rootdirectory: $work/registry}, delete: {enabled: true}}
http: {addr: "127.0.0.1:$registry_port"}
EOF
docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
registry_pid=$!
until curl -fsS "http://$registry/v2/" >/dev/null 2>&1; do kill -0 "$registry_pid"; done

# An ordinary user must be able to reach the program: a copy where everybody may read.
cp -r .venv "$work/venv"
sed -i "s|$PWD/.venv|$work/venv|" "$work/venv/bin/pycman"
ln -s "$work/venv/bin/pycman" "$work/pycman"

# A Deployment of two pods behind a Service, from Kubernetes YAML.
play() {
    local who=$1 name=$2 node_port file="$work/$1/web.yaml" page=
    node_port=$(free_port)
    sed -e "s|localhost/busybox:1|$name|" -e "s|nodePort: 30080|nodePort: $node_port|" examples/web.yaml >"$file"
    say "[$who] play a Deployment of two pods with an init container, probes, a volume and a Service"
    show "$who" kube play --dry-run "$file"
    show "$who" kube play "$file"
    until [[ $(as "$who" pod ps --format '{{.Ready}}' | sort -u) == 1/1 ]]; do sleep 0.1; done
    show "$who" pod ps --format 'table {{.Name}}\t{{.Status}}\t{{.Ready}}'
    say "[$who] fetch the page through the Service, from this machine and from a pod"
    for _ in $(seq 50); do page=$(curl -fsS "http://127.0.0.1:$node_port/" 2>/dev/null) && break; sleep 0.1; done
    echo "$page"
    [[ $page == "Hello from two pods" ]]
    [[ $(show "$who" exec web-pod-0-httpd wget -q -O - http://web.default.svc.cluster.local/ | tee /dev/stderr) == *"$page"* ]]
    say "[$who] take it down"
    show "$who" kube down --force "$file"
    [[ -z $(as "$who" pod ps -q)$(as "$who" ps -aq)$(as "$who" volume ls -q)$(as "$who" secret ls -q) ]]
}

main_job() {
    local who=$1 port=$2 name=$registry/demo/$1
    install -d -o "$who" "$work/$who" "$work/$who/files" "$work/$who/files/bin"
    cp /bin/busybox "$work/$who/files/bin/busybox"
    cp examples/web/Dockerfile "$work/$who/files"
    chmod -R a+rX "$work/$who/files"
    local token=token-$RANDOM$RANDOM$RANDOM
    echo "$token" >"$work/$who/token"
    chmod a+r "$work/$who/token"

    say "[$who] build an image from a Dockerfile: three stages, a cache mount, a secret"
    local build=(build --build-arg "WHO=$who" --secret "id=token,src=$work/$who/token" -t "$name" "$work/$who/files")
    show "$who" "${build[@]}"
    ! grep -rq "$token" "$work/$who/root" "$work/$who/run" # the secret stayed nowhere
    say "[$who] build it again: every step is cached"
    [[ $(show "$who" "${build[@]}" | tee /dev/stderr | grep -c 'Using cache') == 4 ]]
    say "[$who] push it"
    show "$who" push "$name"
    say "[$who] remove it, and pull it back"
    show "$who" rmi "$name"
    show "$who" pull "$name"
    show "$who" images
    say "[$who] run it as a web server with a port published on this machine, and fetch the page"
    show "$who" run -d --name web -p "$port:8080" "$name"
    show "$who" port web
    local page=
    for _ in $(seq 100); do page=$(curl -fsS "http://127.0.0.1:$port/" 2>/dev/null) && break; done
    echo "$page"
    [[ $page == "Hello from a container of $who" ]]
    say "[$who] another container finds it by its name"
    [[ $(show "$who" run --rm "$name" wget -q -O - http://web:8080/ | tee /dev/stderr) == *"$page"* ]]
    say "[$who] look into it"
    show "$who" exec web ls -l /www
    show "$who" logs web
    show "$who" stats --no-stream
    show "$who" ps
    say "[$who] stop and remove it"
    show "$who" stop -t 1 web
    show "$who" rm web
    play "$who" "$name"
    # no bridge, rule, name server or namespace is left; the kernel takes a moment to forget a bridge
    for _ in $(seq 200); do [[ -z $(ls "$work/$who/run/network") ]] && break; sleep 0.01; done
    [[ -z $(ls "$work/$who/run/network") ]]
    results+=("$who: image $name pushed, pulled back, served \"$page\" on a port and by name, stopped and removed")
}

main_job root "$(free_port)"
main_job "$user" "$(free_port)"

say "What this showed"
for line in "${results[@]}"; do echo "  $line"; done
echo "  no daemon ran: while a container lived, only its conmon did, and the name server of its network"
