"""Verbs that take several pods: which ones are meant, each done, each told, the worst status at the end."""

from __future__ import annotations

import os

from cli.main import fail_softly
from cli.specs.pairs import read_lines
from pods.api import Pods
from pycman.errors import InvalidInput, NotFound, PycmanError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cli.call import Call
    from pods.life import PodReport


def names_of(call: Call, pods: Pods, *, states: Sequence[str] = ()) -> list[str]:
    """Return the pods a command line means: arguments, --pod-id-file, --latest, --all (only those in `states`)."""
    names = list(call.arguments)
    for path in call.values("pod-id-file"):
        if not os.path.exists(path) and call.flag("ignore"):
            continue
        names += read_lines(path, "--pod-id-file")[:1]
    if call.flag("latest"):
        if names:
            raise InvalidInput("--latest and names do not go together", hint="leave one out")
        names = [latest_pod(pods)]
    if call.flag("all"):
        if names:
            raise InvalidInput("--all and names do not go together", hint="leave one out")
        return [pod.id for pod in pods.list() if not states or pod.state in states]
    if not names and not call.values("pod-id-file"):
        raise InvalidInput(f"{call.command} needs a pod", hint=f"see pycman {call.command} --help")
    return names


def latest_pod(pods: Pods) -> str:
    """Return the id of the pod made last. Raises NotFound."""
    found = pods.list()
    if not found:
        raise NotFound("no such pod", subject="--latest", hint="there is none at all")
    return found[0].id


def each(call: Call, names: Sequence[str], verb: Callable[[str], PodReport | str], *, missing_ok: bool = False) -> int:
    """Do `verb` for every name, print the pod's id, errors as they come; return the worst status."""
    status = 0
    for name in names:
        try:
            done = verb(name)
        except NotFound as error:
            if missing_ok:
                continue
            status = max(status, fail_softly(error, call.command))
        except PycmanError as error:
            status = max(status, fail_softly(error, call.command))
        else:
            if not isinstance(done, str):
                for failure in done.errors.values():
                    status = max(status, fail_softly(failure, call.command))
                done = done.pod_id
            call.print(done)
    return status
