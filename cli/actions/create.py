"""create: create a container and print its id."""

from __future__ import annotations

import os

from cli.specs.container import container_spec
from pycman.contexts import contextmanager, suppress
from pycman.errors import AlreadyExists, InvalidInput, NotFound, from_os_error
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from cli.call import Call
    from pycman.spec.container import ContainerSpec

_REGISTRY_FLAGS = frozenset(("authfile", "creds", "cert-dir", "tls-verify", "retry", "retry-delay", "signature-policy"))


def run(call: Call) -> int:
    """Create the container and print its id."""
    if call.given("detach-keys"):
        from cli.attach_session import detach_keys  # only imported to refuse keys that are none

        detach_keys(call, terminal=False)
    call.print(create_from(call, container_spec(call)))
    return 0


def create_from(call: Call, spec: ContainerSpec, *, starts: bool = False) -> str:
    """Create a container and return its id, obeying --pod, --cidfile, --replace and the flags that say how to pull.

    `starts`: the caller starts it.
    """
    if call.string("pod") or call.string("pod-id-file"):
        from cli.specs.pod_member import in_pod  # only imported for members of pods

        with in_pod(call, spec) as member:
            return _create(call, member, starts=starts)
    if spec.init_kind:
        raise InvalidInput("only pods have init containers", subject="--init-ctr", hint="name the pod with --pod")
    return _create(call, spec, starts=starts)


def _create(call: Call, spec: ContainerSpec, *, starts: bool) -> str:
    containers = call.engine.containers
    with id_file(call.string("cidfile"), "--cidfile", overwrites=call.habits.id_file_is_kept) as file:
        if call.flag("replace") and spec.name:
            with suppress(NotFound):
                containers.remove(spec.name, force=True, volumes=True)
        progress = None
        if spec.image and spec.pull != "never" and (spec.pull or call.engine.images.find(spec.image) is None):
            from cli.output.progress import progress_for  # only imported if something may be pulled: threading

            progress = progress_for(quiet=call.flag("quiet"), podman=call.habits.podman_progress)
        if spec.image and _REGISTRY_FLAGS & call.flags.keys():
            spec = _pull(call, spec, progress)
        container_id = containers.create(spec, progress=progress, starts=starts)
        if progress is not None:
            progress.finish(containers.get(container_id).image_id)
        if file is not None:
            file.write(container_id)
    call.print_warnings()
    return container_id


@contextmanager
def id_file(path: str, flag: str, *, overwrites: bool = False) -> Iterator[TextIO | None]:
    """Yield the new file that a flag names (None for ""), which is removed again if the block fails.

    Raises AlreadyExists unless it `overwrites`.
    """
    if not path:
        yield None
        return
    try:
        file = open(path, "w" if overwrites else "x", encoding="utf-8")  # noqa: SIM115 - closed below
    except FileExistsError:
        hint = "remove it or name another"
        raise AlreadyExists(
            "the file already exists",
            subject=f"{flag} {path}",
            hint=hint,
            code="container-id-file-exists",
            facts={"path": path},
        ) from None
    except OSError as error:
        raise from_os_error(error, subject=f"{flag} {path}") from error
    try:
        with file:
            yield file
    except BaseException:
        os.unlink(path)
        raise


def _pull(call: Call, spec: ContainerSpec, progress: object) -> ContainerSpec:
    """Pull the image as the registry flags ask; return the spec with a pull policy that then finds it locally."""
    from cli.specs.registry import registry_options  # only imported when registry flags are given
    from pycman.images.transfer.pull import PullOptions  # 100 ms with urllib3, only when registry flags are given

    for flag in ("cert-dir", "signature-policy"):
        if call.string(flag) and not os.path.exists(call.string(flag)):
            raise NotFound(
                "no such file or directory",
                subject=call.string(flag),
                hint=f"correct --{flag}",
                code="no-authfile",
            )
    policy = spec.pull or containers_conf(call.engine.session).pull_policy
    if policy == "missing" and spec.platform:
        policy = "always"
    options = PullOptions(policy=policy, platform=spec.platform, **registry_options(call))
    call.engine.images.pull(spec.image, options, progress=progress)  # type: ignore[arg-type]
    return spec.replace(pull="never" if policy == "never" else "missing")
