"""FROM of every stage: image and platform expanded with the arguments before the first FROM, and what the linter says."""

from __future__ import annotations

from pycman.build.language.errors import Wrong, at, did_you_mean, quoted
from pycman.build.language.expand import Budget, expand
from pycman.build.plan.graph import StageHead, check_image_name
from pycman.build.plan.options import context_named
from pycman.build.plan.values import Origin
from pycman.build.plan.variables import head_values, platform_args
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pycman.build.language.errors import DockerfileError
    from pycman.build.language.expand import Expanded
    from pycman.build.language.instructions import ArgInstruction, StageText
    from pycman.build.language.parser import Dockerfile
    from pycman.build.language.warning import Findings
    from pycman.build.plan.graph import Names
    from pycman.build.plan.options import PlanOptions, World

_GIVE = "give {} a value with ARG before the first FROM, or with --build-arg"


class Heads:
    """Reads the FROMs of a file one after the other."""

    def __init__(
        self,
        dockerfile: Dockerfile,
        options: PlanOptions,
        world: World,
        names: Names,
        findings: Findings,
        budget: Budget,
    ) -> None:
        self._file = dockerfile
        self._options = options
        self._world = world
        self._names = names
        self._findings = findings
        self._budget = budget
        target = options.target or dockerfile.stages[-1].start.stage
        self._predefined = platform_args(options, target)
        self._declared = {entry.name for each in dockerfile.head for entry in each.entries}

    def values(self, build_args: Mapping[str, str]) -> dict[str, str]:
        """Return the variables that FROM can name. Raises DockerfileError."""

        def expanded(instruction: ArgInstruction, text: str, values: Mapping[str, str]) -> str:
            try:
                return expand(text, values, self._budget, escape=self._file.escape).text
            except Wrong as error:
                raise at(instruction.location, f"ARG: {error.problem}", error.hint) from None

        try:
            return head_values(self._file.head, self._predefined, build_args, expanded)
        except Wrong as error:
            raise at(self._file.head[-1].location, error.problem, error.hint) from None

    def read(self, values: Mapping[str, str]) -> list[StageHead | DockerfileError]:
        """Return the head of every stage, or what is wrong with it: that matters only if it is needed."""
        heads: list[StageHead | DockerfileError] = []
        for number, stage in enumerate(self._file.stages):
            try:
                heads.append(self._head(number, stage, values, heads))
            except Wrong as error:
                heads.append(at(stage.start.location, f"FROM: {error.problem}", error.hint))
        self._defaults()
        return heads

    def _head(
        self,
        number: int,
        stage: StageText,
        values: Mapping[str, str],
        earlier: Sequence[StageHead | DockerfileError],
    ) -> StageHead:
        platform = self._platform(stage, values) or self._options.platform
        context = context_named(self._options, stage.start.stage) if stage.start.stage else None
        if context is not None:
            base = Origin(kind="context", name=context)
            return StageHead(number=number, text=stage, base=base, platform=platform, replaced=True)
        expanded = self._expand(stage.start.image, values)
        self._undeclared(stage, expanded, values)
        name = self._options.base_image if number == 0 and self._options.base_image else expanded.text
        without_value = ", ".join(sorted(each for each in expanded.unset | expanded.used if not values.get(each)))
        hint = _GIVE.format(without_value or "it")
        if not name:
            raise Wrong(f"{quoted(stage.start.image)} is empty", hint)
        try:
            base = self._names.origin(name, number, base=True)
        except Wrong as error:
            raise Wrong(error.problem, hint if without_value else error.hint) from None
        if base.kind == "image":
            base = base.replace(platform=platform)
        elif base.kind == "stage":
            before = earlier[base.stage]
            platform = before.platform if isinstance(before, StageHead) else platform
        return StageHead(number=number, text=stage, base=base, platform=platform)

    def _expand(self, text: str, values: Mapping[str, str]) -> Expanded:
        return expand(text, values, self._budget, escape=self._file.escape)

    def _platform(self, stage: StageText, values: Mapping[str, str]) -> str:
        written = stage.start.platform
        if not written:
            return ""
        expanded = self._expand(written, values)
        self._undeclared(stage, expanded, values)
        if not expanded.text:
            raise Wrong(f"--platform={quoted(written)} is empty", _GIVE.format("its variables"))
        try:
            platform = self._world.parse_platform(expanded.text)
        except InvalidInput as error:
            raise Wrong(f"--platform={quoted(expanded.text)} is not a platform", error.hint) from None
        place = stage.start.location
        local = self._file.local_checks.get(place.first_line)
        if expanded.used == {"TARGETPLATFORM"} and not expanded.unset and expanded.text == values["TARGETPLATFORM"]:
            self._findings.add("RedundantTargetPlatform", place, written, local=local)
        parts = platform.split("/")[:2]
        if not expanded.used | expanded.unset and not any(part in stage.start.stage for part in parts):
            self._findings.add("FromPlatformFlagConstDisallowed", place, expanded.text, local=local)
        return platform

    def _undeclared(self, stage: StageText, expanded: Expanded, values: Mapping[str, str]) -> None:
        place = stage.start.location
        for name in sorted(expanded.unset - self._declared):
            similar = did_you_mean(name, [*self._declared, *values])
            local = self._file.local_checks.get(place.first_line)
            self._findings.add("UndefinedArgInFrom", place, name, f"; {similar}" if similar else "", local=local)

    def _defaults(self) -> None:
        """Find FROMs that name no image unless build arguments are given."""
        try:
            values = self.values({})
        except InvalidInput:  # it fails in the same way, or is saved by a build argument
            return
        for stage in self._file.stages:
            place = stage.start.location
            try:
                name = self._expand(stage.start.image, values).text
                if name.lower() not in ("scratch",) and self._names.earlier(name, len(self._file.stages)) is None:
                    check_image_name(name)
            except Wrong:
                local = self._file.local_checks.get(place.first_line)
                self._findings.add("InvalidDefaultArgInFrom", place, stage.start.image, local=local)
