"""Kubernetes YAML: read, checked, and what has no problems translated into a play."""

from __future__ import annotations

from kube_yaml.check.fields import check
from kube_yaml.check.kinds import playable
from kube_yaml.play.prepare import with_documents
from kube_yaml.read.documents import read_documents
from kube_yaml.translate.play_options import PlayOptions
from kube_yaml.translate.standing import Standing
from kube_yaml.translate.workloads import Translator
from tests.fuzz.target import Target
from tests.support.plays import BRIDGE, NODE


def run(data: bytes) -> None:
    documents = read_documents(data.decode("utf-8", "replace"), file="f.yaml")
    if check(documents, cron_jobs=True).problems:
        return
    documents, _ = playable(documents)
    Translator("f", with_documents(NODE, documents), PlayOptions(), BRIDGE, Standing()).translate(documents)


_POD = b"""
metadata: {name: p, labels: {app: web}, annotations: {a: b}}
spec:
  hostname: h
  restartPolicy: OnFailure
  securityContext: {runAsUser: 5, fsGroup: 6, sysctls: [{name: net.core.somaxconn, value: "5"}], seccompProfile: {type: Unconfined}}
  volumes:
  - {name: v, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
  - {name: c, configMap: {name: cm, defaultMode: 0640, items: [{key: k, path: a/b}]}}
  - {name: d, downwardAPI: {items: [{path: l, fieldRef: {fieldPath: metadata.labels}}]}}
  initContainers: [{name: i, image: i, restartPolicy: Always}]
  containers:
  - name: c
    image: docker.io/library/busybox:1
    command: [sh, -c, "echo $(A) $$(B)"]
    env: [{name: A, value: "$(B)x"}, {name: B, valueFrom: {fieldRef: {fieldPath: metadata.name}}}, {name: C, valueFrom: {configMapKeyRef: {name: cm, key: k}}}]
    envFrom: [{configMapRef: {name: cm}, prefix: P_}]
    ports: [{containerPort: 80, hostPort: 8080, name: http}]
    resources: {limits: {memory: 64Mi, cpu: 500m}, requests: {cpu: "0.1"}}
    livenessProbe: {httpGet: {path: /, port: http}, periodSeconds: 5}
    lifecycle: {preStop: {exec: {command: [a]}}}
    volumeMounts: [{name: v, mountPath: /v, subPath: s, readOnly: true}]
    securityContext: {capabilities: {add: [NET_ADMIN], drop: [ALL]}, readOnlyRootFilesystem: true}
"""
_CONFIG = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm}\ndata: {k: v}\nbinaryData: {b: AAE=}\n"

TARGET = Target(
    run=run,
    seeds=(
        _CONFIG + b"---\napiVersion: v1\nkind: Pod" + _POD,
        _CONFIG + b"---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: web}}\n"
        b"  template:" + _POD.replace(b"\n", b"\n    "),
        b"apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {app: web}, ports: [{port: 80, targetPort: http, nodePort: 30000}], type: NodePort}\n",
        b"apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec: {completions: 2, parallelism: 1, backoffLimit: 1, template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}\n",
        b"apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {a: b}, data: {c: AA==}}\n",
        b"apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: v}\nspec: {resources: {requests: {storage: 1Gi}}}\n",
        b"a: &x [1, 2]\nb: *x\nc: {<<: {d: e}}\n? [k]\n: v\n--- !!python/object:os.system x\n",
        b"apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: c}\nspec: {schedule: '* * * * *', jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}}}\n",
    ),
    words=(b"null", b"~", b"true", b"!!binary ", b"!!set ", b"&a ", b"*a", b"<<: ", b"---\n", b"...\n", b"? ", b"- ", b": ", b"|\n", b">-\n", b"2001-01-01",
           b"0o17", b"1_000", b".inf", b".nan", b"%YAML 1.1\n", b"hostPath: {path: /x, type: Directory}", b"hostNetwork: true", b"$(A)", b"'", b"initContainers:",
           b"ephemeral-storage", b"secret: {secretName: s}", b"projected: {sources: []}", b"tcpSocket: {port: 5}", b"grpc: {port: 5}", b"sleep: {seconds: 1}"),
)  # fmt: skip
