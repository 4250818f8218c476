"""Evaluates the stages that a target needs: those below it first, then those its steps turn out to name.

Stages lead to earlier ones only, so there are no circles.
"""

from __future__ import annotations

from pycman.build.language.instructions import OnbuildInstruction
from pycman.build.language.parser import parse_single
from pycman.build.plan.config import base_document, empty_document
from pycman.build.plan.evaluate import Evaluator
from pycman.build.plan.graph import StageHead
from pycman.build.plan.values import Stage
from pycman.build.plan.variables import Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.build.language.errors import DockerfileError
    from pycman.build.language.instructions import Instruction
    from pycman.build.plan.evaluate import Shared
    from pycman.build.plan.graph import Names
    from pycman.build.plan.options import PlanOptions, World

_MOST_TRIGGERS = 1000


class Stages:
    """The stages of one plan; `evaluate` adds those that one needs. `values` are the variables of FROM."""

    def __init__(
        self,
        heads: Sequence[StageHead | DockerfileError],
        shared: Shared,
        names: Names,
        world: World,
        options: PlanOptions,
        values: Mapping[str, str],
    ) -> None:
        self._heads = heads
        self._shared = shared
        self._names = names
        self._world = world
        self._options = options
        self._values = values
        self._done: dict[int, tuple[Stage, Evaluator]] = {}

    def evaluate(self, target: int) -> list[Stage]:
        """Return the stages that `target` needs in the order of the file, itself last.

        Raises DockerfileError, and what the caller's `base_config` raises.
        """
        wanted = [target]
        while wanted:
            for head in reversed(self._below(wanted.pop())):
                stage, evaluator = self._stage(head)
                self._done[head.number] = stage, evaluator
                wanted += [number for number in stage.needs if number not in self._done]
        return [self._done[number][0] for number in sorted(self._done)]

    def _below(self, number: int) -> list[StageHead]:
        """Return a stage and those it is based upon, as far as they are not done, the lowest last."""
        found: list[StageHead] = []
        while number >= 0 and number not in self._done:
            head = self._heads[number]
            if not isinstance(head, StageHead):
                raise head
            found.append(head)
            number = head.base.stage if head.base.kind == "stage" else -1
        return found

    def _stage(self, head: StageHead) -> tuple[Stage, Evaluator]:
        before = self._done[head.base.stage] if head.base.kind == "stage" else None
        config = self._world.base_config(head.base) if head.base.kind in ("image", "context") else {}
        document = _document(head, config, before)
        scope = Scope(document["config"]["Env"], self._values, self._options.build_args)
        if before is not None:
            scope.inherit(before[1].scope)
        evaluator = Evaluator(
            self._shared,
            document,
            scope,
            lambda name: self._names.origin(name, head.number),
            absolute=before is not None and before[1].absolute_workdir,
        )
        instructions = () if head.replaced else head.text.instructions
        steps = [evaluator.step(each, from_base=True) for each in self._triggers(head, config)]
        steps += [evaluator.step(each) for each in instructions]
        needs = evaluator.stages | ({head.base.stage} if before is not None else set())
        stage = Stage(
            number=head.number,
            name=head.text.start.stage,
            location=head.text.start.location,
            platform=head.platform,
            base=head.base,
            base_config=document,
            steps=tuple(steps),
            needs=tuple(sorted(needs)),
        )
        self._check_platform(head, document)
        return stage, evaluator

    def _triggers(self, head: StageHead, config: Mapping[str, Any]) -> tuple[Instruction, ...]:
        """Return what the base asks for by ONBUILD; the triggers of its own base are spent."""
        if head.replaced:
            return ()
        if head.base.kind == "stage":
            before = self._heads[head.base.stage]
            kept = before.text.instructions if isinstance(before, StageHead) and not before.replaced else ()
            return tuple(each.inner for each in kept if isinstance(each, OnbuildInstruction))
        texts = (config.get("config") or {}).get("OnBuild") or ()
        return tuple(
            parse_single(text, head.text.start.location, "an ONBUILD trigger of the base image")
            for text in texts[:_MOST_TRIGGERS]
        )

    def _check_platform(self, head: StageHead, document: Mapping[str, Any]) -> None:
        """Warn if an image is of another platform than was asked for."""
        found = f"{document['os']}/{document['architecture']}"
        wanted = "/".join(head.platform.split("/")[:2])
        if head.base.kind == "image" and found != wanted:
            place = head.text.start.location
            local = self._shared.file.local_checks.get(place.first_line)
            self._shared.findings.add("InvalidBaseImagePlatform", place, head.base.name, found, wanted, local=local)


def _document(head: StageHead, config: Mapping[str, Any], before: tuple[Stage, Evaluator] | None) -> dict[str, Any]:
    if before is not None:
        return base_document(before[0].config)
    empty = empty_document(head.platform)
    if config:
        return base_document({**{key: empty[key] for key in ("architecture", "os")}, **config})
    return base_document(empty)
