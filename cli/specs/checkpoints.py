"""Restore a container from an archive or an image as the flags of `container restore` ask for."""

from __future__ import annotations

from cli.output.files import input_stream
from cli.specs.networks import parse_port
from pycman.containers.checkpoint.imported import ImportOptions
from pycman.contexts import contextmanager
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from cli.call import Call
    from pycman.containers.checkpoint.options import RestoreOptions
    from pycman.spec.container import ContainerSpec


def restore_imported(
    call: Call, options: RestoreOptions, *, archive: BinaryIO | None = None, image: str = "", subject: str = ""
) -> tuple[str, dict[str, int]]:
    """Restore the container in an archive or image; return its id and CRIU's statistics. Raises what `Checkpoint` raises."""
    name = call.string("name")
    imported = ImportOptions(rootfs=not call.flag("ignore-rootfs"), volumes=not call.flag("ignore-volumes"))
    with call.engine.containers.open_checkpoint(archive=archive, image=image, subject=subject) as checkpoint:
        if call.string("import-previous"):
            with input_stream(call.string("import-previous")) as previous:
                checkpoint.add_previous(previous, call.string("import-previous"))
        _check_pod(call, in_pod=checkpoint.container.in_pod, subject=subject or image)
        ports = [port for value in call.values("publish") for port in parse_port(value)]
        spec = checkpoint.placed(checkpoint.container.spec, name=name, ports=ports)
        if name:
            options = options.replace(address=False, mac=False)
        with _member(call, spec) as member:
            return checkpoint.restore(member, options, imported, same_id=not name)


def _check_pod(call: Call, *, in_pod: bool, subject: str) -> None:
    pod = call.string("pod")
    if in_pod and not pod:
        raise InvalidInput("its container was in a pod", subject=subject, hint="name a pod for it with --pod")
    if pod and not in_pod:
        raise InvalidInput("its container was in no pod", subject=subject, hint="leave --pod out")


@contextmanager
def _member(call: Call, spec: ContainerSpec) -> Iterator[ContainerSpec]:
    """Yield the spec, as a member of the pod of --pod if there is one."""
    if not call.string("pod"):
        yield spec
        return
    from cli.specs.pod_member import in_pod  # only imported for members of pods

    with in_pod(call, spec) as member:
        yield member
