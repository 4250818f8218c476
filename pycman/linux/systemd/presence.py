"""Whether systemd runs here, and where its bus is. Read by every command, so it imports next to nothing."""

from __future__ import annotations

import os

NO_ANSWER = "systemd does not answer on the bus"
"""How a reason begins that may be another a moment later."""
_SYSTEM_BUS = "/run/dbus/system_bus_socket"


def runs_systemd() -> bool:
    """Say whether the host was booted with systemd (sd_booted(3))."""
    return os.path.isdir("/run/systemd/system")


def bus_path(uid: int, *, rootless: bool) -> str:
    """Return the socket of the system's bus, or of the user's by the rules of sd-bus(3); "" if there is none."""
    if not rootless:
        path = _socket_of(os.environ.get("DBUS_SYSTEM_BUS_ADDRESS", "")) or _SYSTEM_BUS
    else:
        runtime_directory = os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{uid}"
        path = _socket_of(os.environ.get("DBUS_SESSION_BUS_ADDRESS", "")) or f"{runtime_directory}/bus"
    return path if os.path.exists(path) else ""


def _socket_of(address: str) -> str:
    """Return the path in the first Unix address of a list ("unix:path=/run/user/1000/bus,guid=…;…"), "" if it has none."""
    for one in address.split(";"):
        kind, _, keys = one.partition(":")
        path = dict(key.partition("=")[::2] for key in keys.split(",")).get("path", "")
        if kind == "unix" and path:
            return path
    return ""


def in_service() -> bool:
    """Say whether systemd started this process, or what started it, as a service: it watches the processes in its cgroup."""
    return bool(os.environ.get("INVOCATION_ID"))
