"""A Dockerfile with its context, and a pod of YAML."""

from __future__ import annotations

from pathlib import Path

from tests.torture.place import IMAGE

_POD = """apiVersion: v1
kind: Pod
metadata: {{name: played}}
spec:
  terminationGracePeriodSeconds: 0
  volumes: [{{name: v, persistentVolumeClaim: {{claimName: played-data}}}}, {{name: e, emptyDir: {{}}}}]
  initContainers:
    - {{name: first, image: {0}, command: ["true"]}}
  containers:
    - {{name: a, image: {0}, command: [sleep, "100000"], ports: [{{containerPort: 80, hostPort: 8080}}],
        volumeMounts: [{{name: v, mountPath: /v}}, {{name: e, mountPath: /e}}]}}
    - {{name: b, image: {0}, command: [sleep, "100000"], volumeMounts: [{{name: v, mountPath: /v}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: played-service}}
spec: {{selector: {{app: none}}, ports: [{{port: 80}}]}}
"""
_DOCKERFILE = f"""FROM {IMAGE} AS one
COPY a /a
RUN echo x > /x
FROM {IMAGE}
WORKDIR /w
RUN --mount=type=cache,target=/c echo y > /c/y
COPY --from=one /a /x /
RUN cat /a /x > /both
"""


def write_sources(folder: Path) -> Path:
    """Write Dockerfile, a file that it copies, and pod.yaml for all to read; return the folder."""
    (folder / "Dockerfile").write_text(_DOCKERFILE)
    (folder / "a").write_text("a\n")
    (folder / "pod.yaml").write_text(_POD.format(IMAGE))
    for path in folder.iterdir():
        path.chmod(0o644)
    return folder
