"""Read YAML configuration files that are mappings of mappings of text: errors name file and line, no key is there twice."""

from __future__ import annotations

from pycman.config.bounded_file import read_bounded
from pycman.errors import InvalidInput, from_os_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MAX_BYTES = 1 << 20


def load_yaml(path: str, *, depth: int) -> dict[str, Any]:
    """Return a file's mapping; {} for an empty file. Its values are text, true or false, None, or up to `depth` mappings
    within each other.

    Raises InvalidInput naming file and fault, NotFound, Denied.
    """
    import yaml  # 15 ms: only for images whose signatures are looked up or made

    try:
        raw = read_bounded(path, most_bytes=_MAX_BYTES)
    except OSError as error:
        raise from_os_error(error, subject=path, doing="cannot read it") from error
    try:
        node = yaml.compose(raw, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _wrong(path, f"not valid YAML: {' '.join(str(error).split())}") from error
    document = _value(path, node, depth)
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise _wrong(path, "it must be a mapping")
    return document


def _value(path: str, node: Any, depth: int) -> Any:
    """Return what a node means; a list, and what lies too deep, as an empty one."""
    tag = getattr(node, "tag", "tag:yaml.org,2002:null").rpartition(":")[2]
    if tag == "null":
        return None
    if tag == "bool":
        return node.value.lower() in ("true", "yes", "on")
    if tag != "map":
        return node.value if isinstance(node.value, str) else ()
    found: dict[str, Any] = {}
    for key, value in node.value if depth else ():
        if not isinstance(key.value, str) or key.value in found:
            line = key.start_mark.line + 1
            raise InvalidInput("a key is there twice, or is no text", subject=f"{path}:{line}", hint="correct the file")
        found[key.value] = _value(path, value, depth - 1)
    return found


def _wrong(path: str, problem: str) -> InvalidInput:
    return InvalidInput(problem, subject=path, hint="correct the file")
