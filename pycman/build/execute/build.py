"""Build: carry out the plan of a Dockerfile, step after step, and write the image of its target.

context ─▶ Dockerfile ─▶ plan ─▶ for each needed stage: base ─▶ steps ─▶ state      the target's state ─▶ export
                                                          │
                              key in the cache? ── yes ──▶ the layer it left
                                    └─ no ──▶ carried out, row written: an interrupted build goes on from here
"""

from __future__ import annotations

import os
import time

from pycman.build.cache.limit import limit_cache
from pycman.build.context.open_context import open_context
from pycman.build.execute.bases import Bases
from pycman.build.execute.stages import Stages
from pycman.build.export.image import remove_unnamed, write_image
from pycman.build.ignore.rules import parse_ignore
from pycman.build.language.parser import parse
from pycman.build.options import BuildResult
from pycman.build.outcome import BuildEvent
from pycman.build.plan.options import PlanOptions
from pycman.build.plan.plan import make_plan
from pycman.errors import InvalidInput, Unsupported
from pycman.images.lookup import local_name
from pycman.images.platform import host_platform, parse_platform
from pycman.images.transfer.discard_unnamed import discard_on_error
from pycman.state import events
from pycman.state.leases import lease

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.build.context.open_context import Opened
    from pycman.build.options import BuildOptions, BuildOutput
    from pycman.build.outcome import Report
    from pycman.build.plan.values import BuildPlan, Stage
    from pycman.build.stack import StageState
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
        if opened.tree is not None and opened.ignore is not None:
            opened.tree.rules = parse_ignore(opened.ignore, opened.ignore_name)
            opened.tree.rules_name = opened.ignore_name
        if options.manifest or len(options.platforms) > 1:
            from pycman.build.export.manifest_list import list_names, put_into_lists  # only for several platforms

            names = list_names(options)
            results = [
                _Build(session, leased, each, opened, report or _ignore).all()
                for each in (options.replace(platforms=(platform,), tags=()) for platform in options.platforms or ("",))
            ]
            result = put_into_lists(session, names, results, options)
        else:
            result = _Build(session, leased, options, opened, report or _ignore).all()
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
    if options.outputs and (options.manifest or len(options.platforms) > 1):
        raise InvalidInput(
            "the files of several platforms are not written", subject="--output", hint="build one at a time"
        )
    if options.format == "docker" and options.annotations:
        raise InvalidInput("images in docker's format have none", subject="--annotation", hint="use --format=oci")
    if options.isolation == "chroot":
        if options.shell_streams is not None:
            raise Unsupported(
                "without a container there is no shell", subject="--shell-on-error", hint="leave out --isolation chroot"
            )
        from pycman.build.execute.run_chroot import check_chroot  # only with --isolation chroot

        check_chroot(options.run)


class _Build:
    """One build for one platform."""

    def __init__(self, session: Session, leased: Lease, options: BuildOptions, opened: Opened, report: Report) -> None:
        self._session = session
        self._leased = leased
        self._options = options
        self._opened = opened
        self._report = report
        self._bases = Bases(session, leased, options, report)
        self._stages = Stages(session, leased, options, opened, self._bases, report)

    def all(self) -> BuildResult:
        """Build every stage that is needed, then write the image."""
        plan, titles = self._plan()
        for warning in plan.warnings:
            self._report(BuildEvent(kind="warning", text=str(warning)))
        if plan.unused_args:
            names = ", ".join(plan.unused_args)
            self._report(BuildEvent(kind="warning", text=f"no ARG declares these build arguments: {names}"))
        state = self._stages.build(plan.stages, titles)
        result = self._export(plan, state)
        if self._options.cache_to:
            from pycman.build.cache.remote import export_steps  # 150 ms (urllib3): only with --cache-to

            export_steps(self._session, self._options, self._stages.used, state.stack)
        return result

    def _plan(self) -> tuple[BuildPlan, list[str]]:
        """Return the plan, and the FROM line of each stage."""
        options = self._options
        machine = os.uname().machine
        platform = parse_platform("".join(options.platforms[:1]), machine=machine)
        dockerfile = parse(self._opened.dockerfile, self._opened.name)
        plan_options = PlanOptions(
            build_args=dict(options.build_args),
            target=options.target,
            platform=str(platform),
            build_platform=str(host_platform(machine)),
            contexts=tuple(options.contexts),
            labels=dict(options.labels),
            base_image=options.base_image,
        )
        rules = self._opened.tree.rules if self._opened.tree else None
        plan = make_plan(dockerfile, plan_options, self._bases, rules)
        return plan, [stage.start.text for stage in dockerfile.stages]

    def _export(self, plan: BuildPlan, state: StageState) -> BuildResult:
        """Write the outputs: without --output the image with its names."""
        options = self._options
        target = plan.target
        if options.squash or options.squash_all or not options.layers:
            from pycman.build.export.squash import squashed  # only imported when layers are merged

            state = squashed(self._session, self._leased, state, options)
        state = state.replace(config=_with_options(state.config, options))
        if not state.created_at_ns:
            state = state.replace(created_at_ns=time.time_ns())
        result = BuildResult(steps=self._stages.steps, cached_steps=self._stages.cached_steps)
        wants_image = not options.outputs or any(output.kind == "image" for output in options.outputs)
        for output in options.outputs:
            if output.kind in ("local", "tar"):
                from pycman.build.export.files import write_files  # 20 ms: only for --output

                write_files(self._session, state.stack, output, options)
            elif output.kind in ("oci", "docker"):
                self._archive(state, output)
        return self._image(state, target, result) if wants_image else result

    def _archive(self, state: StageState, output: BuildOutput) -> None:
        """Write an archive of the image, which stays in the store only if it was there before."""
        from pycman.build.export.files import write_archive  # 20 ms: only for --output

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
