"""Errors in podman's words, for programs that call pycman as podman and read what it says. Pure.

Only what many scripts look for is here: objects that are not there, commands that cannot be run. Other errors keep pycman's words.
"""

from __future__ import annotations

from pycman.errors import PycmanError

_MISSING = {
    "no such container": 'no container with name or ID "{0}" found: no such container',
    "no such image": "{0}: image not known",
    "no such manifest list": "{0}: image not known",
    "the image does not have the name": "{0}: tag not known",
    "no such volume": 'no volume with name "{0}" found: no such volume',
    "no such pod": "no pod with name or ID {0} found: no such pod",
    "no such network": "unable to find network with name or ID {0}: network not found",
    "no such secret": 'no secret with name or id "{0}": no such secret',
    "no such object": 'no such object: "{0}"',
}
"""Problems of NotFound, and podman's sentence for the subject {0}."""
_NO_RUNTIME = "no such OCI runtime"
_RUNTIME = {
    "command-not-found": "{0}: No such file or directory: OCI runtime attempted to invoke a command that was not found",
    "command-not-executable": "{0}: Permission denied: OCI permission denied",
}


def podman_message(error: PycmanError) -> str:
    """Return the line that follows "Error: ": podman's sentence if there is one, else pycman's own."""
    sentence = _MISSING.get(error.problem) or _RUNTIME.get(error.reference)
    if sentence is not None and error.subject:
        return " ".join(sentence.format(error.subject).split())
    cause = error if error.problem == _NO_RUNTIME else error.__cause__  # of a RUN that could not begin
    if isinstance(cause, PycmanError) and cause.problem == _NO_RUNTIME:
        return f'default OCI runtime "{cause.subject}" not found: invalid argument'
    if error.problem == "two mounts have the same target":
        return f"{error.subject}: duplicate mount destination"
    if error.problem.startswith("not a readable archive"):
        return f"{error.subject}: payload does not match any of the supported image formats: {error.problem}"
    if error.problem == "not a restart policy":
        return f"{error.subject} invalid restart policy"
    if error.problem == "invalid signal":
        return f"invalid signal: {error.subject}"
    in_use = _in_use(error)
    if in_use:
        return in_use
    if error.problem == "the file already exists" and error.subject.startswith("--cidfile "):
        path = error.subject.removeprefix("--cidfile ")
        return f"container id file exists. Ensure another container is not using it or delete {path}"
    return str(error)


def _in_use(error: PycmanError) -> str:
    """Return podman's sentence for what cannot be removed because it runs or is used; "" for another error."""
    if error.problem.startswith("cannot remove a "):
        state = error.problem.split()[3]
        return (
            f"cannot remove container {error.subject} as it is {state} - running or paused containers cannot be removed"
            " without force: container state improper"
        )
    if error.problem.startswith("other containers use its namespaces: "):
        names = error.problem.partition(": ")[2]
        return (
            f"container {error.subject} has dependent containers which must be removed before it: {names}:"
            " container already exists"
        )
    if error.problem.startswith("containers use the volume: "):
        ids = ", ".join(getattr(error, "containers", ()))
        return f"volume {error.subject} is being used by the following container(s): {ids}: volume is being used"
    return ""


def copy_error(error: PycmanError, source: tuple[str, str], target: tuple[str, str]) -> PycmanError:
    """Return an error of `cp` in podman's words; `source` and `target` are (container, path), "" for the host."""
    problem = ""
    if error.reference == "corrupt" and source[1] == "-":
        problem = "source must be a (compressed) tar archive when copying from stdin"
    elif error.reference == "not-found" and error.problem.startswith("no such file"):
        problem = _not_found(source)
    elif error.reference == "not-found" and error.problem.startswith("no such directory"):
        problem = _not_found(target)
    elif error.problem == "a tar stream needs a directory":
        problem = "destination must be a directory when copying from stdin"
    elif error.problem == "a directory cannot be copied over a file":
        problem = "destination must be a directory when copying a directory"
    elif error.problem.startswith("it cannot be overwritten"):
        problem = f'error creating "{_path_of(error.subject, target)}": {error.problem}: file exists'
    elif error.problem == "it is not a regular file" and not target[0]:
        problem = f'invalid destination: "{target[1]}" must be a directory or a regular file'
    return PycmanError(problem) if problem else error


def _not_found(place: tuple[str, str]) -> str:
    where = f"on container {place[0]}" if place[0] else "on the host"
    return f'"{place[1]}" could not be found {where}: no such file or directory'


def _path_of(name: str, target: tuple[str, str]) -> str:
    """Return the path of an entry as podman tells it: below the directory in a container, below / on the host."""
    return f"{target[1].rstrip('/')}/{name}" if target[0] else f"/{name}"
