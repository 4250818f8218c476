"""The stages of a plan: each step is looked up in the cache by its key, or carried out and recorded."""

from __future__ import annotations

import time

from pycman.build.cache.steps import Recorder, children, find_step
from pycman.build.execute.bases import Bases, ensure_stack
from pycman.build.execute.copy_step import find_sources
from pycman.build.execute.run_mounts import RunMounts
from pycman.build.execute.trees import Trees
from pycman.build.outcome import BuildEvent, StepFailed
from pycman.build.plan.history import history_entry
from pycman.build.plan.keys import all_inputs, base_key, step_key
from pycman.build.plan.values import ConfigStep, CopyStep, RunStep, WorkdirStep
from pycman.build.stack import Stack, StageState, StepResult, UsedStep
from pycman.errors import PycmanError, RuntimeFailed, Unsupported
from pycman.linux.forked_child import may_fork
from pycman.plan import crash_point
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.build.cache.remote import RemoteCache
    from pycman.build.context.open_context import Opened
    from pycman.build.execute.new_layer import NewLayer
    from pycman.build.options import BuildOptions
    from pycman.build.outcome import Report
    from pycman.build.plan.values import BuildStep, Stage
    from pycman.images.image import ImageLayer
    from pycman.state.leases import Lease
    from pycman.state.session import Session


class Stages:
    """The stages of one build. `steps` and `cached_steps` count those that can change a file."""

    def __init__(
        self, session: Session, leased: Lease, options: BuildOptions, opened: Opened, bases: Bases, report: Report
    ) -> None:
        self._session = session
        self._leased = leased
        self._options = options
        self._bases = bases
        self._report = report
        self._opened = opened
        self._trees = Trees(session, options, opened, bases)
        self._recorder = Recorder(session)
        self._states: dict[int, StageState] = {}
        self._found: list[ImageLayer] = []
        self._stage_name = ""
        self._remote: RemoteCache | None = None
        if options.cache_from:
            from pycman.build.cache.remote import RemoteCache  # 150 ms (urllib3): only with --cache-from

            self._remote = RemoteCache(session, leased, options)
        self.used: list[UsedStep] = []
        self._titles: dict[int, str] = {}
        self._texts: Sequence[str] = ()
        self._target = -1
        self.steps = self.cached_steps = 0

    def build(self, stages: Sequence[Stage], titles: Sequence[str]) -> StageState:
        """Build `stages`, each after those it needs, and return the state of the last one. `titles` are their FROM lines.

        Raises StepFailed, and what pulling raises.
        """
        places = {stage.number: place for place, stage in enumerate(stages)}
        self._titles = {
            number: f"[{place + 1}/{len(stages)}] " if len(stages) > 1 else "" for number, place in places.items()
        }
        self._texts = titles
        self._target = stages[-1].number
        try:
            if len(stages) > 1 and self._jobs() != 1 and may_fork():
                self._side_by_side(stages)
            else:
                for stage in stages:
                    self._build_here(stage)
            self._lease()
        finally:
            self._trees.close()
            self._recorder.write()
            if self._remote is not None:
                self._remote.close()
        return self._states[self._target]

    def _jobs(self) -> int:
        """Return how many stages are built at a time: one, if a shell may need the caller's terminal."""
        return self._options.jobs if self._options.shell_streams is None else 1

    def _build_here(self, stage: Stage) -> StageState:
        state = self._stage(
            stage, self._texts[stage.number], self._titles[stage.number], is_target=stage.number == self._target
        )
        self._states[stage.number] = state
        return state

    def _side_by_side(self, stages: Sequence[Stage]) -> None:
        from pycman.build.execute.side_by_side import SideBySide  # only for builds of several stages

        together = SideBySide(
            self._session, self._leased, self._options, self._report, self._build_here, self._in_child, self._take
        )
        together.build(stages, self._titles, self._states)

    def _in_child(self, stage: Stage, report: Report, stdout: int, stderr: int) -> dict[str, Any]:
        """Build a stage in a forked child; return what `_take` needs in the parent, as JSON has it."""
        session = self._session
        session.warnings.clear()
        session.debug_log.clear()
        options = self._options.replace(stdout=stdout, stderr=stderr)
        self._bases.report_to(report)
        child = Stages(session, self._leased, options, self._opened, self._bases, report)
        child._states, child._titles, child._texts, child._target = (
            self._states,
            self._titles,
            self._texts,
            self._target,
        )
        try:
            state = child._build_here(stage)
            child._lease()
        finally:
            child._trees.close()
            child._recorder.write()
            if child._remote is not None:
                child._remote.close()
        return {
            "state": state.to_dict(),
            "used": [step.to_dict() for step in child.used],
            "steps": [child.steps, child.cached_steps],
            "leases": self._leased.ids,
            "warnings": session.warnings,
            "debug_log": session.debug_log,
        }

    def _take(self, stage: Stage, built: dict[str, Any]) -> None:
        """Take what a child has built."""
        self._states[stage.number] = StageState.from_dict(built["state"])
        self.steps += built["steps"][0]
        self.cached_steps += built["steps"][1]
        self.used += [UsedStep.from_dict(step) for step in built["used"]]
        self._leased.take_over(built["leases"])
        self._session.warnings += built["warnings"]
        self._session.debug_log += built["debug_log"]

    def _stage(self, stage: Stage, text: str, title: str, *, is_target: bool) -> StageState:
        total = len(stage.steps) + 1
        self._report(BuildEvent(kind="step", text=text, number=1, total=total, stage=title))
        state = self._base(stage)
        self._stage_name = stage.name
        for number, step in enumerate(stage.steps, 2):
            self._report(BuildEvent(kind="step", text=step.text, number=number, total=total, stage=title))
            try:
                state = self._step(state, step, is_last=is_target and number == total)
            except StepFailed as error:
                error.place, error.step = error.place or str(step.location), error.step or step.text
                raise
            except PycmanError as error:
                if error.code == "no-such-oci-runtime":
                    raise  # a fault of this host's settings, in no way of the Dockerfile's
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
        image = self._bases.image(origin.name, origin.platform)
        return self._bases.state(origin, stage.base_config, base_key("image", image.id + salt, stage.platform))

    def _step(self, state: StageState, step: BuildStep, *, is_last: bool) -> StageState:
        if isinstance(step, ConfigStep):
            return self._configured(state, step)
        before = state.stack
        work = self._prepare(step)
        digests = work.digests() if work is not None else {}
        key = step_key(state.key, step, digests)
        self.steps += 1
        found = self._find(key, state)
        if found is None and state.cached and self._remote is not None and self._uses_cache():
            found = self._remote.find(key, state.stack)
        if found is not None:
            self.cached_steps += 1
            self._recorder.use(key)
            if found.layer is not None:
                self._found.append(found.layer)
            self._report(BuildEvent(kind="cached", id=key))
        else:
            self._explain(state, step, digests)
            found = self._carry_out(state, step, work)
            if self._options.layers:
                self._recorder.add(key, state.key, step.text, all_inputs(step, digests), state.stack, found)
            if found.layer is not None:
                self._recorder.write()
                crash_point("build:step")
            if not is_last:
                self._report(BuildEvent(kind="done", id=key))
            state = state.replace(cached=False)
        if self._options.cache_to:
            self.used.append(UsedStep(key=key, parent_chain_id=before.chain_id, result=found))
        return self._advanced(state, step, key, found)

    def _prepare(self, step: BuildStep) -> Any:
        """Return what a step reads, so that it can be named in its key; None for steps that read nothing."""
        if isinstance(step, CopyStep):
            return find_sources(self._session, step, self._trees, self._options, self._states)
        if isinstance(step, RunStep):
            return RunMounts(self._session, step, self._trees, self._options, self._states)
        return None

    def _find(self, key: str, state: StageState) -> StepResult | None:
        if not self._uses_cache():
            return None
        ttl = self._options.cache_ttl_s
        not_before_ns = time.time_ns() - ttl * 10**9 if ttl else 0
        return find_step(self._session, key, state.stack, not_before_ns=not_before_ns)

    def _uses_cache(self) -> bool:
        options = self._options
        return options.layers and not options.no_cache and self._stage_name not in options.no_cache_stages

    def _lease(self) -> None:
        """Lease the layers that were found since the last time, in one transaction: before they are used."""
        if not self._found:
            return
        with self._session.db.transaction():
            for layer in self._found:
                self._leased.add("layer", layer.chain_id)
                self._leased.add("blob", layer.blob_digest)
        self._found.clear()

    def _explain(self, state: StageState, step: BuildStep, digests: Mapping[str, str]) -> None:
        """Say which input differs from that of the newest step that was done at this place."""
        if not self._options.explain:
            return
        from pycman.build.plan.explain import explain  # only imported for --explain

        found = explain(all_inputs(step, digests), children(self._session, state.key))
        if found is None:
            cause = "no such step was done here before"
        else:
            cause = "; ".join(map(str, found)) or "its result is gone, or was made on other layers"
        self._report(BuildEvent(kind="explain", text=step.text, cause=cause))

    def _carry_out(self, state: StageState, step: BuildStep, work: Any) -> StepResult:
        session, options = self._session, self._options
        made = None
        self._lease()
        ensure_stack(session, state.stack)
        if isinstance(step, RunStep):
            made = self._run(state, step, work)
        elif isinstance(step, CopyStep):
            made = work.carry_out(session, self._leased, state.stack, options)
        elif isinstance(step, WorkdirStep):
            from pycman.build.execute.make_directory import make_working_directory  # only for steps that are not cached

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

    def _run(self, state: StageState, step: RunStep, work: RunMounts) -> NewLayer:
        """Carry out a RUN, in a container or in a chroot. Raises Unsupported for what it may not ask for by itself."""
        if step.security not in ("", "sandbox"):
            raise Unsupported("RUN gets no more privileges", subject=f"--security={step.security}", hint="leave it out")
        if step.devices:
            raise Unsupported("devices are given by the caller", subject="RUN --device", hint="use build --device")
        if self._options.shell_streams is not None:
            from pycman.build.execute.error_shell import run_step_or_shell  # only with --shell-on-error

            return run_step_or_shell(self._session, self._leased, state.stack, step, self._options, work)
        with work.prepared() as shown:
            if self._options.isolation == "chroot":
                from pycman.build.execute.run_chroot import run_step_in_chroot  # only with --isolation chroot

                return run_step_in_chroot(self._session, self._leased, state.stack, step, self._options, shown)
            from pycman.build.execute.run_step import run_step  # 20 ms: only for steps that are not cached

            return run_step(self._session, self._leased, state.stack, step, self._options, shown)

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


_RUNTIME_FAILED = 1
"""The status that buildah takes for a RUN whose process the OCI runtime did not start."""


def _failed(error: PycmanError, step: BuildStep) -> PycmanError:
    """Return the error of a step, with its place and instruction in front."""
    status = _RUNTIME_FAILED if isinstance(error, RuntimeFailed) else 0
    failed = StepFailed(error.describe(), hint=error.hint, place=str(step.location), step=step.text, status=status)
    for note in getattr(error, "__notes__", ()):
        failed.add_note(note)
    return failed
