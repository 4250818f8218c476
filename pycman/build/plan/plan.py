"""From a parsed Dockerfile to a plan: `make_plan`, the entrance."""

from __future__ import annotations

from pycman.build.language.errors import DockerfileError, Wrong
from pycman.build.language.expand import Budget
from pycman.build.language.instructions import ArgInstruction, OnbuildInstruction
from pycman.build.language.warning import Findings
from pycman.build.plan.config import Change, Timeline, base_document, empty_document
from pycman.build.plan.evaluate import Evaluator, Shared
from pycman.build.plan.graph import Names, StageHead, needed_stages, origins_of
from pycman.build.plan.heads import Heads
from pycman.build.plan.history import pairs_text
from pycman.build.plan.values import BuildPlan, ConfigStep, Origin, Stage
from pycman.build.plan.variables import PLATFORM_NAMES, PROXY_NAMES, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.build.ignore.rules import IgnoreRules
    from pycman.build.language.parser import Dockerfile
    from pycman.build.plan.graph import Configs, StageBody
    from pycman.build.plan.options import PlanOptions, World

_KNOWN_ARGS = frozenset((*PLATFORM_NAMES, *PROXY_NAMES, "TARGETSTAGE", "SOURCE_DATE_EPOCH"))


def make_plan(
    dockerfile: Dockerfile, options: PlanOptions, world: World, ignore: IgnoreRules | None = None
) -> BuildPlan:
    """Return the plan of one image. `ignore` is only for the linter's sake.

    Raises DockerfileError, and what `world` raises.
    """
    findings = Findings(dockerfile.check, dockerfile.warnings)
    shared = Shared(dockerfile, findings, Budget(), ignore)
    names = Names(dockerfile, options)
    heads = Heads(dockerfile, options, world, names, findings, shared.budget)
    values = heads.values(options.build_args)
    bodies = _needed(dockerfile, options, names, heads.read(values), world.base_config)
    done: dict[int, tuple[Stage, Evaluator]] = {}
    for body in bodies:
        done[body.head.number] = _stage(body, done, shared, names, values, options)
    stages = [stage for stage, _ in done.values()]
    if options.labels:
        stages[-1] = _labelled(stages[-1], options.labels)
    warnings = findings.result()
    if dockerfile.check.error and warnings:
        raise DockerfileError(f"{warnings[0].problem} ({warnings[0].rule}), and check=error=true asks for an error",
                              subject=str(warnings[0].location), hint="mend it, or write check=skip=RULE")  # fmt: skip
    return BuildPlan(stages=tuple(stages), warnings=warnings, unused_args=_unused(dockerfile, options))


def base_images(dockerfile: Dockerfile, options: PlanOptions, world: World) -> tuple[Origin, ...]:
    """Return the images that the target begins with or copies from, as far as it is known without their configs.

    For a caller that wants to fetch them side by side; `world.base_config` is not asked. Raises DockerfileError.
    """
    findings = Findings(dockerfile.check)
    names = Names(dockerfile, options)
    heads = Heads(dockerfile, options, world, names, findings, Budget())
    bodies = _needed(dockerfile, options, names, heads.read(heads.values(options.build_args)), lambda _origin: {})
    found: dict[Origin, None] = {}
    for body in bodies:
        found[body.head.base] = None
        if not body.head.replaced:
            found.update(dict.fromkeys(origins_of(body.head.text.instructions, names, body.head.number).values()))
    return tuple(origin for origin in found if origin.kind == "image")


def _needed(
    dockerfile: Dockerfile,
    options: PlanOptions,
    names: Names,
    heads: list[StageHead | DockerfileError],
    configs: Configs,
) -> list[StageBody]:
    try:
        target = names.target(options.target)
    except Wrong as error:
        raise DockerfileError(error.problem, subject=dockerfile.name, hint=error.hint) from None
    return needed_stages(heads, names, target, configs)


def _stage(
    body: StageBody,
    done: Mapping[int, tuple[Stage, Evaluator]],
    shared: Shared,
    names: Names,
    values: Mapping[str, str],
    options: PlanOptions,
) -> tuple[Stage, Evaluator]:
    head = body.head
    before = done.get(head.base.stage) if head.base.kind == "stage" else None
    document = _base(body, before)
    scope = Scope(document["config"]["Env"], values, options.build_args)
    if before is not None:
        scope.inherit(before[1].scope)
    instructions = () if head.replaced else head.text.instructions
    origins = origins_of((*body.triggers, *instructions), names, head.number)
    absolute = before is not None and before[1].absolute_workdir
    evaluator = Evaluator(shared, document, scope, origins, absolute=absolute)
    steps = [evaluator.step(each, from_base=True) for each in body.triggers]
    steps += [evaluator.step(each) for each in instructions]
    stage = Stage(
        number=head.number,
        name=head.text.start.stage,
        location=head.text.start.location,
        platform=head.platform,
        base=head.base,
        base_config=document,
        steps=tuple(steps),
        needs=body.needs,
    )
    _check_platform(body, document, shared)
    return stage, evaluator


def _base(body: StageBody, before: tuple[Stage, Evaluator] | None) -> dict[str, Any]:
    if before is not None:
        return base_document(before[0].config)
    if body.config:
        platform = empty_document(body.head.platform)
        return base_document({**{key: platform[key] for key in ("architecture", "os")}, **body.config})
    return base_document(empty_document(body.head.platform))


def _check_platform(body: StageBody, document: Mapping[str, Any], shared: Shared) -> None:
    """Warn if an image is of another platform than was asked for."""
    head = body.head
    found = f"{document['os']}/{document['architecture']}"
    wanted = "/".join(head.platform.split("/")[:2])
    if head.base.kind == "image" and found != wanted:
        place = head.text.start.location
        local = shared.file.local_checks.get(place.first_line)
        shared.findings.add("InvalidBaseImagePlatform", place, head.base.name, found, wanted, local=local)


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
    return tuple(sorted(options.build_args.keys() - declared - _KNOWN_ARGS))
