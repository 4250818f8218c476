"""`.volume`: a volume that is made before whoever uses it starts."""

from __future__ import annotations

from cli.quadlet.kinds.shared import image_source, unsigned
from cli.quadlet.names import KINDS, resource_name
from cli.quadlet.task import Flags, Task, TranslationError

FLAGS = Flags(
    one={"UID": "--uid", "GID": "--gid", "Driver": "--driver"},
    pairs={"Label": "--label"},
    others=("Copy", "Device", "Group", "Image", "Options", "Type", "User", "VolumeName"),
)


def write(task: Task) -> None:
    """Add the command that makes the volume. Raises TranslationError."""
    name = resource_name(task.unit, KINDS[".volume"])
    words = [*task.command("volume", "create", "--ignore"), *task.plain_flags(FLAGS)]
    words += _image(task) if task.value("Driver") == "image" else _local(task)
    task.service.add_command("Service", "ExecStart", [*words, *task.further_arguments(), name])
    task.runs_once(stays=True)
    task.own.resource = name


def _image(task: Task) -> list[str]:
    if not task.unit.has("Volume", "Image"):
        raise TranslationError("the key Image is mandatory when using the image driver")
    return ["--opt", f"image={image_source(task, task.value('Image'))}"]


def _local(task: Task) -> list[str]:
    words = []
    copy = task.unit.switch("Volume", "Copy")
    if copy is not None:
        words += ["--opt", "copy" if copy else "nocopy"]
    device, kind = task.value("Device"), task.value("Type")
    if kind and not device:
        raise TranslationError("key Type can't be used without Device")
    words += ["--opt", f"device={device}"] if device else []
    words += ["--opt", f"type={kind}"] if kind else []
    if kind == "bind":
        task.service.add_word("Unit", "RequiresMountsFor", device)
    options = [
        f"{option}={unsigned(task.value(key))}"
        for key, option in (("User", "uid"), ("Group", "gid"))
        if task.unit.has("Volume", key)
    ]
    options += [task.value("Options")] if task.value("Options") else []
    return [*words, "--opt", f"o={','.join(options)}"] if options else words
