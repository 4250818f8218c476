"""Parse --volume, --mount, --tmpfs, --secret, --device and --gpus. Pure, except that host paths resolve `./` and `~`."""

from __future__ import annotations

from cli.parse import split_commas
from cli.specs.sizes import is_count
from pycman.errors import InvalidInput
from pycman.spec.mount import Mount, SecretUse, is_cdi_name
from pycman.spec.mount_text import check_access, parse_device, parse_mount_fields, parse_volume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cli.call import Call

__all__ = [
    "mounts_and_devices",
    "parse_cdi_devices",
    "parse_device",
    "parse_mount",
    "parse_secret",
    "parse_tmpfs",
    "parse_volume",
]

_ACCESS = frozenset(("ro", "rw", "readonly"))


def mounts_and_devices(call: Call) -> dict[str, Any]:
    """Return the fields of a ContainerSpec that --volume, --mount, --tmpfs, --secret, --device and --gpus say."""
    mounts = [parse_volume(word) for word in _words(call, "volume")]
    if call.string("volume-driver"):
        mounts = [m.replace(volume_driver=call.string("volume-driver")) if m.kind == "volume" else m for m in mounts]
    mounts += [parse_mount(word) for word in _words(call, "mount")]
    mounts += [parse_tmpfs(word) for word in _words(call, "tmpfs")]
    uses = [parse_secret(word) for word in call.values("secret")]
    return {
        "mounts": tuple(mounts),
        "secrets": tuple(use for use, is_variable in uses if not is_variable),
        "secret_env": tuple(use for use, is_variable in uses if is_variable),
        "devices": tuple(parse_device(word) for word in call.values("device") if not is_cdi_name(word)),
        "cdi_devices": parse_cdi_devices(call.values("device"), call.values("gpus")),
    }


def _words(call: Call, flag: str) -> list[str]:
    """Return the values of a flag: the same mount twice is one to podman, and an error to docker."""
    words = call.values(flag)
    return list(dict.fromkeys(words)) if call.habits.same_mount_once else words


def parse_mount(text: str) -> Mount:
    """Return --mount type=…,source=…,target=…,… (docker's and podman's keys)."""
    return parse_mount_fields(split_commas(text), text)


def parse_tmpfs(text: str) -> Mount:
    """Parse --tmpfs PATH[:OPTIONS]."""
    target, _, options_text = text.partition(":")
    if not target.startswith("/"):
        raise InvalidInput("the target must be an absolute path", subject=f"--tmpfs {text}")
    names = options_text.split(",")
    options = tuple(name for name in names if name and name not in _ACCESS)
    return Mount(kind="tmpfs", target=target, options=options, read_only=check_access(names, f"--tmpfs {text}"))


def parse_secret(text: str) -> tuple[SecretUse, bool]:
    """Parse --secret NAME[,type=mount|env][,target=…][,uid=…][,gid=…][,mode=…]; the second value is True for type=env."""
    name, *rest = split_commas(text)
    fields: dict[str, str] = {}
    if "=" in name:
        rest, name = [name, *rest], ""
    for part in rest:
        key, equals, value = part.partition("=")
        if not equals or key not in ("type", "target", "uid", "gid", "mode", "source"):
            raise InvalidInput(
                f"unknown option {part!r}", subject=f"--secret {text}", hint="use type, target, uid, gid, mode"
            )
        fields[key] = value
    name = name or fields.get("source", "")
    kind = fields.get("type", "mount")
    if not name or kind not in ("mount", "env"):
        raise InvalidInput(
            "not a secret", subject=f"--secret {text}", hint="write it as NAME,type=mount or NAME,type=env"
        )
    mode_text, uid, gid = fields.get("mode", "0444"), *(fields.get(key, "0") for key in ("uid", "gid"))
    numbers = all(value.isascii() and value.isdigit() and len(value) <= 10 for value in (mode_text, uid, gid))
    if not numbers or not set(mode_text) <= set("01234567") or int(mode_text, 8) > 0o7777:
        raise InvalidInput("uid, gid and mode are numbers", subject=f"--secret {text}", hint="write mode in octal")
    use = SecretUse(
        name=name, kind=kind, target=fields.get("target", ""), uid=int(uid), gid=int(gid), mode=int(mode_text, 8)
    )
    return use, kind == "env"


def parse_cdi_devices(devices: Sequence[str], gpus: Sequence[str]) -> tuple[str, ...]:
    """Return the CDI names among --device, and those of --gpus: "all", a number, or device=ID[,ID]."""
    cdi_names = [device for device in devices if is_cdi_name(device)]
    for value in gpus:
        text = value.strip('"')
        if is_count(text) and int(text) < 1000:
            names = [str(number) for number in range(int(text))]
        else:
            names = text.removeprefix("device=").split(",")
            if text != "all" and not text.startswith("device="):
                raise InvalidInput("not GPUs", subject=f"--gpus {value}", hint="write all, a number, or device=ID[,ID]")
        cdi_names += [f"nvidia.com/gpu={name}" for name in names]
    return tuple(dict.fromkeys(cdi_names))
