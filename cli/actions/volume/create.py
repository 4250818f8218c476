"""volume create: create a volume."""

from __future__ import annotations

import os

from cli.specs.pairs import parse_labels
from pycman.errors import NotFound
from pycman.volumes.volume import VolumeSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def _check_device(spec: VolumeSpec) -> None:
    """Raise NotFound for a bind of a directory that is not there; docker finds that when the volume is used."""
    device = spec.options.get("device", "")
    bind = spec.options.get("type") in ("bind", "none") or "bind" in spec.options.get("o", "").split(",")
    if bind and device.startswith("/") and not os.path.exists(device):
        raise NotFound(
            "the device of the volume is not there", subject=device, hint=f"mkdir -p {device}", code="no-volume-device"
        )


def run(call: Call) -> int:
    """Create the volume, without a name an anonymous one, and print its name; docker accepts an existing one."""
    name = call.arguments[0] if call.arguments else call.string("name")
    spec = VolumeSpec(
        name=name,
        driver=call.string("driver", "local"),
        options={key: value for key, _, value in (option.partition("=") for option in call.values("opt"))},
        labels=parse_labels(call.values("label")),
        anonymous=not name,
        uid=call.number("uid", -1),
        gid=call.number("gid", -1),
    )
    if call.habits.podman_errors:
        _check_device(spec)
    call.print(call.engine.volumes.create(spec, ignore=call.flag("ignore") or call.habits.volume_create_again))
    return 0
