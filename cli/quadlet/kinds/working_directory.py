"""SetWorkingDirectory of `.kube` and `.build` files."""

from __future__ import annotations

import os
import re

from cli.quadlet.task import Task, TranslationError

_URL = re.compile(r"^((https?)|(git)://)|(github\.com/).+$")


def is_url(text: str) -> bool:
    """Return whether a build context is fetched: http, git, or something on GitHub."""
    return _URL.search(text) is not None


def set_working_directory(task: Task) -> str:
    """Set the service's working directory as the file asks; return the context of a build, "" if it names none.

    Raises TranslationError.
    """
    wanted = task.value("SetWorkingDirectory")
    if not wanted:
        return ""
    context = ""
    word = wanted.lower()
    if word == "yaml":
        _check_kind(task, wanted, "Kube")
        paths = task.unit.items("Kube", "Yaml")
        if len(paths) > 1:
            raise TranslationError("SetWorkingDirectory=yaml is only supported when a single Yaml key is provided")
        beside = paths[0]
    elif word == "file":
        _check_kind(task, wanted, "Build")
        if not task.unit.has("Build", "File"):
            raise TranslationError("no File key specified")
        beside = task.value("File")
    elif word == "unit":
        beside = task.unit.path
    elif task.section == "Build":
        context = wanted
        beside = "" if os.path.isabs(context) else task.unit.path
    else:
        raise TranslationError(f"unsupported value for WorkingDirectory: {wanted} ")
    if beside and not is_url(context):
        if task.unit.value("Service", "WorkingDirectory"):
            return ""
        task.service.add("Service", "WorkingDirectory", os.path.dirname(task.path_beside(beside)))
    return context


def _check_kind(task: Task, wanted: str, section: str) -> None:
    if task.section != section:
        raise TranslationError(f"SetWorkingDirectory={wanted} is only supported in .{section.lower()} files")
