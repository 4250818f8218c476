"""Find and read seccomp profiles: the one that a container names, else the administrator's, the host's, pycman's own."""

from __future__ import annotations

import os

from pycman.errors import Corrupt, NotFound
from pycman.jsontext import parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.spec.container import Security

OWN_PROFILE = f"{os.path.dirname(__file__)}/default_seccomp.json"
"""The profile of a host that has none (`tools/seccomp_profile.py` writes it)."""
_DEFAULTS = ("/etc/containers/seccomp.json", "/usr/share/containers/seccomp.json", OWN_PROFILE)
_LONGEST = 4 << 20


def default_profile() -> str:
    """Return the path of the profile of a container for which neither its caller nor containers.conf names one."""
    return next(path for path in _DEFAULTS if os.path.exists(path))


def profile_path(security: Security, configured: str) -> str:
    """Return the path of a container's profile; "" for no filter: unconfined, or privileged without a profile of its own.

    `configured` is the seccomp_profile of containers.conf, which does not concern privileged containers. Raises NotFound.
    """
    asked = security.seccomp_profile or ("" if security.privileged else configured)
    if asked == "unconfined" or (security.privileged and not asked):
        return ""
    path = asked or default_profile()
    if not os.path.isfile(path):
        hint = "" if security.seccomp_profile else "it is the seccomp_profile of containers.conf: correct that"
        raise NotFound("no such seccomp profile", subject=path, hint=hint)
    return path


def read_profile(path: str, capabilities: tuple[str, ...]) -> dict[str, Any]:
    """Return the profile of a file as "linux.seccomp" for this machine and these capabilities. Raises NotFound, Corrupt."""
    from pycman.runtime.seccomp import convert_seccomp  # only imported when a profile is read: once per boot

    try:
        with open(path, "rb") as file:
            content = file.read(_LONGEST + 1)
    except OSError as error:
        raise NotFound("no such seccomp profile", subject=path, hint=str(error.strerror)) from None
    if len(content) > _LONGEST:
        raise Corrupt("a seccomp profile has at most 4 MiB", subject=path)
    host = os.uname()
    major, minor = host.release.split(".")[:2]
    kernel = int(major), int("".join(filter(str.isdigit, minor)) or 0)
    profile = parse_json(content, subject=path)
    return convert_seccomp(profile, machine=host.machine, capabilities=capabilities, kernel=kernel, path=path)
