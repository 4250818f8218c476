"""Files of OCI hooks, and for which containers they are."""

from __future__ import annotations

import os
import tempfile

from pycman.config.oci_hooks import hooks_by_stage, read_hooks
from tests.fuzz.target import Target

_FOLDER = tempfile.mkdtemp(prefix="pycman-hooks-")


def run(data: bytes) -> None:
    path = f"{_FOLDER}/{os.getpid()}.json"
    try:
        with open(path, "wb") as file:
            file.write(data)
        hooks = [hook for hook in read_hooks([_FOLDER]) if hook.path == path]
        hooks_by_stage(hooks, command="/bin/sh", annotations={"a": "b"}, has_bind_mounts=True)
    finally:
        os.unlink(path)


TARGET = Target(
    run=run,
    seeds=(
        b'{"version": "1.0.0", "hook": {"path": "/bin/sh", "args": ["sh"], "env": ["A=b"], "timeout": 3}, "when": {"always": true}, "stages": ["prestart", "poststop"]}',
        b'{"version": "1.0.0", "hook": {"path": "/bin/sh"}, "when": {"annotations": {"^a$": ".*"}, "commands": ["sh$"], "hasBindMounts": true}, "stages": ["createRuntime"]}',
    ),
    words=(b"null", b"[]", b"{}", b"true", b"a{9999999999}", b"(?P<x>", b"[[:alpha:]]", b'"precreate"', b'"\\u0000"', b'"\\ud800"', b"-1", b"1.5"),
)  # fmt: skip
