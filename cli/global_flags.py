"""Global flags of docker and podman: passed on through the environment, refused where pycman cannot do what they ask, else
accepted without effect.
"""

from __future__ import annotations

import os

from pycman.errors import Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ENVIRONMENT = {"config": "DOCKER_CONFIG", "registries-conf": "CONTAINERS_REGISTRIES_CONF", "tmpdir": "TMPDIR"}
_REMOTE = ("host", "context", "remote", "identity", "ssh")
_REFUSED = {
    "conmon": "conmon is found on PATH or set in containers.conf",
    "hooks-dir": "OCI hooks are not implemented yet",
    "cdi-spec-dir": "cdi_spec_dirs in containers.conf says where CDI files are",
    "imagestore": "there is one store",
    "volumepath": "volumes live below --root",
    "default-mounts-file": "there are no default mounts",
    "runtime-flag": "flags of the OCI runtime cannot be set",
    "module": "modules of containers.conf are not implemented yet",
}


def apply_global_flags(flags: dict[str, Any]) -> None:
    """Set the environment variables that some flags stand for. Raises Unsupported for flags that pycman cannot obey."""
    for name in _REMOTE:
        if flags.get(name) and flags[name] not in ("default", ["default"]):
            raise Unsupported("there is no daemon to talk to", subject=f"--{name}", hint="leave it out")
    for name, reason in _REFUSED.items():
        if flags.get(name):
            raise Unsupported(reason, subject=f"--{name}", hint="leave it out")
    for name, variable in _ENVIRONMENT.items():
        if flags.get(name):
            os.environ[variable] = str(flags[name])
