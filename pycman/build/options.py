"""BuildOptions: all that a caller can ask of a build. BuildResult: what it made."""

from __future__ import annotations

from pycman.record import Record
from pycman.spec.container import NamespaceMode, Security
from pycman.spec.mount import Device, Mount
from pycman.spec.network_attachment import NetworkMode
from pycman.spec.resources import Resources, Ulimit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from pycman.build.outcome import StepFailed
    from pycman.runtime.attach import Streams


class BuildSecret(Record):
    """A secret for RUN --mount=type=secret: the content of the host's file `path`, or of the variable `env`."""

    id: str
    path: str = ""
    env: str = ""


class BuildOutput(Record):
    """One --output. `kind` is image (into the store), local, tar, oci or docker; `target` a path, "-" is `stdout`."""

    kind: str
    target: str = ""


class CachePlace(Record):
    """A place of --cache-from or --cache-to. `kind` is registry (`target` a repository, perhaps with a tag) or local (a directory);
    `mode` says what is written there: max is every step, min those whose layers the image has.
    """

    kind: str
    target: str
    mode: str = "max"


class RunOptions(Record):
    """What every RUN of the build gets beside what its instruction says; empty fields are the engine's defaults."""

    network: NetworkMode = NetworkMode(kind="")
    extra_hosts: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()
    dns_search: tuple[str, ...] = ()
    dns_options: tuple[str, ...] = ()
    no_hosts: bool | None = None
    http_proxy: bool | None = None
    resources: Resources = Resources()
    ulimits: tuple[Ulimit, ...] = ()
    shm_size_bytes: int | None = None
    cgroup_parent: str = ""
    security: Security = Security()
    mounts: tuple[Mount, ...] = ()
    devices: tuple[Device, ...] = ()
    group_add: tuple[str, ...] = ()
    ipc_mode: NamespaceMode = NamespaceMode()
    pid_mode: NamespaceMode = NamespaceMode()
    uts_mode: NamespaceMode = NamespaceMode()
    cgroup_mode: NamespaceMode = NamespaceMode()


class BuildOptions(Record):
    """What `engine.images.build` takes.

    `context` is a directory, a git or http(s) URL, "-" (a tar or a Dockerfile on the descriptor `stdin`), or "" for
    none. `dockerfiles` are paths of files that are read one after the other, relative ones below the context or the
    working directory, "-" is `stdin`; none is Containerfile or Dockerfile of the context.
    """

    context: str = ""
    dockerfiles: tuple[str, ...] = ()
    stdin: int = -1
    files_inside: bool = False
    """Dockerfiles are files of the context alone: whoever names them is not to read files of this host."""
    ignore_file: str = ""
    contexts: Mapping[str, str] = {}
    """--build-context: name to directory, URL, or "docker-image://NAME"."""
    tags: tuple[str, ...] = ()
    build_args: Mapping[str, str] = {}
    target: str = ""
    platforms: tuple[str, ...] = ()
    manifest: str = ""
    """Name of the manifest list that the images of several platforms are put into."""
    base_image: str = ""
    """Takes the place of the first FROM."""
    pull: str = "missing"
    """always, missing, never or newer."""
    registry: Mapping[str, object] = {}
    """Fields of RegistryOptions for pulls."""
    no_cache: bool = False
    no_cache_stages: tuple[str, ...] = ()
    cache_ttl_s: int = 0
    cache_from: tuple[CachePlace, ...] = ()
    cache_to: tuple[CachePlace, ...] = ()
    layers: bool = True
    """False: one layer for all steps, and no cache."""
    squash: bool = False
    """One layer for all new layers."""
    squash_all: bool = False
    """One layer for everything, that of the base image too."""
    format: str = "oci"
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}
    unset_env: tuple[str, ...] = ()
    unset_labels: tuple[str, ...] = ()
    env: Mapping[str, str] = {}
    """Added to the image's environment."""
    timestamp_s: int | None = None
    """SOURCE_DATE_EPOCH: the time of image and history, and the latest time of a file in a layer."""
    omit_history: bool = False
    secrets: tuple[BuildSecret, ...] = ()
    ssh: Mapping[str, str] = {}
    """id to the path of an agent's socket."""
    run: RunOptions = RunOptions()
    outputs: tuple[BuildOutput, ...] = ()
    """None is the image in the store."""
    stdout: int = -1
    stderr: int = -1
    """Where the output of RUN goes; -1 keeps it for the error of a step that fails."""
    output_descriptor: int = -1
    """Where an output with the target "-" is written."""
    explain: bool = False
    isolation: str = ""
    """"" makes a container of each RUN; "chroot" a process in the stage's root, for hosts where no container can be made."""
    jobs: int = 1
    """How many stages are built at a time; 0 is as many as there are processors."""
    shell_streams: Callable[[StepFailed], AbstractContextManager[Streams]] | None = None
    """Called with the error of a RUN that fails: yields the streams of a terminal, to which a shell in what the RUN left is
    attached before the error is raised. Stages are then built one after the other."""


class BuildResult(Record):
    """What a build made: the image's id (64 hex digits) and manifest digest; "" if only files were written."""

    image_id: str = ""
    manifest_digest: str = ""
    config_digest: str = ""
    names: tuple[str, ...] = ()
    steps: int = 0
    cached_steps: int = 0
    media_type: str = ""
    size_bytes: int = 0
