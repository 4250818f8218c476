"""`.build`: an image that is built before whoever uses it starts."""

from __future__ import annotations

import os

from cli.quadlet.kinds import shared
from cli.quadlet.kinds.working_directory import is_url, set_working_directory
from cli.quadlet.task import Flags, Task, TranslationError, begins_with_specifier

FLAGS = Flags(
    one={
        "Arch": "--arch", "AuthFile": "--authfile", "IgnoreFile": "--ignorefile", "Target": "--target",
        "Variant": "--variant", "Retry": "--retry", "RetryDelay": "--retry-delay",
    },
    switches={"TLSVerify": "--tls-verify", "ForceRM": "--force-rm"},
    each={
        "DNS": "--dns", "DNSOption": "--dns-option", "DNSSearch": "--dns-search", "GroupAdd": "--group-add",
        "ImageTag": "--tag",
    },
    pairs={"BuildArg": "--build-arg", "Environment": "--env", "Label": "--label", "Annotation": "--annotation"},
    others=("File", "Network", "Pull", "Secret", "SetWorkingDirectory", "Volume"),
)  # fmt: skip


def write(task: Task) -> None:
    """Add the command that builds. Raises TranslationError."""
    if not task.own.resource:
        raise TranslationError("no ImageTag key specified")
    pull = task.value("Pull")
    words = [*task.command("build"), *([f"--pull={pull}"] if pull else []), *task.plain_flags(FLAGS)]
    words += [*shared.networks(task), *task.arguments("Secret", "--secret"), *shared.volumes(task)]
    context = set_working_directory(task)
    directory = task.service.value("Service", "WorkingDirectory") or ""
    file = task.value("File")
    if not directory and not file and not context:
        raise TranslationError("neither SetWorkingDirectory, nor File key specified")
    words += [*(["--file", file] if file else []), *task.further_arguments()]
    if context:
        words.append(context)
    elif not begins_with_specifier(file) and not os.path.isabs(file) and not is_url(file):
        if not directory:
            raise TranslationError("relative path in File key requires SetWorkingDirectory key to be set")
        words.append(directory)
    task.service.add_command("Service", "ExecStart", words)
    task.runs_once(stays=False)
