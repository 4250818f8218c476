"""Kinds of Quadlet files, and the names of what they make: services, and the containers, pods, networks … behind them."""

from __future__ import annotations

import os

from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.quadlet.unit_file import UnitFile


class Kind(Record):
    """One kind of file. `order`: files whose names others need come first; `suffix`: what the service's name has at its end."""

    section: str
    order: int
    suffix: str = ""
    name_key: str = ""
    """The key that names what is made."""


KINDS: dict[str, Kind] = {
    ".image": Kind(section="Image", order=1, suffix="-image"),
    ".artifact": Kind(section="Artifact", order=1, suffix="-artifact"),
    ".volume": Kind(section="Volume", order=2, suffix="-volume", name_key="VolumeName"),
    ".network": Kind(section="Network", order=2, suffix="-network", name_key="NetworkName"),
    ".build": Kind(section="Build", order=3, suffix="-build", name_key="ImageTag"),
    ".container": Kind(section="Container", order=4, name_key="ContainerName"),
    ".kube": Kind(section="Kube", order=4),
    ".pod": Kind(section="Pod", order=5, suffix="-pod", name_key="PodName"),
}
"""By extension of the file's name."""


class Made:
    """What a file makes: `service` without ".service", `resource` the name of the container, network, … ("" if not known
    yet, or only to systemd), `members` the services of containers that start with a pod.
    """

    def __init__(self, service: str, resource: str) -> None:
        self.service = service
        self.resource = resource
        self.members: list[str] = []

    def unit(self) -> str:
        """Return the name of the service's unit."""
        return f"{self.service}.service"


def kind_of(name: str) -> Kind | None:
    """Return the kind of a file by its name, None if it is not Quadlet's."""
    return KINDS.get(os.path.splitext(name)[1])


def what_is_made(units: list[UnitFile]) -> dict[str, Made]:
    """Return what each file makes, by the file's name. Names of networks, volumes and images are known once they are translated."""
    made = {}
    for unit in units:
        kind = KINDS[os.path.splitext(unit.name)[1]]
        resource = ""
        if kind.section == "Container":
            resource = container_name(unit).replace("%N", _service_name(unit, kind))
            resource = "" if "%" in resource else resource  # only systemd knows
        elif kind.section == "Build":
            resource = next(iter(unit.values("Build", "ImageTag")), "")
        elif kind.section == "Pod":
            resource = pod_name(unit)
        made[unit.name] = Made(_service_name(unit, kind), resource)
    return made


def service_name(unit: UnitFile) -> str:
    """Return the name of the service that a file becomes, without ".service"."""
    return _service_name(unit, KINDS[os.path.splitext(unit.name)[1]])


def _service_name(unit: UnitFile, kind: Kind) -> str:
    chosen = unit.value(kind.section, "ServiceName")
    if chosen is not None:
        return chosen
    base = os.path.splitext(unit.name)[0]
    return f"{base[:-1]}{kind.suffix}@" if base.endswith("@") else base + kind.suffix


def container_name(unit: UnitFile) -> str:
    """Return the name of a .container file's container, as a unit holds it: with systemd's specifiers."""
    return unit.value("Container", "ContainerName") or ("systemd-%p_%i" if "@" in unit.name else "systemd-%N")


def pod_name(unit: UnitFile) -> str:
    """Return the name of a .pod file's pod."""
    return unit.value("Pod", "PodName") or f"systemd-{os.path.splitext(unit.name)[0]}"


def resource_name(unit: UnitFile, kind: Kind) -> str:
    """Return the name of a network or volume, as a unit holds it: with systemd's specifiers."""
    chosen = unit.value(kind.section, kind.name_key)
    if chosen:
        return chosen
    name = f"systemd-{os.path.splitext(unit.name)[0]}"
    return f"{name[:-1]}-%i" if "@" in unit.name else name
