"""The exit status of a command, by kind of error and by command: docker's, or podman's where its habits hold."""

from __future__ import annotations

from pycman.errors import NotFound, NotRunning, PycmanError, WrongState

ENGINE_FAILED = 125
_PODMAN_EXEC_STOPPED = 255
_PODMAN_IN_USE = 2
_PODMAN_PORT_TAKEN = 126
"""Podman's network is made while the OCI runtime starts the process: its failure is told as the runtime's."""
_USAGE = {"usage": ENGINE_FAILED, "arguments": 1}
"""Docker's: 125 for flags, 1 for a wrong number of arguments or an unknown command."""
_OWN_STATUS = frozenset(("run", "exec", "start", "create", "attach"))
"""Commands that pass on the error's own status: 125, 126 or 127."""
_REMOVALS = frozenset(("rm", "rmi"))
"""Last words of the commands whose status says whether an object is missing or in use."""
_DEPENDED_ON = ("namespaces-in-use", "infra-container", "service-container")
"""Codes of containers that cannot be removed alone."""
_PODMAN_COMMANDS = frozenset(("pod", "kube", "play", "generate"))
"""First words of commands that docker does not have, so that podman's statuses are the only model."""


def status_of(error: PycmanError, command: str, *, podman: bool = False) -> int:
    """Return the exit status (1 to 255) for an error of `command`; `podman`: podman's statuses hold."""
    podman = podman or command.partition(" ")[0] in _PODMAN_COMMANDS
    if error.code == "no-such-module":  # podman has not read its settings yet
        return 1
    if error.reference in _USAGE:
        return ENGINE_FAILED if podman else _USAGE[error.reference]
    own = command in _OWN_STATUS and not (
        podman and command == "start"
    )  # podman's start ends with 125 whatever is missing
    if podman and command == "run" and error.code == "address-in-use":
        return _PODMAN_PORT_TAKEN
    if command in ("run", "create") or (own and error.exit_status in (126, 127)):
        return error.exit_status
    if podman:
        return _podman_status(error, command)
    if error.reference == "template-error":
        return 64 if command.endswith("inspect") or command == "version" else 1
    return 1


def _podman_status(error: PycmanError, command: str) -> int:
    if command.rpartition(" ")[2] in _REMOVALS:
        if isinstance(error, NotFound):
            return 1
        if isinstance(error, WrongState):  # it runs
            return ENGINE_FAILED if command == "pod rm" else _PODMAN_IN_USE
        depended_on = command in ("rm", "container rm") and error.code in _DEPENDED_ON
        return _PODMAN_IN_USE if error.reference == "in-use" and not depended_on else ENGINE_FAILED
    if command == "exec" and isinstance(error, NotRunning):
        return _PODMAN_EXEC_STOPPED
    return ENGINE_FAILED
