"""What a plan is made of. The executor of a build reads these and nothing of the Dockerfile itself."""

from __future__ import annotations

from pycman.build.language.mounts import RunMount
from pycman.build.language.position import Location
from pycman.build.language.warning import BuildWarning
from pycman.build.plan.config import Timeline
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.build.plan.config import Change


class Origin(Record):
    """Where files or a base come from.

    kind      scratch   nothing
              stage     another stage of this plan: `stage` is its number
              image     an image: `name` is its reference, `platform` the one to take
              context   `name` "" is the build context, else a named one (--build-context)
    """

    kind: str
    name: str = ""
    stage: int = -1
    platform: str = ""


class InlineFile(Record):
    """A file whose content stands in the Dockerfile; `name` is a file name for COPY, a path for RUN."""

    name: str
    content: str
    mode: int = 0o644


class PlannedMount(Record):
    """A mount of RUN with what it comes from; `target` is absolute."""

    mount: RunMount
    target: str
    origin: Origin | None = None
    """For bind, and for a cache with `from`; None for other mounts."""


class BuildStep(Record):
    """One instruction, expanded. `number` counts from 1 within its stage, FROM not counted.

    `inputs` are what the cache key is made of beside the parent's key and digests of content: names and values in
    order, for `explain`. `changes` are what it does to the config. `created_by` is the text for its history entry, ""
    if it gets none; `empty_layer` says that it changes no file.
    """

    number: int
    location: Location
    text: str
    created_by: str
    timeline: Timeline
    inputs: tuple[tuple[str, str], ...] = ()
    changes: tuple[Change, ...] = ()
    empty_layer: bool = False
    from_base: bool = False
    """True for a trigger (ONBUILD) of the base image."""

    @property
    def config(self) -> dict[str, Any]:
        """Return the image's config document (image-spec config.md) after this step; its parts must not be changed.

        It has no rootfs, history and created. Cheap for one step after the other.
        """
        return self.timeline.after(self.number)


class ConfigStep(BuildStep):
    """ENV, LABEL, CMD, ARG, …: changes the config at most. It has no inputs, so its key is its parent's."""


class WorkdirStep(BuildStep):
    """WORKDIR: makes the directory `path` where there is none: mode 0755, owned by `owner` (USER in force, "" is root)."""

    path: str
    owner: str = ""


class RunStep(BuildStep):
    """RUN: a container with this argv.

    `env` are NAME=VALUE, build arguments included. `files` are shown read-only, for the time of the step, and leave no
    trace in the layer.
    """

    argv: tuple[str, ...]
    env: tuple[str, ...]
    working_dir: str
    user: str = ""
    mounts: tuple[PlannedMount, ...] = ()
    files: tuple[InlineFile, ...] = ()
    network: str = "default"
    security: str = "sandbox"
    devices: tuple[str, ...] = ()


class CopyStep(BuildStep):
    """COPY or ADD. `target` is absolute and keeps its last slash ("put it into this directory")."""

    sources: tuple[str, ...]
    target: str
    origin: Origin
    is_add: bool = False
    files: tuple[InlineFile, ...] = ()
    chown: str = ""
    chmod: str = ""
    link: bool = False
    parents: bool = False
    exclude: tuple[str, ...] = ()
    keep_git_dir: bool | None = None
    checksum: str = ""
    unpack: bool | None = None


class Stage(Record):
    """A stage that is needed. `number` is its place in the file, from 0; `needs` are the stages it builds upon."""

    number: int
    name: str
    location: Location
    platform: str
    base: Origin
    base_config: dict[str, Any]
    """Config document of the base: without rootfs, history, created and OnBuild, with a PATH."""
    steps: tuple[BuildStep, ...]
    needs: tuple[int, ...] = ()

    @property
    def config(self) -> dict[str, Any]:
        """Return the config document at its end; its parts must not be changed."""
        return self.steps[-1].config if self.steps else self.base_config


class BuildPlan(Record):
    """The needed stages, each after those it needs, the target last; and what the linter has to say."""

    stages: tuple[Stage, ...]
    warnings: tuple[BuildWarning, ...] = ()
    unused_args: tuple[str, ...] = ()
    """Build arguments that no ARG declares."""

    @property
    def target(self) -> Stage:
        """Return the stage whose image is wanted."""
        return self.stages[-1]
