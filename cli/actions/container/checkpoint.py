"""container checkpoint: write the processes of running containers to the disk."""

from __future__ import annotations

import tempfile
import time

from cli.main import fail_softly
from cli.output.files import output_stream
from cli.output.statistics import print_statistics
from cli.targets import containers_meant
from pycman.containers.checkpoint.options import CheckpointOptions
from pycman.errors import InvalidInput, PycmanError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

    from cli.call import Call


def run(call: Call) -> int:
    """Checkpoint the containers and print their names, or statistics; an archive and an image if they are asked for."""
    options = _options(call)
    names = containers_meant(call, running=True)
    if len(names) > 1 and (call.string("export") or call.string("create-image")):
        flag = "--export" if call.string("export") else "--create-image"
        raise InvalidInput("it is for one container", subject=flag, hint="checkpoint them one by one")
    began = time.monotonic()
    status = 0
    reports: list[dict[str, Any]] = []
    for name in names:
        try:
            container_id = call.engine.containers.get(name).id
            at = time.monotonic()
            criu = _checkpoint(call, name, options)
            reports.append({"Id": container_id, "runtime_checkpoint_duration": _us(at), "criu_statistics": criu})
        except PycmanError as error:
            status = max(status, fail_softly(error, call.command))
            continue
        if not call.flag("print-stats"):
            call.print(name)
    if call.flag("print-stats"):
        print_statistics(call, "podman_checkpoint_duration", _us(began), reports)
    return status


def _options(call: Call) -> CheckpointOptions:
    """Return what the flags ask for. Raises InvalidInput for those that need an archive."""
    archived = bool(call.string("export") or call.string("create-image"))
    for flag in ("ignore-rootfs", "ignore-volumes"):
        if call.flag(flag) and not archived:
            raise InvalidInput("it is for archives", subject=f"--{flag}", hint="add --export, or leave it out")
    if call.given("compress") and not call.string("export"):
        raise InvalidInput("it is for archives", subject="--compress", hint="add --export, or leave it out")
    return CheckpointOptions(
        leave_running=call.flag("leave-running"),
        keep=call.flag("keep"),
        pre=call.flag("pre-checkpoint"),
        with_previous=call.flag("with-previous"),
        tcp_established=call.flag("tcp-established"),
        file_locks=call.flag("file-locks"),
        compress=call.string("compress").lower() or "zstd",
        rootfs=not call.flag("ignore-rootfs"),
        volumes=not call.flag("ignore-volumes"),
    )


def _checkpoint(call: Call, name: str, options: CheckpointOptions) -> dict[str, int]:
    containers = call.engine.containers
    reference = call.string("create-image")
    if not call.string("export") and not reference:
        return containers.checkpoint(name, options)
    if not reference:
        with output_stream(call.string("export")) as stream:
            return containers.checkpoint(name, options, stream)
    with tempfile.TemporaryFile() as archive:
        statistics = containers.checkpoint(name, options, archive)
        archive.seek(0)
        if call.string("export"):
            with output_stream(call.string("export")) as stream:
                _copy(archive, stream)
            archive.seek(0)
        containers.image_of_checkpoint(name, archive, reference)
    return statistics


def _copy(source: BinaryIO, target: BinaryIO) -> None:
    while piece := source.read(1 << 20):
        target.write(piece)


def _us(began: float) -> int:
    return int((time.monotonic() - began) * 1e6)
