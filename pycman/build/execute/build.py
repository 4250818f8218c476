"""Build: carry out the plan of a Dockerfile, step after step, and write the image of its target.

context ─▶ Dockerfile ─▶ plan ─▶ for each needed stage: base ─▶ steps ─▶ state      the target's state ─▶ export
                                                          │
                              key in the cache? ── yes ──▶ the layer it left
                                    └─ no ──▶ carried out, row written: an interrupted build goes on from here
"""

from __future__ import annotations

import os
import time

from pycman.build.cache.prune import limit_cache
from pycman.build.cache.steps import Recorder, children, find_step
from pycman.build.context.open_context import open_context
from pycman.build.execute.bases import Bases, ensure_stack
from pycman.build.execute.copy_step import find_sources
from pycman.build.execute.make_directory import make_working_directory
from pycman.build.execute.run_mounts import RunMounts
from pycman.build.execute.run_step import run_step
from pycman.build.execute.trees import Trees
from pycman.build.export.files import write_archive, write_files
from pycman.build.export.image import remove_unnamed, write_image
from pycman.build.export.squash import squashed
from pycman.build.ignore.rules import parse_ignore
from pycman.build.language.parser import parse
from pycman.build.options import BuildResult
from pycman.build.outcome import BuildEvent, StepFailed
from pycman.build.plan.explain import explain
from pycman.build.plan.history import history_entry
from pycman.build.plan.keys import all_inputs, base_key, step_key
from pycman.build.plan.options import PlanOptions
from pycman.build.plan.plan import make_plan
from pycman.build.plan.values import ConfigStep, CopyStep, RunStep, WorkdirStep
from pycman.build.stack import Stack, StageState, StepResult
from pycman.errors import InvalidInput, NotFound, PycmanError
from pycman.images.lookup import local_name
from pycman.images.platform import host_platform, parse_platform
from pycman.images.transfer.discard_unnamed import discard_on_error
from pycman.plan import crash_point
from pycman.state import events
from pycman.state.leases import lease
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.build.context.open_context import Opened
    from pycman.build.options import BuildOptions, BuildOutput
    from pycman.build.outcome import Report
    from pycman.build.plan.values import BuildPlan, BuildStep, Stage
    from pycman.state.leases import Lease
    from pycman.state.session import Session


def build_image(session: Session, options: BuildOptions, *, report: Report | None = None) -> BuildResult:
    """Build what the Dockerfile of a context says, and return what was made.

    `report` gets a BuildEvent for each thing that happens. Raises DockerfileError, StepFailed (the instruction, its
    place and the reason), NotFound (context, Dockerfile, image), and whatever pulling raises. A build that fails or is
    interrupted keeps its finished steps in the cache, and nothing else.
    """
    _check(options)
    session.enter_namespaces()
    session.paths.prepare()
    with discard_on_error(session), lease(session.db) as leased, open_context(session, options) as opened:
        build = _Build(session, leased, options, opened, report or _ignore)
        result = build.all()
    limit_cache(session)
    if result.image_id:
        name = result.names[0] if result.names else ""
        events.append(session.db, "image", "build", result.image_id, name=name)
    return result


def _ignore(_event: BuildEvent) -> None:
    """Do nothing: nobody wants to know."""


def _check(options: BuildOptions) -> None:
    """Refuse, before anything is done, what cannot be. Raises InvalidInput."""
    for tag in options.tags:
        local_name(tag)
    if options.format not in ("oci", "docker"):
        raise InvalidInput("not an image format", subject=options.format, hint="use oci or docker")
    if options.format == "docker" and options.annotations:
        raise InvalidInput("images in docker's format have none", subject="--annotation", hint="use --format=oci")


class _Build:
    """One build for one platform."""

    def __init__(self, session: Session, leased: Lease, options: BuildOptions, opened: Opened, report: Report) -> None:
        self._session = session
        self._leased = leased
        self._options = options
        self._opened = opened
        self._report = report
        self._bases = Bases(session, leased, options)
        self._trees = Trees(session, options, opened, self._bases)
        self._recorder = Recorder(session)
        self._states: dict[int, StageState] = {}
        self._uses_cache = options.layers and not options.no_cache
        self._steps = self._cached = 0
        self._titles: list[str] = []
        self._stage_name = ""

    def all(self) -> BuildResult:
        """Build every stage that is needed, then write the image."""
        if self._opened.tree is not None and self._opened.ignore is not None:
            self._opened.tree.rules = parse_ignore(self._opened.ignore, self._opened.ignore_name)
            self._opened.tree.rules_name = self._opened.ignore_name
        plan = self._plan()
        for warning in plan.warnings:
            self._report(BuildEvent(kind="warning", text=str(warning)))
        if plan.unused_args:
            names = ", ".join(plan.unused_args)
            self._report(BuildEvent(kind="warning", text=f"no ARG declares these build arguments: {names}"))
        try:
            for stage in plan.stages:
                self._states[stage.number] = self._stage(stage, plan)
        finally:
            self._trees.close()
            self._recorder.write()
        return self._export(plan)

    def _plan(self) -> BuildPlan:
        options = self._options
        machine = os.uname().machine
        platform = parse_platform(options.platforms[0] if options.platforms else "", machine=machine)
        dockerfile = parse(self._opened.dockerfile, self._opened.name)
        self._titles = [stage.start.text for stage in dockerfile.stages]
        plan_options = PlanOptions(
            build_args=dict(options.build_args),
            target=options.target,
            platform=str(platform),
            build_platform=str(host_platform(machine)),
            contexts=tuple(options.contexts),
            labels=dict(options.labels),
            base_image=options.base_image,
        )
        return make_plan(dockerfile, plan_options, self._bases, self._opened.tree.rules if self._opened.tree else None)

    def _stage(self, stage: Stage, plan: BuildPlan) -> StageState:
        several = len(plan.stages) > 1
        title = f"[{plan.stages.index(stage) + 1}/{len(plan.stages)}] " if several else ""
        total = len(stage.steps) + 1
        self._report(BuildEvent(kind="step", text=self._titles[stage.number], number=1, total=total, stage=title))
        state = self._base(stage)
        self._stage_name = stage.name
        for number, step in enumerate(stage.steps, 2):
            self._report(BuildEvent(kind="step", text=step.text, number=number, total=total, stage=title))
            is_last = stage is plan.stages[-1] and number == total
            try:
                state = self._step(state, step, is_last=is_last)
            except StepFailed as error:
                error.place, error.step = error.place or str(step.location), error.step or step.text
                raise
            except PycmanError as error:
                raise _failed(error, step) from error
        return state

    def _base(self, stage: Stage) -> StageState:
        origin = stage.base
        salt = "" if self._options.timestamp_s is None else f" timestamp {self._options.timestamp_s}"
        if origin.kind == "stage":
            below = self._states[origin.stage]
            return below.replace(config=stage.base_config)
        if origin.kind == "scratch":
            return StageState(stack=Stack(), key=base_key("scratch", salt, stage.platform), config=stage.base_config)
        if origin.kind == "context":
            raise InvalidInput(
                "a directory cannot take the place of a base image", subject=origin.name, hint="use docker-image://NAME"
            )
        image = self._bases.image(origin.name, origin.platform)
        return self._bases.state(origin, stage.base_config, base_key("image", image.id + salt, stage.platform))

    def _step(self, state: StageState, step: BuildStep, *, is_last: bool) -> StageState:
        if isinstance(step, ConfigStep):
            return self._configured(state, step)
        work = self._prepare(step)
        digests = work.digests() if work is not None else {}
        key = step_key(state.key, step, digests)
        self._steps += 1
        found = self._find(key, state)
        if found is not None:
            self._cached += 1
            self._recorder.use(key)
            self._lease(found)
            self._report(BuildEvent(kind="cached", id=key))
        else:
            self._explain(state, step, digests)
            found = self._carry_out(state, step, work)
            self._recorder.add(key, state.key, step.text, all_inputs(step, digests), state.stack, found)
            if found.layer is not None:
                self._recorder.write()
                crash_point("build:step")
            if not is_last:
                self._report(BuildEvent(kind="done", id=key))
            state = state.replace(cached=False)
        return self._advanced(state, step, key, found)

    def _prepare(self, step: BuildStep) -> Any:
        """Return what a step reads, so that it can be named in its key; None for steps that read nothing."""
        if isinstance(step, CopyStep):
            return find_sources(self._session, step, self._trees, self._options, self._states)
        if isinstance(step, RunStep):
            return RunMounts(self._session, step, self._trees, self._options, self._states)
        return None

    def _find(self, key: str, state: StageState) -> StepResult | None:
        if not self._uses_cache or self._stage_name in self._options.no_cache_stages:
            return None
        ttl = self._options.cache_ttl_s
        not_before_ns = time.time_ns() - ttl * 10**9 if ttl else 0
        return find_step(self._session, key, state.stack, not_before_ns=not_before_ns)

    def _lease(self, found: StepResult) -> None:
        if found.layer is not None:
            self._leased.add("layer", found.layer.chain_id)
            self._leased.add("blob", found.layer.blob_digest)

    def _explain(self, state: StageState, step: BuildStep, digests: Mapping[str, str]) -> None:
        """Say which input differs from that of the newest step that was done at this place."""
        if not self._options.explain:
            return
        found = explain(all_inputs(step, digests), children(self._session, state.key))
        if found is None:
            cause = "no such step was done here before"
        else:
            cause = "; ".join(map(str, found)) or "its result is gone, or was made on other layers"
        self._report(BuildEvent(kind="explain", text=step.text, cause=cause))

    def _carry_out(self, state: StageState, step: BuildStep, work: Any) -> StepResult:
        session, options = self._session, self._options
        made = None
        ensure_stack(session, state.stack)
        if isinstance(step, RunStep):
            with work.prepared() as shown:
                made = run_step(session, self._leased, state.stack, step, options, shown)
        elif isinstance(step, CopyStep):
            made = work.carry_out(session, self._leased, state.stack, options)
        elif isinstance(step, WorkdirStep):
            made = make_working_directory(session, self._leased, state.stack, step, options)
        now = time.time_ns()
        if made is None:
            return StepResult(stack=state.stack, layer=None, created_at_ns=now)
        return StepResult(
            stack=state.stack.with_layer(made.layer),
            layer=made.layer,
            created_at_ns=now,
            size_bytes=made.size_bytes,
        )

    def _advanced(self, state: StageState, step: BuildStep, key: str, result: StepResult) -> StageState:
        created_at_ns = result.created_at_ns
        if self._options.timestamp_s is not None:
            created_at_ns = self._options.timestamp_s * 10**9
        return state.replace(
            stack=result.stack,
            key=key,
            config=step.config,
            history=(*state.history, *_entries(step, created_at_ns, is_empty=result.layer is None)),
            created_at_ns=created_at_ns,
        )

    def _configured(self, state: StageState, step: BuildStep) -> StageState:
        """Return the state after a step that changes the config only. Its time is that of the last layer, so that an equal
        build gives an equal image.
        """
        created_at_ns = state.created_at_ns
        if self._options.timestamp_s is not None:
            created_at_ns = self._options.timestamp_s * 10**9
        entries = _entries(step, created_at_ns, is_empty=True)
        return state.replace(config=step.config, history=(*state.history, *entries))

    def _export(self, plan: BuildPlan) -> BuildResult:
        """Write the outputs: without --output the image with its names."""
        options = self._options
        target = plan.target
        state = squashed(self._session, self._leased, self._states[target.number], options)
        state = state.replace(config=_with_options(state.config, options))
        if not state.created_at_ns:
            state = state.replace(created_at_ns=time.time_ns())
        result = BuildResult(steps=self._steps, cached_steps=self._cached)
        wants_image = not options.outputs or any(output.kind == "image" for output in options.outputs)
        for output in options.outputs:
            if output.kind in ("local", "tar"):
                write_files(self._session, state.stack, output, options)
            elif output.kind in ("oci", "docker"):
                self._archive(state, output)
        return self._image(state, target, result) if wants_image else result

    def _archive(self, state: StageState, output: BuildOutput) -> None:
        """Write an archive of the image, which stays in the store only if it was there before."""
        before = {row["id"] for row in self._session.db.rows("SELECT id FROM images")}
        written = write_image(self._session, state, self._options, ())
        self._leased.add("image", written.id)
        names = tuple(local_name(tag) for tag in self._options.tags)
        try:
            write_archive(self._session, written.id, names, output, self._options)
        finally:
            if written.id not in before:
                remove_unnamed(self._session, written.id)

    def _image(self, state: StageState, target: Stage, result: BuildResult) -> BuildResult:
        options = self._options
        names = tuple(local_name(tag) for tag in options.tags)
        self._report(BuildEvent(kind="commit", text=options.tags[0] if options.tags else ""))
        parent = ""
        if target.base.kind == "image" and not options.squash_all:
            parent = self._bases.image(target.base.name, target.base.platform).id
        written = write_image(self._session, state, options, names, parent_id=parent)
        self._report(BuildEvent(kind="image", id=written.id))
        for name in names:
            self._report(BuildEvent(kind="tagged", text=name))
        return result.replace(
            image_id=written.id,
            manifest_digest=written.manifest_digest,
            size_bytes=written.manifest_bytes,
            config_digest=written.config_digest,
            media_type=written.media_type,
            names=names,
        )


def _with_options(config: dict[str, Any], options: BuildOptions) -> dict[str, Any]:
    """Return the config document with what --env, --unsetenv and --unsetlabel say."""
    if not (options.env or options.unset_env or options.unset_labels):
        return config
    settings = dict(config.get("config") or {})
    env = dict(str(entry).partition("=")[::2] for entry in settings.get("Env") or ())
    env = {name: value for name, value in env.items() if name not in options.unset_env} | dict(options.env)
    settings["Env"] = [f"{name}={value}" for name, value in env.items()]
    labels = settings.get("Labels") or {}
    settings["Labels"] = {name: value for name, value in labels.items() if name not in options.unset_labels}
    return {**config, "config": settings}


def _entries(step: BuildStep, created_at_ns: int, *, is_empty: bool) -> list[dict[str, Any]]:
    """Return a step's entry in the history, if it gets one."""
    entry = history_entry(step, _created(created_at_ns))
    if entry is None:
        if is_empty:
            return []
        entry = {"created": _created(created_at_ns), "created_by": step.text}
    entry.pop("empty_layer", None)
    if is_empty:
        entry["empty_layer"] = True
    return [entry]


def _created(time_ns: int) -> str:
    return format_rfc3339(time_ns) if time_ns else "1970-01-01T00:00:00Z"


def _failed(error: PycmanError, step: BuildStep) -> PycmanError:
    """Return the error of a step, with its place and instruction in front."""
    problem = error.describe() if not isinstance(error, NotFound) else str(error.describe())
    failed = StepFailed(problem, hint=error.hint, place=str(step.location), step=step.text)
    for note in getattr(error, "__notes__", ()):
        failed.add_note(note)
    return failed
