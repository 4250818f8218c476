"""Configs of images, and what they ask of a container."""

from __future__ import annotations

import json

from pycman.containers.check_spec import check_spec
from pycman.containers.create.image_defaults import fill_in
from pycman.images.image_config import parse_image_config
from pycman.images.manifest import diff_ids
from pycman.spec.container import ContainerSpec
from tests.fuzz.target import Target


def run(data: bytes) -> None:
    document = parse_image_config(data, subject="config")
    if "rootfs" in document:
        diff_ids(document)
    config = document.get("config") or {}
    spec = ContainerSpec(image="i", command=("sh",))
    check_spec(fill_in(spec, config, default_env={}, host_env={}, stop_timeout_s=10))


TARGET = Target(
    run=run,
    seeds=(
        json.dumps({
            "architecture": "amd64", "os": "linux", "created": "2024-01-01T00:00:00Z",
            "config": {"User": "1000:1000", "Env": ["PATH=/bin", "A"], "Cmd": ["sh"], "Entrypoint": ["/e"], "WorkingDir": "/w", "Labels": {"a": "b"},
                       "ExposedPorts": {"80/tcp": {}, "1-5/udp": {}}, "Volumes": {"/v": {}}, "StopSignal": "SIGTERM", "OnBuild": ["RUN x"],
                       "Healthcheck": {"Test": ["CMD-SHELL", "x"], "Interval": 1000000000, "Timeout": 5, "Retries": 3, "StartPeriod": 1}, "Shell": ["sh"]},
            "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "0" * 64]}, "history": [{"created": "x", "created_by": "y", "empty_layer": True}],
        }).encode(),
        b'{"config": null}', b'{"config": {"Cmd": null, "Env": null, "Labels": null, "ExposedPorts": null}, "rootfs": {}}',
    ),
    words=(b'"Healthcheck"', b'"NONE"', b'"CMD"', b'"Test"', b"null", b"[]", b"{}", b"true", b"NaN", b"1e999", b'"\\u0000"', b'"\\ud800"', b"SIGRTMIN+3"),
)  # fmt: skip
