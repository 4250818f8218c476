"""`commit --change` and `import --change`: instructions of a Dockerfile applied to a config document that is no stage's. Pure.

They are read and evaluated as those of a stage on an image with this config; what a stage does of itself (a PATH, ONBUILD's
triggers) is left out. Podman's form "CMD=sh" is accepted as well.
"""

from __future__ import annotations

import re

from pycman.build.language.parser import parse, parse_single
from pycman.build.language.position import Location
from pycman.build.plan.options import PlanOptions
from pycman.build.plan.plan import make_plan
from pycman.errors import InvalidInput
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.build.language.instructions import Instruction
    from pycman.build.plan.values import Origin

_NAME = re.compile(r"\s*([A-Za-z]+)(?:\s*=\s*|\s+|$)(.*)", re.DOTALL)
_KNOWN = (
    "ARG", "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "SHELL", "STOPSIGNAL",
    "USER", "VOLUME", "WORKDIR",
)  # fmt: skip


def apply_changes(document: Mapping[str, Any], changes: Sequence[str]) -> dict[str, Any]:
    """Return a config document (image-spec, config.md) with all instructions applied; the given one is not changed.

    As in a Dockerfile, ENTRYPOINT removes a Cmd that none of these instructions set. Raises InvalidInput.
    """
    if not changes:
        return dict(document)
    frame = parse(b"FROM image", "--change")
    instructions = tuple(_instruction(text, number) for number, text in enumerate(changes, 1))
    dockerfile = frame.replace(stages=(frame.stages[0].replace(instructions=instructions),))
    settings = dict(document.get("config") or {})
    base = {**document, "config": {name: value for name, value in settings.items() if name != "OnBuild"}}
    plan = make_plan(dockerfile, PlanOptions(platform="linux/amd64", build_platform="linux/amd64"), _World(base))
    steps = plan.target.steps
    result = steps[-1].config
    changed = dict(result["config"])
    had_path = any(str(entry).startswith("PATH=") for entry in settings.get("Env") or ())
    set_path = any("PATH" in text for text in changes)
    if not (had_path or set_path):
        changed["Env"] = [entry for entry in changed.get("Env") or () if not entry.startswith("PATH=")]
        if not changed["Env"] and "Env" not in settings:
            del changed["Env"]
    triggers = [*(settings.get("OnBuild") or ()), *(changed.get("OnBuild") or ())]
    if triggers:
        changed["OnBuild"] = triggers
    author = {"author": result["author"]} if result.get("author") else {}
    return {**document, **author, "config": changed}


def _instruction(text: str, number: int) -> Instruction:
    match = _NAME.match(text)
    name = match[1].upper() if match else ""
    if match is None or name not in _KNOWN:
        raise InvalidInput(
            f"{name or 'nothing'} is not an instruction that changes a config",
            subject=text,
            hint=f"use one of {', '.join(_KNOWN)}",
        )
    if not match[2].strip():
        raise InvalidInput(f"{name} needs an argument", subject=text)
    place = Location(file="--change", first_line=number, last_line=number)
    return parse_single(f"{name} {_on_one_line(name, match[2].strip())}", place, "it")


def _on_one_line(name: str, argument: str) -> str:
    """Return the shell command of CMD or ENTRYPOINT that has line ends in it as a JSON list, in which they stay."""
    lines = argument.splitlines()
    is_broken = any(not line.rstrip().endswith("\\") for line in lines[:-1])
    if is_broken and name in ("CMD", "ENTRYPOINT") and not argument.startswith("["):
        return format_json(["/bin/sh", "-c", argument])
    return argument


class _World:
    """What a plan asks, where the only image is the one that is changed."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def base_config(self, _origin: Origin) -> Mapping[str, Any]:
        """Return the document."""
        return self._document

    def parse_platform(self, text: str) -> str:
        """Return the text: no change names a platform."""
        return text
