"""Commands on several containers or pods: resolve which ones are meant, do the verb on each, return the worst status."""

from __future__ import annotations

import os

from cli.main import fail_softly
from pycman.errors import InvalidInput, NotFound, PycmanError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cli.call import Call
    from pods.api import Pods
    from pods.on_members import PodReport


def containers_meant(call: Call, *, running: bool = False, stopped: bool = False) -> list[str]:
    """Return names or ids of the containers that arguments, --cidfile, --latest, --all and --filter mean.

    `running`, `stopped`: --all and --filter alone mean only such containers. Names with --filter are those that pass it.
    Raises InvalidInput (none or both named), NotFound (--latest).
    """
    names = _named(call, "cidfile", lambda: latest_container(call))
    if call.flag("all") or call.values("filter"):
        if call.arguments and call.flag("all"):
            raise _all_and_names()
        listed = call.engine.containers.list(call.pairs("filter"), all=not running or bool(names))
        if names:
            passing = {container.id for container in listed}
            return [name for name in names if call.engine.containers.get(name).id in passing]
        listed = [container for container in listed if not (stopped and container.running)]
        names += [container.id for container in listed if not (call.command == "rm" and container.is_infra)]
    elif not names and not call.values("cidfile"):
        raise InvalidInput(
            f"{call.command} needs a container", hint=f"see pycman {call.command} --help", code="nothing-named"
        )
    return names


def pods_meant(call: Call, pods: Pods, *, states: Sequence[str] = ()) -> list[str]:
    """Return names or ids of the pods that arguments, --pod-id-file, --latest and --all (only pods in `states`) mean.

    Raises InvalidInput (none or both named), NotFound (--latest).
    """
    names = _named(call, "pod-id-file", lambda: latest_pod(pods))
    if call.flag("all"):
        if names:
            raise _all_and_names()
        return [pod.id for pod in pods.list() if not states or pod.state in states]
    if not names and not call.values("pod-id-file"):
        raise InvalidInput(
            f"{call.command} needs a pod", hint=f"see pycman {call.command} --help", code="nothing-named"
        )
    return names


def removes_containers(call: Call) -> bool:
    """Return whether --force of `volume rm` and `network rm` removes containers, as podman does; --time says so, too."""
    return call.habits.force_removes_users or call.given("time")


def image_meant(call: Call, name: str) -> str:
    """Return the name of the image that `name` means: in podman's way also the only one that ends with it after a slash.

    Only for verbs on images that are here: what is run or pulled is never looked for by the end of its name.
    """
    if not call.habits.names_by_their_end or call.engine.images.find(name) is not None:
        return name
    wanted = name if ":" in name.rpartition("/")[2] else f"{name}:latest"
    names = [each for image in call.engine.images.list() for each in image.names if each.endswith(f"/{wanted}")]
    return names[0] if len(names) == 1 else name


def latest_container(call: Call) -> str:
    """Return the id of the most recently created container. Raises NotFound."""
    newest = call.engine.containers.list(all=True, last=1)
    if not newest:
        raise NotFound("no such container", subject="--latest", hint="create one first", code="no-such-container")
    return newest[0].id


def latest_pod(pods: Pods) -> str:
    """Return the id of the most recently created pod. Raises NotFound."""
    newest_first = pods.list()
    if not newest_first:
        raise NotFound("no such pod", subject="--latest", hint="create one first", code="no-such-pod")
    return newest_first[0].id


def for_each(call: Call, names: Sequence[str], verb: Callable[[str], object], *, print_name: bool = True) -> int:
    """Call `verb` with every name; print the name as it was typed, or the error. Return the worst status."""

    def act(name: str) -> int:
        verb(name)
        if print_name:
            call.print(name)
        return 0

    return _for_each(call, names, act, ignore=call.flag("ignore"))


def for_each_pod(
    call: Call, names: Sequence[str], verb: Callable[[str], PodReport | str], *, ignore: bool = False
) -> int:
    """Call `verb` with every pod, print its id and the errors of single members; return the worst status.

    `ignore`: skip pods that do not exist.
    """

    def act(name: str) -> int:
        report = verb(name)
        failures = () if isinstance(report, str) else report.errors.values()
        status = max((fail_softly(failure, call.command) for failure in failures), default=0)
        call.print(report if isinstance(report, str) else report.pod_id)
        return status

    return _for_each(call, names, act, ignore=ignore)


def _for_each(call: Call, names: Sequence[str], act: Callable[[str], int], *, ignore: bool) -> int:
    status = 0
    for name in names:
        try:
            status = max(status, act(name))
        except NotFound as error:
            if not ignore:
                status = max(status, report_missing(call, error))
        except PycmanError as error:
            status = max(status, fail_softly(error, call.command))
    return status


def report_missing(call: Call, error: NotFound) -> int:
    """Print that an object is not there and return the status: for a removal with --force it is 0, and podman says nothing."""
    forced = call.flag("force") and call.command.rpartition(" ")[2] in ("rm", "rmi")
    if forced and call.habits.forced_rm_is_silent:
        return 0
    status = fail_softly(error, call.command)
    return 0 if forced else status


def _named(call: Call, id_file: str, latest: Callable[[], str]) -> list[str]:
    """Return the names in arguments, in files of ids (the flag `id_file`, first line each) and of --latest."""
    names = list(call.arguments)
    for path in call.values(id_file):
        from cli.specs.pairs import read_lines  # only for --cidfile and the like

        if not os.path.exists(path) and call.flag("ignore"):
            continue
        names += read_lines(path, f"--{id_file}")[:1]
    if call.flag("latest"):
        if names:
            raise InvalidInput("--latest and names cannot be used together", hint="leave one out")
        names = [latest()]
    return names


def _all_and_names() -> InvalidInput:
    return InvalidInput("--all and names cannot be used together", hint="leave one out", code="all-and-names")
