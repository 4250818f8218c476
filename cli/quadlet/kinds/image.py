"""`.image` and `.artifact`: an image or artifact that is pulled before whoever uses it starts."""

from __future__ import annotations

from cli.quadlet.task import Flags, Task, TranslationError

_PULL = {
    "AuthFile": "--authfile", "CertDir": "--cert-dir", "Creds": "--creds", "DecryptionKey": "--decryption-key",
    "Retry": "--retry", "RetryDelay": "--retry-delay",
}  # fmt: skip
IMAGE_FLAGS = Flags(
    one={"Arch": "--arch", "OS": "--os", "Policy": "--policy", "Variant": "--variant", **_PULL},
    switches={"AllTags": "--all-tags", "TLSVerify": "--tls-verify"},
    others=("Image", "ImageTag"),
)
ARTIFACT_FLAGS = Flags(one=_PULL, switches={"Quiet": "--quiet", "TLSVerify": "--tls-verify"}, others=("Artifact",))


def write(task: Task) -> None:
    """Add the command that pulls. Raises TranslationError."""
    name = task.value(task.section)
    if not name:
        raise TranslationError(f"no {task.section} key specified")
    flags = IMAGE_FLAGS if task.section == "Image" else ARTIFACT_FLAGS
    words = [*task.command(task.section.lower(), "pull"), *task.plain_flags(flags), *task.further_arguments(), name]
    task.service.add_command("Service", "ExecStart", words)
    task.runs_once(stays=True)
    task.own.resource = task.value("ImageTag") or name
