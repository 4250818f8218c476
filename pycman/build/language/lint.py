"""Rules of the linter that need no values of variables (the others are applied by the plan)."""

from __future__ import annotations

from pycman.build.language.instructions import (
    ArgInstruction,
    EnvInstruction,
    FromInstruction,
    LabelInstruction,
    OnbuildInstruction,
)
from pycman.build.language.position import Location
from pycman.build.language.words import split_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from pycman.build.language.instructions import Instruction, StageText
    from pycman.build.language.lines import FileLines, Line
    from pycman.build.language.warning import CheckOptions, Findings

_SECRET_WORDS = frozenset(
    ("apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret", "token")
)
_HARMLESS_WORDS = frozenset(("public", "file", "version"))


def lint_line(line: Line, instruction: Instruction, findings: Findings, local: CheckOptions | None) -> None:
    """Apply the rules that look at one instruction and its text."""
    place = line.location
    if line.empty_line:
        here = Location(file=place.file, first_line=line.empty_line, last_line=line.empty_line)
        findings.add("NoEmptyContinuation", here, local=local)
    if isinstance(instruction, OnbuildInstruction):
        instruction = instruction.inner
    if instruction.name == "MAINTAINER":
        findings.add("MaintainerDeprecated", place, local=local)
    if isinstance(instruction, (EnvInstruction, LabelInstruction)) and any(p.spaced for p in instruction.pairs):
        findings.add("LegacyKeyValueFormat", place, instruction.name, local=local)
    if isinstance(instruction, EnvInstruction):
        _secrets("ENV", [pair.name for pair in instruction.pairs], place, findings, local)
    elif isinstance(instruction, ArgInstruction):
        names = [entry.name for entry in instruction.entries]
        _secrets("ARG", names, place, findings, local)
        _description(line, "ARG", names, findings, local)
    elif isinstance(instruction, FromInstruction):
        _from(line, instruction, findings, local)


def _from(line: Line, instruction: FromInstruction, findings: Findings, local: CheckOptions | None) -> None:
    if not instruction.stage:
        return
    _, keyword, stage = line.text.rsplit(None, 2)
    written = split_name(line.text)[0]
    if stage != stage.lower():
        findings.add("StageNameCasing", line.location, stage, local=local)
    if (written.isupper() and not keyword.isupper()) or (written.islower() and not keyword.islower()):
        findings.add("FromAsCasing", line.location, keyword, written, local=local)
    _description(line, "FROM", [instruction.stage], findings, local)


def _description(line: Line, name: str, defined: list[str], findings: Findings, local: CheckOptions | None) -> None:
    comment = line.comments[-1] if line.comments else ""
    if comment and not comment.startswith("check=") and comment.split(" ")[0] not in defined:
        findings.add("InvalidDefinitionDescription", line.location, name, f"# {defined[0]} …", local=local)


def _secrets(name: str, keys: list[str], place: Location, findings: Findings, local: CheckOptions | None) -> None:
    for key in keys:
        words = key.lower().split("_")
        if not _SECRET_WORDS.isdisjoint(words) and _HARMLESS_WORDS.isdisjoint(words):
            findings.add("SecretsUsedInArgOrEnv", place, name, key, local=local)


def lint_file(
    stages: tuple[StageText, ...], file: FileLines, findings: Findings, local: Mapping[int, CheckOptions]
) -> None:
    """Apply the rules that look at all of a file."""
    if not file.is_utf8:
        findings.add("InvalidUtf8", file.lines[0].location)
    names: set[str] = set()
    for stage in stages:
        name, place = stage.start.stage, stage.start.location
        if name in ("scratch", "context"):
            findings.add("ReservedStageName", place, name, local=local.get(place.first_line))
        if name in names:
            findings.add("DuplicateStageName", place, name, local=local.get(place.first_line))
        names.add(name or " ")
        _used_once(stage, findings, local)
    _casing(file, findings, local)


def _used_once(stage: StageText, findings: Findings, local: Mapping[int, CheckOptions]) -> None:
    last: dict[str, Location] = {}
    for instruction in stage.instructions:
        if instruction.name in ("CMD", "ENTRYPOINT", "HEALTHCHECK"):
            earlier = last.get(instruction.name)
            if earlier is not None:
                checks = local.get(earlier.first_line)
                findings.add("MultipleInstructionsDisallowed", earlier, instruction.name, local=checks)
            last[instruction.name] = instruction.location


def _casing(file: FileLines, findings: Findings, local: Mapping[int, CheckOptions]) -> None:
    written = [(split_name(line.text)[0], line.location) for line in file.lines]
    lower = sum(word.islower() for word, _ in written) > sum(word.isupper() for word, _ in written)
    for word, place in written:
        if word != (word.lower() if lower else word.upper()):
            case = "lower" if lower else "upper"
            checks = local.get(place.first_line)
            findings.add("ConsistentInstructionCasing", place, word, case, local=checks)
