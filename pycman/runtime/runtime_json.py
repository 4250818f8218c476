"""The OCI runtime's documents as JSON. Its strings are UTF-8 (RFC 8259): crun refuses a document with other bytes, runc replaces them.

So arguments and variables with other bytes are handed over with U+FFFD in their place, as docker does it, and a warning says so; where
that would mean another file, user or directory, the bytes are refused.
"""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.jsontext import as_utf8, format_json, is_utf8

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.state.session import Session

_REPLACED = frozenset(("args", "env", "annotations"))
"""Members whose strings are words for a program, not names of something on this host."""


def runtime_json(session: Session, document: dict[str, Any]) -> str:
    """Return a config.json, or the process object of an exec, as text. Raises InvalidInput for names that are not UTF-8."""
    text = format_json(document)
    if "\\ud" not in text:  # an escape, or a backslash in a value
        return text
    replaced: list[str] = []
    carried = {name: _carried(value, name, replaced) for name, value in document.items()}
    session.warnings += [
        f"{word}: bytes that are not UTF-8 are replaced, an OCI runtime takes none" for word in replaced
    ]
    return format_json(carried)


def _carried(value: Any, member: str, replaced: list[str]) -> Any:
    if isinstance(value, dict):
        names = {name: _carried(name, member, replaced) for name in value}
        return {
            names[name]: _carried(item, member if member in _REPLACED else name, replaced)
            for name, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_carried(item, member, replaced) for item in value]
    if not isinstance(value, str) or is_utf8(value):
        return value
    if member not in _REPLACED:
        raise InvalidInput(
            "bytes that are not UTF-8 cannot be handed to an OCI runtime", subject=value, hint="rename it"
        )
    carried = as_utf8(value)
    replaced.append(carried)
    return carried
