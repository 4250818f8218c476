"""Global flags of docker and podman: done, passed on through the environment, refused where pycman cannot do what they ask,
else accepted without effect.
"""

from __future__ import annotations

import os
import sys

from cli.unsupported_flags import REASONS
from pycman.config.containers_modules import find_module, module_folders
from pycman.errors import Unsupported, from_os_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ENVIRONMENT = {"config": "DOCKER_CONFIG", "registries-conf": "CONTAINERS_REGISTRIES_CONF", "tmpdir": "TMPDIR"}
_REMOTE = ("host", "context", "remote", "identity", "ssh")


def modules_folders() -> list[str]:
    """Return where this user's modules of containers.conf are looked for."""
    return module_folders(os.path.expanduser("~"), rootless=os.geteuid() != 0)


def find_modules(flags: dict[str, Any], rest: list[str]) -> None:
    """Put absolute paths in place of the names that --module has. Raises NotFound.

    The command `rest` that cleans up after a container comes from conmon: a module that was removed meanwhile must not stop it.
    """
    if rest[:2] != ["container", "cleanup"]:
        flags["module"] = [find_module(name, modules_folders()) for name in flags["module"]]


def apply_global_flags(flags: dict[str, Any]) -> None:
    """Set the environment variables that some flags stand for. Raises Unsupported for flags that pycman cannot obey."""
    for name in _REMOTE:
        if flags.get(name) and flags[name] not in ("default", ["default"]):
            raise Unsupported("there is no daemon to talk to", subject=f"--{name}", hint="leave it out")
    if flags.get("db-backend") not in (None, "", "sqlite"):
        problem = "it is deprecated, no new BoltDB databases can be created"
        raise Unsupported(problem, subject=f"--db-backend {flags['db-backend']}", hint="leave it out")
    for name, reason in REASONS[""].items():
        if flags.get(name) and name not in _REMOTE:
            raise Unsupported(reason, subject=f"--{name}", hint="leave it out")
    for option in flags.get("storage-opt") or ():
        if option.partition("=")[0].endswith((".size", ".inodes")):
            raise Unsupported("layers have no quota", subject=f"--storage-opt {option}", hint="leave it out")
    path = os.devnull if flags.get("noout") else str(flags.get("out") or "")
    if path:
        try:
            sys.stdout = open(path, "w", encoding="utf-8")  # noqa: SIM115 - until the end
        except OSError as error:
            raise from_os_error(error, subject=f"--out {path}") from error
    for name, variable in _ENVIRONMENT.items():
        if flags.get(name):
            os.environ[variable] = str(flags[name])
