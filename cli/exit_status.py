"""Which status a command ends with, by kind of error and by command: docker's, or podman's if it is called so.

A test walks the tree of errors.
"""

from __future__ import annotations

from pycman.errors import NotFound, NotRunning, PycmanError

ENGINE_FAILED = 125
_PODMAN_EXEC_STOPPED = 255
_PODMAN_IN_USE = 2
_USAGE = {"usage": ENGINE_FAILED, "arguments": 1}
"""Docker's: 125 for flags, 1 for a wrong number of arguments or an unknown command."""
_OWN_STATUS = frozenset(("run", "exec", "start", "create", "attach"))
"""Commands that end with the error's own status: 125, 126 or 127."""
_REMOVALS = frozenset(("rm", "rmi"))
"""The last word of commands that tell missing objects from those in use."""
_PODMANS = frozenset(("pod", "kube", "play", "generate"))
"""Commands that docker does not have."""


def status_of(error: PycmanError, command: str, *, podman: bool = False) -> int:
    """Return the exit status for an error of a command."""
    podman = podman or command.partition(" ")[0] in _PODMANS
    if error.reference in _USAGE:
        return ENGINE_FAILED if podman else _USAGE[error.reference]
    if command in ("run", "create") or (command in _OWN_STATUS and error.exit_status in (126, 127)):
        return error.exit_status
    if podman:
        return _podman_status(error, command)
    if error.reference == "template-error":
        return 64 if command.endswith("inspect") or command == "version" else 1
    return 1


def _podman_status(error: PycmanError, command: str) -> int:
    if command.rpartition(" ")[2] in _REMOVALS:
        return 1 if isinstance(error, NotFound) else _PODMAN_IN_USE if error.reference == "in-use" else ENGINE_FAILED
    if command == "exec" and isinstance(error, NotRunning):
        return _PODMAN_EXEC_STOPPED
    return ENGINE_FAILED
