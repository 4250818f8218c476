"""From Quadlet files to services: the order in which they are translated, and who translates which kind."""

from __future__ import annotations

import os

from cli.quadlet.kinds import build, container, image, kube, network, pod, volume
from cli.quadlet.names import KINDS, what_is_made
from cli.quadlet.task import Task, TranslationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.quadlet.task import Flags
    from cli.quadlet.unit_file import UnitFile

_WRITERS: dict[str, tuple[Flags, Callable[[Task], None]]] = {
    "Container": (container.FLAGS, container.write), "Pod": (pod.FLAGS, pod.write), "Kube": (kube.FLAGS, kube.write),
    "Network": (network.FLAGS, network.write), "Volume": (volume.FLAGS, volume.write),
    "Image": (image.IMAGE_FLAGS, image.write), "Artifact": (image.ARTIFACT_FLAGS, image.write),
    "Build": (build.FLAGS, build.write),
}  # fmt: skip
_NAME_AN_IMAGE = ("Container", "Volume", "Image")


class Translated:
    """What became of one file: its service, or why there is none (`failure`); warnings in either case."""

    def __init__(self, unit: UnitFile, service: UnitFile | None, failure: str, warnings: list[str]) -> None:
        self.unit = unit
        self.service = service
        self.failure = failure
        self.warnings = warnings


def translate(units: list[UnitFile], program: str, *, user: bool) -> list[Translated]:
    """Return what becomes of the files. `program` is the path that services call, `user` says whose systemd will run them."""
    ordered = sorted(units, key=lambda unit: KINDS[os.path.splitext(unit.name)[1]].order)
    made = what_is_made(ordered)
    found = []
    for unit in ordered:
        section = KINDS[os.path.splitext(unit.name)[1]].section
        warnings = _warnings(unit, section)
        task = Task(unit, section, made, program, user=user)
        flags, write = _WRITERS[section]
        try:
            task.begin(flags)
            write(task)
        except TranslationError as error:
            found.append(Translated(unit, None, str(error), warnings + task.warnings))
        else:
            found.append(Translated(unit, task.service, "", warnings + task.warnings))
    return found


def _warnings(unit: UnitFile, section: str) -> list[str]:
    found = [
        f"Warning: using key {key} in the Service group is not supported - use at your own risk"
        for key in ("User", "Group", "DynamicUser")
        if unit.has("Service", key)
    ]
    name = unit.value(section, "Image") if section in _NAME_AN_IMAGE else None
    if name is not None and not name.endswith((".build", ".image")) and not _is_unambiguous(name):
        found.append(
            f'Warning: {unit.name} specifies the image "{name}" which not a fully qualified image name. This is not ideal '
            "for performance and security reasons. See the podman-pull manpage discussion of short-name-aliases.conf for "
            "details."
        )
    return found


def _is_unambiguous(name: str) -> bool:
    """Return whether a name is an image's id or says its registry."""
    if name.startswith("sha256:") or (len(name) == 64 and all(digit in "0123456789abcdefABCDEF" for digit in name)):
        return True
    host, slash, _path = name.partition("/")
    return bool(slash) and ("." in host or ":" in host or host == "localhost")
