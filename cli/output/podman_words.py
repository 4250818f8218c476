"""Errors in podman's words, for programs that call pycman as podman and read what it says. Pure.

Only what many scripts look for is here: objects that are not there, commands that cannot be run. Other errors keep pycman's words.
"""

from __future__ import annotations

from cli.output.podman_sentences import cannot_be_removed, podman_sentence
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
    "command-not-found": (
        "executable file `{0}` not found in $PATH: No such file or directory:"
        " OCI runtime attempted to invoke a command that was not found"
    ),
    "command-not-executable": "open executable `{0}`: Permission denied: OCI permission denied",
}
_WORKDIR = "the working directory cannot be entered"
_SENTENCES = {
    "two mounts have the same target": "{0}: duplicate mount destination",
    "not a restart policy": "{0} invalid restart policy",
    "it needs a target": "must set volume destination",
    "the bind source does not exist": "statfs {0}: no such file or directory",
    "no file paths match the glob": 'no file paths matching glob "{0}"',
    "not a type of devices": "invalid device type in device-access-add: {0}",
    "not an access to devices": "invalid device access in device-access-add: {0}",
    "not a device number": 'strconv.ParseUint: parsing "{0}": invalid syntax',
    "not a device rule": 'invalid device cgroup rule requires type, major:Minor, and access rules: "{0}"',
    "not a time": 'failed to parse value as time or duration: "{0}"',
    "not a container status": "unknown container state: {0}: invalid argument",
    "not a status of pods": "{0} is not a valid pod status",
    "not a status of containers": "{0} is not a valid status",
    "not a log driver": "running container create option: invalid log driver: invalid argument",
}
"""Problems of other kinds, and podman's sentence for the subject {0}."""


def podman_message(error: PycmanError, command: str = "") -> str:
    """Return the line that follows "Error: " if `command` ends with it: podman's sentence if there is one, else pycman's own."""
    special = podman_sentence(error)
    if special:
        return special
    if error.problem == "no such container" and command in ("rm", "container rm"):
        return f'no container with ID or name "{error.subject}" found: no such container'
    if error.problem == "invalid filter":
        return _wrong_filter(error.subject, command)
    if error.problem == "not a time" and command in ("events", "system events"):
        return f"failed to parse event filters: {error.subject}: not a time"
    if error.problem.startswith(_WORKDIR):
        return f'workdir "{error.subject}" does not exist on container: {error.problem}'
    sentence = _MISSING.get(error.problem) or _RUNTIME.get(error.reference) or _SENTENCES.get(error.problem)
    if sentence is not None and error.subject:
        return " ".join(sentence.format(error.subject).split())
    if error.problem in (f"{command} needs a container", f"{command} needs a pod"):
        return "you must provide at least one name or id"
    if error.problem.startswith("events cannot be read"):
        return 'cannot read events with the "none" backend'
    if error.problem == "not a filter" and error.subject.startswith("--filter "):
        text = error.subject.removeprefix("--filter ")
        if command == "images":
            return f'invalid image filter "{text}": must be in the format "filter=value or filter!=value"'
        return f"filter input must be in the form of filter=value: {text} is invalid"
    if "--authfile" in error.hint and error.problem.startswith("no such file"):
        return f"credential file is not accessible: faccessat {error.subject}: no such file or directory"
    if error.problem == "the soft limit is above the hard one":
        return _wrong_ulimit(error.subject.removeprefix("--ulimit "))
    if command == "start" and error.problem == "--all and names cannot be used together":
        return "either start all containers or the container(s) provided in the arguments"
    cause = error if error.problem == _NO_RUNTIME else error.__cause__  # of a RUN that could not begin
    if isinstance(cause, PycmanError) and cause.problem == _NO_RUNTIME:
        return f'default OCI runtime "{cause.subject}" not found: invalid argument'
    if error.problem.startswith("not a readable archive"):
        return f"{error.subject}: payload does not match any of the supported image formats: {error.problem}"
    in_use = _in_use(error)
    if in_use:
        return in_use
    if error.problem == "no such file" and error.subject.startswith("--cidfile "):
        return f"reading CIDFile: open {error.subject.removeprefix('--cidfile ')}: no such file or directory"
    if error.problem == "the file already exists" and error.subject.startswith("--cidfile "):
        path = error.subject.removeprefix("--cidfile ")
        return f"container id file exists. Ensure another container is not using it or delete {path}"
    return str(error)


def _wrong_filter(key: str, command: str) -> str:
    """Return podman's sentence for a key of --filter that a command does not have."""
    noun = command.partition(" ")[0]
    if noun in ("images", "image"):
        return f'invalid image filter "{key}": must be in the format "filter=value or filter!=value"'
    if noun == "volume":
        return f'"{key}" is an invalid volume filter'
    if noun in ("network", "secret"):
        return f'invalid filter "{key}"'
    if noun == "events":
        return f"failed to parse event filters: {key} is an invalid filter"
    return f"{key} is an invalid filter"


def _wrong_ulimit(text: str) -> str:
    """Return podman's sentence for NAME=SOFT:HARD whose soft limit is above the hard one."""
    soft, _, hard = text.partition("=")[2].partition(":")
    unlimited = " (unlimited)" if soft in ("-1", "unlimited") else ""
    return (
        f'ulimit option "{text}" requires name=SOFT:HARD, failed to be parsed: ulimit soft limit must be less than or equal'
        f" to hard limit: soft: {'-1' if unlimited else soft}{unlimited}, hard: {hard}"
    )


def _in_use(error: PycmanError) -> str:
    """Return podman's sentence for what cannot be removed because it runs or is used; "" for another error."""
    if error.problem.startswith("cannot remove a "):
        state = error.problem.split()[3]
        return cannot_be_removed(getattr(error, "container_id", error.subject), state)
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
    """Return an error of `cp` in podman's words; `source` and `target` are (container, path as typed), "" for the host."""
    problem = ""
    if error.reference == "corrupt" and source[1] == "-":
        problem = "source must be a (compressed) tar archive when copying from stdin"
    elif error.reference == "not-found" and error.problem.startswith("no such file"):
        problem = _not_found(source)
    elif error.reference == "not-found" and error.problem.startswith("no such directory"):
        problem = _not_found(target) if source[1] != "-" else "destination must be a directory when copying from stdin"
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
