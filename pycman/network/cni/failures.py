"""Error objects of plugins, converted to errors of pycman (CNI spec 1.0.0, section 5, "Error"). Pure."""

from __future__ import annotations

from pycman.errors import Corrupt, Unavailable
from pycman.jsontext import parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

INCOMPATIBLE_VERSION = 1
UNSUPPORTED_FIELD = 2
UNKNOWN_CONTAINER = 3
INVALID_ENVIRONMENT = 4
IO_FAILURE = 5
CANNOT_DECODE = 6
INVALID_CONFIG = 7
TRY_AGAIN_LATER = 11
NOT_AVAILABLE = 50
LIMITED_CONNECTIVITY = 51

_MEANINGS = {
    INCOMPATIBLE_VERSION: ("it does not support this CNI version", "change cniVersion in the network's conf file"),
    UNSUPPORTED_FIELD: ("it does not know a field of its configuration", "fix the network's conf file"),
    UNKNOWN_CONTAINER: ("it does not know the container", ""),
    INVALID_ENVIRONMENT: ("it was called with wrong arguments", ""),
    IO_FAILURE: ("it could not read its configuration", ""),
    CANNOT_DECODE: ("it cannot decode its configuration", "fix the network's conf file"),
    INVALID_CONFIG: ("its configuration is wrong", "fix the network's conf file"),
    TRY_AGAIN_LATER: ("it is not ready yet", "try again later"),
    NOT_AVAILABLE: ("it is not available", "try again later"),
    LIMITED_CONNECTIVITY: ("it is not available, and containers may be cut off", "try again later"),
}
"""Well-known codes: the problem, for plugins that send no message, and the hint. Codes from 100 on are plugins' own."""

_MAX_MESSAGE_CHARACTERS = 400


class CniFailure(Unavailable):
    """A CNI plugin failed.

    `cni_code`, `msg` and `details` are those of its error object; code 0 means that it sent none.
    """

    reference = "cni-failed"

    def __init__(
        self, problem: str, *, subject: str = "", hint: str = "", cni_code: int = 0, msg: str = "", details: str = ""
    ) -> None:
        super().__init__(problem, subject=subject, hint=hint)
        self.cni_code = cni_code
        self.msg = msg
        self.details = details


class CniPluginMissing(Unavailable):
    """A network needs a CNI plugin that is in none of the plugin directories."""

    reference = "cni-plugin-missing"


def parse_failure(command: str, plugin: str, status: int, stdout: bytes, stderr: bytes, *, subject: str) -> CniFailure:
    """Return the error of a plugin that exited with `status`, not 0: from its error object, or from what it printed."""
    error = _error_object(stdout)
    code, msg, details = error.get("code", 0), error.get("msg", ""), error.get("details", "")
    if not isinstance(code, int) or isinstance(code, bool):
        code = 0
    meaning, hint = _MEANINGS.get(code, ("", ""))
    msg, details = _one_line(msg), _one_line(details)
    reason = "; ".join(filter(None, (msg, details))) or meaning
    if not reason:
        printed = _one_line(stderr.decode("utf-8", "replace")) or _one_line(stdout.decode("utf-8", "replace"))
        reason = _describe_exit(status) + (f": {printed}" if printed else " and printed nothing")
    number = f" (CNI error {code})" if code else ""
    return CniFailure(
        f"the CNI plugin {plugin} failed at {command}: {reason}{number}",
        subject=subject, hint=hint, cni_code=code, msg=msg, details=details,
    )  # fmt: skip


def _error_object(stdout: bytes) -> dict[str, Any]:
    try:
        value = parse_json(stdout)
    except Corrupt:
        return {}
    return value if isinstance(value, dict) else {}


def _one_line(message: Any) -> str:
    line = " ".join(str(message).split())
    return line if len(line) <= _MAX_MESSAGE_CHARACTERS else f"{line[:_MAX_MESSAGE_CHARACTERS]}…"


def _describe_exit(status: int) -> str:
    return f"it was killed by signal {status - 128}" if status > 128 else f"it exited with status {status}"
