"""Errors in podman's words, for programs that call pycman as podman and read what it says. Pure.

Only what many scripts look for is here: objects that are not there, commands that cannot be run. Other errors keep pycman's words.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.errors import PycmanError

_MISSING = {
    "no such container": 'no container with name or ID "{0}" found: no such container',
    "no such image": "{0}: image not known",
    "the image does not have the name": "{0}: tag not known",
    "no such volume": 'no volume with name "{0}" found: no such volume',
    "no such pod": "no pod with name or ID {0} found: no such pod",
    "no such network": "unable to find network with name or ID {0}: network not found",
    "no such secret": 'no secret with name or id "{0}": no such secret',
    "no such object": 'no such object: "{0}"',
}
"""Problems of NotFound, and podman's sentence for the subject {0}."""
_RUNTIME = {
    "command-not-found": "{0}: No such file or directory: OCI runtime attempted to invoke a command that was not found",
    "command-not-executable": "{0}: Permission denied: OCI permission denied",
}


def podman_message(error: PycmanError) -> str:
    """Return the line that follows "Error: ": podman's sentence if there is one, else pycman's own."""
    sentence = _MISSING.get(error.problem) or _RUNTIME.get(error.reference)
    if sentence is not None and error.subject:
        return " ".join(sentence.format(error.subject).split())
    if error.problem == "the file already exists" and error.subject.startswith("--cidfile "):
        path = error.subject.removeprefix("--cidfile ")
        return f"container id file exists. Ensure another container is not using it or delete {path}"
    return str(error)
