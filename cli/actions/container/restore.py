"""container restore: continue containers from checkpoints: their own, an archive's, an image's."""

from __future__ import annotations

import time

from cli.main import fail_softly
from cli.output.files import input_stream
from cli.output.statistics import print_statistics
from cli.targets import latest_container
from pycman.containers.checkpoint.options import RestoreOptions
from pycman.errors import InvalidInput, PycmanError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cli.call import Call

    Restored = tuple[str, dict[str, int]]

_OF_IMPORTS = ("import-previous", "ignore-rootfs", "ignore-volumes", "name", "pod", "publish")
"""Flags for containers that are not here yet."""


def run(call: Call) -> int:
    """Restore the containers and print their names, or the ids of new ones, or statistics."""
    jobs = _jobs(call)
    began = time.monotonic()
    status = 0
    reports: list[dict[str, Any]] = []
    for name, restore in jobs:
        at = time.monotonic()
        try:
            container_id, criu = restore()
        except PycmanError as error:
            status = max(status, fail_softly(error, call.command))
            continue
        reports.append({"Id": container_id, "runtime_restore_duration": _us(at), "criu_statistics": criu})
        if not call.flag("print-stats"):
            call.print(name or container_id)
    if call.flag("print-stats"):
        print_statistics(call, "podman_restore_duration", _us(began), reports)
    return status


def _jobs(call: Call) -> list[tuple[str, Callable[[], Restored]]]:
    """Return what to restore: the name to print ("" for the id) and what does it. Raises InvalidInput, NotFound."""
    _check(call)
    options = RestoreOptions(
        keep=call.flag("keep"),
        tcp_established=call.flag("tcp-established"),
        tcp_close=call.flag("tcp-close"),
        file_locks=call.flag("file-locks"),
        address=not call.flag("ignore-static-ip"),
        mac=not call.flag("ignore-static-mac"),
    )
    from cli.specs.checkpoints import restore_imported  # only imported for archives and images

    containers = call.engine.containers
    path = call.string("import")
    if path:
        return [("", lambda: _from_archive(call, path, options))]
    names = _names(call)
    jobs: list[tuple[str, Callable[[], Restored]]] = []
    for name in names:
        if containers.find(name) is None and containers.holds_checkpoint(name):
            jobs.append(("", lambda name=name: restore_imported(call, options, image=name)))  # type: ignore[misc]
        else:
            _refuse_flags_of_imports(call)
            jobs.append((name, lambda name=name: containers.restore(name, options)))  # type: ignore[misc]
    return jobs


def _from_archive(call: Call, path: str, options: RestoreOptions) -> Restored:
    from cli.specs.checkpoints import restore_imported  # only imported for archives and images

    with input_stream(path) as stream:
        return restore_imported(call, options, archive=stream, subject=path)


def _names(call: Call) -> list[str]:
    containers = call.engine.containers
    if call.flag("latest"):
        return [latest_container(call)]
    if call.flag("all"):
        return [each.id for each in containers.list(all=True) if containers.has_checkpoint(each.id)]
    return list(call.arguments)


def _check(call: Call) -> None:
    """Raise InvalidInput for names and flags that contradict each other."""
    several = call.flag("all") or call.flag("latest")
    if call.string("import") and (several or call.arguments):
        raise InvalidInput("it is for one archive", subject="--import", hint="leave names, --all and --latest out")
    if several and call.arguments:
        raise InvalidInput("--all or --latest and names cannot be used together", hint="leave one out")
    if not several and not call.arguments and not call.string("import"):
        raise InvalidInput(
            "container restore needs a container, an image or --import",
            hint="see pycman container restore --help",
            code="nothing-named",
        )
    if call.string("name") and call.flag("tcp-established"):
        raise InvalidInput(
            "the connections are those of another address", subject="--name and --tcp-established", hint="leave one out"
        )
    if call.string("name") and len(call.arguments) > 1:
        raise InvalidInput("it is for one image", subject="--name", hint="restore them one by one")


def _refuse_flags_of_imports(call: Call) -> None:
    flag = next((name for name in _OF_IMPORTS if call.given(name)), "")
    if flag:
        raise InvalidInput("it is for archives and images", subject=f"--{flag}", hint="add --import, or leave it out")


def _us(began: float) -> int:
    return int((time.monotonic() - began) * 1e6)
