"""The whole of a Dockerfile: `parse` is the entrance to the language, for whatever bytes."""

from __future__ import annotations

from pycman.build.language.errors import MOST_PROBLEMS, DockerfileError, Wrong, at, raise_first
from pycman.build.language.instructions import ArgInstruction, FromInstruction, StageText
from pycman.build.language.lines import read_lines
from pycman.build.language.lint import lint_file, lint_line
from pycman.build.language.read import read_instruction
from pycman.build.language.warning import BuildWarning, CheckOptions, Findings, parse_check
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.build.language.instructions import Instruction
    from pycman.build.language.lines import Line
    from pycman.build.language.position import Location


class Dockerfile(Record):
    """A parsed file.

    `head` are the ARGs before the first FROM; `local_checks` what "# check=" above an instruction says, by its first line.
    """

    name: str
    stages: tuple[StageText, ...]
    head: tuple[ArgInstruction, ...] = ()
    escape: str = "\\"
    syntax: str = ""
    check: CheckOptions = CheckOptions()
    local_checks: dict[int, CheckOptions] = {}
    warnings: tuple[BuildWarning, ...] = ()


def parse(data: bytes, name: str = "Dockerfile") -> Dockerfile:
    """Return the stages of a Dockerfile, `name` being what errors call it. Raises DockerfileError and nothing else."""
    file = read_lines(data, name)
    findings = Findings(file.directives.check)
    instructions: list[Instruction] = []
    problems: list[DockerfileError] = []
    local_checks: dict[int, CheckOptions] = {}
    for line in file.lines:
        local = _local_check(line)
        if local is not None:
            local_checks[line.location.first_line] = local
        try:
            instruction = read_instruction(line.text, line.location, line.heredocs, file.directives.escape)
        except Wrong as error:
            problems.append(at(line.location, error.problem, error.hint))
            if len(problems) == MOST_PROBLEMS:
                break
            continue
        instructions.append(instruction)
        lint_line(line, instruction, findings, local)
    raise_first(problems)
    head, stages = _stages(instructions, name)
    lint_file(stages, file, findings, local_checks)
    return Dockerfile(
        name=name,
        stages=stages,
        head=head,
        escape=file.directives.escape,
        syntax=file.directives.syntax,
        check=file.directives.check,
        local_checks=local_checks,
        warnings=findings.result(),
    )


def parse_single(text: str, location: Location, what: str) -> Instruction:
    """Return the one instruction of a text; errors name `location` and `what` it is, such as "an ONBUILD trigger".

    Raises DockerfileError.
    """
    file = read_lines(text.encode("utf-8", "replace"), str(location))
    if len(file.lines) != 1:
        raise at(location, f"{what} is not one instruction", "write one")
    line = file.lines[0]
    try:
        return read_instruction(line.text, location, line.heredocs, "\\")
    except Wrong as error:
        raise at(location, f"{what}: {error.problem}", error.hint) from None


def _local_check(line: Line) -> CheckOptions | None:
    """Return what a comment "# check=skip=…" above an instruction says; one that says nothing sensible is a comment."""
    for comment in line.comments:
        if comment.startswith("check="):
            try:
                return parse_check(comment.removeprefix("check=").split(" ")[0])
            except Wrong:
                return None
    return None


def _stages(instructions: list[Instruction], name: str) -> tuple[tuple[ArgInstruction, ...], tuple[StageText, ...]]:
    head: list[ArgInstruction] = []
    stages: list[tuple[FromInstruction, list[Instruction]]] = []
    for instruction in instructions:
        if isinstance(instruction, FromInstruction):
            stages.append((instruction, []))
        elif stages:
            stages[-1][1].append(instruction)
        elif isinstance(instruction, ArgInstruction):
            head.append(instruction)
        else:
            raise at(instruction.location, f"{instruction.name} before the first FROM", "begin with FROM IMAGE")
    if not stages:
        problem = "there is no FROM" if instructions else "there are no instructions"
        raise DockerfileError(problem, subject=name, hint="begin with FROM IMAGE")
    return tuple(head), tuple(StageText(start=start, instructions=tuple(rest)) for start, rest in stages)
