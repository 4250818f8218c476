"""Errors in docker's words, for programs that call pycman as docker and read what it says. Pure.

Only what many scripts look for is here: objects that are not there, taken or in use. Other errors keep pycman's words, which say what to do.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.errors import PycmanError

_DAEMON = "Error response from daemon: "
_MISSING = {
    "no such container": _DAEMON + "No such container: {0}",
    "no such volume": _DAEMON + "get {0}: no such volume",
    "no such network": _DAEMON + "network {0} not found",
    "no such object": "Error: No such object: {0}",
    "invalid filter": _DAEMON + "invalid filter '{0}'",
    "not a container status": _DAEMON + "invalid filter 'status={0}'",
    "not a health status": _DAEMON + "invalid filter 'health={0}'",
    "not an exit status": _DAEMON + "invalid filter 'exited={0}'",
}
"""Problems, and docker's sentence for the subject {0}."""


def docker_line(error: PycmanError) -> str:
    """Return the line that docker prints for an error, "" where pycman's own words stand."""
    problem, subject = error.problem, error.subject
    if not subject:
        return ""
    if problem == "the input device is not a TTY":
        return problem
    if problem in _MISSING:
        return " ".join(_MISSING[problem].format(subject).split())
    if problem == "no such image":
        return f"{_DAEMON}No such image: {_with_tag(subject)}"
    if problem.startswith("the name is already in use by container "):
        holder = problem.rpartition(" ")[2]
        return (
            f'{_DAEMON}Conflict. The container name "/{subject}" is already in use by container "{holder}".'
            " You have to remove (or rename) that container to be able to reuse that name."
        )
    if problem.startswith("cannot remove a "):
        state = problem.split()[3]
        return (
            f'{_DAEMON}cannot remove container "/{subject}": container is {state}:'
            " stop the container before removing or force remove"
        )
    if problem.startswith("containers use the volume: "):
        ids = ", ".join(getattr(error, "containers", ()))
        return f"{_DAEMON}remove {subject}: volume is in use - [{ids}]"
    return ""


def _with_tag(name: str) -> str:
    """Return an image's name with its tag: docker tells `latest` where none was typed. Ids and digests stay as they are."""
    bare = "@" not in name and ":" not in name.rpartition("/")[2]
    digits = 12 <= len(name) <= 64 and frozenset("0123456789abcdef").issuperset(name)
    return f"{name}:latest" if bare and not digits else name
