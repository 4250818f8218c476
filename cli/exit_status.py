"""Which status a command ends with: docker's, by kind of error and by command. A test walks the tree of errors."""

from __future__ import annotations

from pycman.errors import PycmanError

ENGINE_FAILED = 125
_USAGE = {"usage": ENGINE_FAILED, "arguments": 1}
"""Docker's: 125 for flags, 1 for a wrong number of arguments or an unknown command."""
_OWN_STATUS = frozenset(("run", "exec", "start", "create", "attach"))
"""Commands that end with the error's own status: 125, 126 or 127."""


def status_of(error: PycmanError, command: str) -> int:
    """Return the exit status for an error of a command."""
    if error.reference in _USAGE:
        return _USAGE[error.reference]
    if command in ("run", "create"):
        return error.exit_status
    if command in _OWN_STATUS and error.exit_status in (126, 127):
        return error.exit_status
    if error.reference == "template-error":
        return 64 if command.endswith("inspect") or command == "version" else 1
    return 1
