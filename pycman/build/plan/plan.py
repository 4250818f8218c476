"""From a parsed Dockerfile to a plan: `make_plan`, the entrance."""

from __future__ import annotations

from pycman.build.language.errors import DockerfileError, Wrong
from pycman.build.language.expand import Budget
from pycman.build.language.instructions import ArgInstruction, OnbuildInstruction
from pycman.build.language.warning import Findings
from pycman.build.plan.config import Change, Timeline
from pycman.build.plan.evaluate import Shared
from pycman.build.plan.graph import Names
from pycman.build.plan.heads import Heads
from pycman.build.plan.history import pairs_text
from pycman.build.plan.stages import Stages
from pycman.build.plan.values import BuildPlan, ConfigStep, CopyStep, Origin, RunStep, Stage
from pycman.build.plan.variables import PLATFORM_NAMES, PROXY_NAMES
from pycman.contexts import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.build.ignore.rules import IgnoreRules
    from pycman.build.language.parser import Dockerfile
    from pycman.build.plan.options import PlanOptions, World

_KNOWN_ARGS = frozenset((*PLATFORM_NAMES, *PROXY_NAMES, "TARGETSTAGE", "SOURCE_DATE_EPOCH"))


def make_plan(
    dockerfile: Dockerfile, options: PlanOptions, world: World, ignore: IgnoreRules | None = None
) -> BuildPlan:
    """Return the plan of one image. `ignore` is only for the linter's sake.

    Raises DockerfileError, and what `world` raises.
    """
    findings = Findings(dockerfile.check, dockerfile.warnings)
    names = Names(dockerfile, options)
    try:
        target = names.target(options.target)
    except Wrong as error:
        raise DockerfileError(error.problem, subject=dockerfile.name, hint=error.hint) from None
    shared = Shared(dockerfile, findings, Budget(), ignore)
    heads = Heads(dockerfile, options, world, names, findings, shared.budget)
    values = heads.values(options.build_args)
    stages = Stages(heads.read(values), shared, names, world, options, values).evaluate(target)
    if options.labels:
        stages[-1] = _labelled(stages[-1], options.labels)
    warnings = findings.result()
    if dockerfile.check.error and warnings:
        first = warnings[0]
        raise DockerfileError(
            f"{first.problem} ({first.rule}), which check=error=true makes an error",
            subject=str(first.location),
            hint=f"mend it, or write check=skip={first.rule}",
        )
    return BuildPlan(stages=tuple(stages), warnings=warnings, unused_args=_unused(dockerfile, options))


def base_images(dockerfile: Dockerfile, options: PlanOptions, world: World) -> tuple[Origin, ...]:
    """Return the images that the target begins with or copies from, as far as it is known without their configs.

    For a caller that wants to fetch them side by side: what is wrong with the file is for `make_plan` to tell, and
    `world.base_config` is not asked.
    """
    asked = _Asked(world)
    plan: BuildPlan | None = None
    with suppress(DockerfileError):
        plan = make_plan(dockerfile.replace(check=dockerfile.check.replace(error=False)), options, asked)
    found = dict.fromkeys(asked.origins)
    for stage in plan.stages if plan is not None else ():
        for step in stage.steps:
            if isinstance(step, CopyStep):
                found[step.origin] = None
            elif isinstance(step, RunStep):
                found.update((mount.origin, None) for mount in step.mounts if mount.origin is not None)
    return tuple(origin for origin in found if origin.kind == "image")


class _Asked:
    """A world in which images have no config, and which remembers what was asked for."""

    def __init__(self, world: World) -> None:
        self.origins: list[Origin] = []
        self.parse_platform = world.parse_platform

    def base_config(self, origin: Origin) -> Mapping[str, Any]:
        """Return {}."""
        self.origins.append(origin)
        return {}


def _labelled(stage: Stage, labels: Mapping[str, str]) -> Stage:
    """Return the target with a last step for the labels of the command line."""
    timeline = stage.steps[-1].timeline if stage.steps else Timeline(stage.base_config)
    changes = tuple(Change(kind="label", name=name, value=value) for name, value in labels.items())
    timeline.add(changes)
    step = ConfigStep(
        number=len(stage.steps) + 1,
        location=stage.location,
        text=pairs_text("LABEL", labels.items()),
        created_by="",
        timeline=timeline,
        changes=changes,
        empty_layer=True,
    )
    return stage.replace(steps=(*stage.steps, step))


def _unused(dockerfile: Dockerfile, options: PlanOptions) -> tuple[str, ...]:
    declared = {entry.name for each in dockerfile.head for entry in each.entries}
    for stage in dockerfile.stages:
        for each in stage.instructions:
            inner = each.inner if isinstance(each, OnbuildInstruction) else each
            if isinstance(inner, ArgInstruction):
                declared.update(entry.name for entry in inner.entries)
    unknown = options.build_args.keys() - declared - _KNOWN_ARGS
    return tuple(sorted(name for name in unknown if not name.startswith("BUILDKIT_")))
