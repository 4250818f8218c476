"""The options of Create, by kind of shim: what a monitor is told, and `--runtime-flag NAME=VALUE` of the user.

containerd-shim-runc-*   containerd.runc.v1.Options: binary-name=PROGRAM (crun), root=DIR, systemd-cgroup, no-new-keyring, no-pivot-root
all others               runtimeoptions.v1.Options: type-url=…, config-path=FILE (Kata, gVisor)
"""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.jsontext import parse_json
from pycman.linux.files import read_text
from pycman.runtime.shim.messages import TABLE
from pycman.runtime.shim.protobuf import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pycman.runtime.monitor import Monitor

_RUNC_TEXT = ("binary-name", "root")
_RUNC_SWITCHES = ("systemd-cgroup", "no-new-keyring", "no-pivot-root")
_OTHERS = ("type-url", "config-path")


def create_options(
    program: str, root: str, flags: Sequence[str], monitor: Monitor, *, by_systemd: bool
) -> dict[str, Any]:
    """Return a message Any for a shim's program ({} for none): `flags` are written --NAME or --NAME=VALUE. Raises InvalidInput."""
    given = dict(_pair(flag) for flag in flags)
    if not program.startswith("containerd-shim-runc-"):
        _check(program, given, _OTHERS, ())
        values: dict[str, Any] = {name.replace("-", "_"): value for name, value in given.items()}
        if not values:
            return {}
        return _any("runtimeoptions.v1.Options", "runtimeoptions.Options", values)
    _check(program, given, _RUNC_TEXT, _RUNC_SWITCHES)
    uid, gid = _owner_of_streams(monitor.bundle)
    values = {
        "binary_name": given.get("binary-name", "runc"),
        "root": given.get("root", root),
        "systemd_cgroup": by_systemd or "systemd-cgroup" in given,
        "no_new_keyring": not monitor.keyring or "no-new-keyring" in given,
        "no_pivot_root": not monitor.pivot_root or "no-pivot-root" in given,
        "io_uid": uid,
        "io_gid": gid,
    }
    return _any("containerd.runc.v1.Options", "runc.Options", values)


def _pair(flag: str) -> tuple[str, str]:
    name, _equals, value = flag.removeprefix("--").partition("=")
    return name, value


def _check(program: str, given: dict[str, str], texts: Sequence[str], switches: Sequence[str]) -> None:
    for name, value in given.items():
        if (name not in texts or not value) and (name not in switches or value):
            known = ", ".join([*(f"{each}=VALUE" for each in texts), *switches])
            raise InvalidInput(
                f"{program} has no such option", subject=f"--runtime-flag {name}", hint=f"there are {known}"
            )


def _owner_of_streams(bundle: str) -> tuple[int, int]:
    """Return who owns the pipes that the process gets: the user it runs as, as the host knows that."""
    text = read_text(f"{bundle}/config.json")
    config = parse_json(text, subject="config.json") if text else {}
    user = config.get("process", {}).get("user", {})
    linux = config.get("linux", {})
    return (
        _on_host(int(user.get("uid", 0)), linux.get("uidMappings") or ()),
        _on_host(int(user.get("gid", 0)), linux.get("gidMappings") or ()),
    )


def _on_host(number: int, ranges: Sequence[dict[str, int]]) -> int:
    for part in ranges:
        if part["containerID"] <= number < part["containerID"] + part["size"]:
            return part["hostID"] + number - part["containerID"]
    return number


def _any(type_url: str, message: str, values: dict[str, Any]) -> dict[str, Any]:
    return {"type_url": type_url, "value": encode(TABLE, message, values)}
