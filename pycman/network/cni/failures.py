"""What a plugin's failure means (CNI spec 1.0.0, section 5, "Error"). Pure."""

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
    INCOMPATIBLE_VERSION: ("it does not speak this CNI version", "change cniVersion in the network's conf file"),
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
"""Well-known codes: what to say of them when the plugin says nothing, and the fix. From 100 on they are a plugin's own."""

_TEXT_CHARACTERS = 400


class CniFailure(Unavailable):
    """A CNI plugin said no. `code`, `msg` and `details` are its own words; code 0 stands for a failure without any."""

    reference = "cni-failed"

    def __init__(
        self, problem: str, *, subject: str = "", hint: str = "", code: int = 0, msg: str = "", details: str = ""
    ) -> None:
        super().__init__(problem, subject=subject, hint=hint)
        self.code = code
        self.msg = msg
        self.details = details


class CniPluginMissing(Unavailable):
    """A network needs a CNI plugin that is in none of the plugin directories."""

    reference = "cni-plugin-missing"


def parse_failure(command: str, plugin: str, status: int, stdout: bytes, stderr: bytes, *, subject: str) -> CniFailure:
    """Return what a plugin that ended with a status other than 0 meant: its error object, or whatever it printed."""
    said = _error_object(stdout)
    code, msg, details = said.get("code", 0), said.get("msg", ""), said.get("details", "")
    if not isinstance(code, int) or isinstance(code, bool):
        code = 0
    meaning, hint = _MEANINGS.get(code, ("", ""))
    msg, details = _one_line(msg), _one_line(details)
    reason = "; ".join(filter(None, (msg, details))) or meaning
    if not reason:
        printed = _one_line(stderr.decode("utf-8", "replace")) or _one_line(stdout.decode("utf-8", "replace"))
        reason = _end(status) + (f": {printed}" if printed else " and said nothing")
    number = f" (CNI error {code})" if code else ""
    return CniFailure(
        f"the CNI plugin {plugin} failed at {command}: {reason}{number}",
        subject=subject, hint=hint, code=code, msg=msg, details=details,
    )  # fmt: skip


def _error_object(stdout: bytes) -> dict[str, Any]:
    try:
        value = parse_json(stdout)
    except Corrupt:
        return {}
    return value if isinstance(value, dict) else {}


def _one_line(text: Any) -> str:
    line = " ".join(str(text).split())
    return line if len(line) <= _TEXT_CHARACTERS else f"{line[:_TEXT_CHARACTERS]}…"


def _end(status: int) -> str:
    return f"it was killed by signal {status - 128}" if status > 128 else f"it ended with status {status}"
