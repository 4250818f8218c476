"""RUN --mount=… as a value (Dockerfile reference, "RUN --mount")."""

from __future__ import annotations

from pycman.build.language.errors import Wrong, did_you_mean, quoted
from pycman.errors import InvalidInput
from pycman.record import Record
from pycman.spec.resources import parse_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

TYPES = ("bind", "cache", "tmpfs", "secret", "ssh")
_SHARING = ("shared", "private", "locked")
_OTHER_NAMES = {"src": "source", "dst": "target", "destination": "target", "ro": "readonly", "rw": "readwrite"}
_ALLOWED = {
    "bind": ("from", "source", "target", "readonly", "readwrite", "relabel"),
    "cache": ("id", "from", "source", "target", "readonly", "readwrite", "sharing", "mode", "uid", "gid", "relabel"),
    "tmpfs": ("target", "size", "readonly", "readwrite"),
    "secret": ("id", "source", "target", "required", "env", "mode", "uid", "gid", "readonly", "readwrite"),
    "ssh": ("id", "target", "required", "mode", "uid", "gid", "readonly", "readwrite"),
}
_RELABEL = {"z": "shared", "Z": "private"}
"""What buildah has beside: labels of SELinux for what is mounted."""
_KEYS = sorted({key for keys in _ALLOWED.values() for key in keys})
_TRUE, _FALSE = ("1", "t", "T", "TRUE", "true", "True"), ("0", "f", "F", "FALSE", "false", "False")
_MOST_OPTIONS = 100
_LARGEST_ID = (1 << 32) - 1


class RunMount(Record):
    """One mount of RUN, after expansion. `None` is "not given".

    type      bind, cache, tmpfs, secret or ssh
    origin    `from`: stage, image or named context; "" is the build context for bind, and nothing for cache
    id        of a cache, secret or ssh socket; filled in from its target or source where it was not given
    target    as written, "" where it was not given
    env       name of the variable that gets a secret's value; None if it is a file
    sharing   of a cache: shared, private or locked
    relabel   label for SELinux, shared or private (buildah's z and Z); "" leaves the label alone
    """

    type: str
    origin: str = ""
    source: str = ""
    target: str = ""
    read_only: bool = True
    size_bytes: int = 0
    id: str = ""
    sharing: str = ""
    required: bool = False
    env: str | None = None
    mode: int | None = None
    uid: int | None = None
    gid: int | None = None
    relabel: str = ""


def check_mount_text(text: str) -> None:
    """Check what can be checked before variables are replaced: all of it, if there are none. Raises Wrong."""
    if "$" not in text:
        parse_mount(text)


def parse_mount(text: str, expand: Callable[[str], str] | None = None) -> RunMount:
    """Return a mount, `expand` applied to the value of each option. Raises Wrong."""
    options: dict[str, str] = {}
    for field in _fields(text):
        key, equals, value = field.partition("=")
        if key in _RELABEL and not equals:
            key, equals, value = "relabel", "=", _RELABEL[key]
        key = _OTHER_NAMES.get(key.lower(), key.lower())
        if key != "type" and key not in _KEYS:
            hint = did_you_mean(key, _KEYS)
            raise Wrong(f"--mount has no option {quoted(key)}", hint or f"it takes {', '.join(_KEYS)}")
        if not equals and key not in ("readonly", "readwrite", "required"):
            raise Wrong(f"{quoted(field)} of --mount has no value", f"write {key}=VALUE")
        if not equals:
            value = "true"
        elif expand is not None:
            value = expand(value)
        options[key] = value
    kind = options.pop("type", "bind").lower()
    if kind not in TYPES:
        hint = did_you_mean(kind, TYPES)
        raise Wrong(f"--mount=type={quoted(kind)} is not known", hint or f"write one of {', '.join(TYPES)}")
    for key in options:
        if key not in _ALLOWED[kind]:
            raise Wrong(f"a mount of type {kind} has no option {key}", f"it takes {', '.join(_ALLOWED[kind])}")
    return _filled_in(kind, options)


def _filled_in(kind: str, options: dict[str, str]) -> RunMount:
    read_only = kind not in ("cache", "tmpfs")
    for key, value in options.items():
        if key in ("readonly", "readwrite"):
            read_only = _boolean(key, value) == (key == "readonly")
    sharing = options.get("sharing", "shared" if kind == "cache" else "").lower()
    if kind == "cache" and sharing not in _SHARING:
        hint = did_you_mean(sharing, _SHARING)
        raise Wrong(f"sharing={quoted(sharing)} is not known", hint or f"write one of {', '.join(_SHARING)}")
    relabel = options.get("relabel", "")
    if relabel not in ("", *_RELABEL.values()):
        raise Wrong(f"relabel={quoted(relabel)} is not known", "write shared or private")
    fields: dict[str, Any] = {
        "relabel": relabel,
        "type": kind,
        "origin": options.get("from", ""),
        "source": options.get("source", ""),
        "target": options.get("target", ""),
        "read_only": read_only,
        "size_bytes": _size(options.get("size", "")),
        "id": options.get("id", ""),
        "sharing": sharing,
        "required": _boolean("required", options.get("required", "false")),
        "env": options.get("env"),
        "mode": _number("mode", options.get("mode"), 8, 0o7777),
        "uid": _number("uid", options.get("uid"), 10, _LARGEST_ID),
        "gid": _number("gid", options.get("gid"), 10, _LARGEST_ID),
    }
    if kind == "secret":
        fields |= _secret(fields)
    elif kind == "ssh":
        fields["id"] = fields["id"] or "default"
    elif kind == "cache":
        fields["id"] = fields["id"] or _clean(fields["target"])
    return RunMount(**fields)


def _secret(fields: dict[str, Any]) -> dict[str, Any]:
    """Return what of a secret follows from what was given: its id, and the file or variable that it becomes."""
    if fields["source"] and fields["id"]:
        raise Wrong("a secret has both id and source", "remove one of them")
    name = fields["id"] or fields["source"] or fields["target"].rstrip("/").rpartition("/")[2]
    if not name:
        raise Wrong("a mount of type secret needs an id", "write --mount=type=secret,id=NAME")
    env = fields["env"]
    target = fields["target"]
    if env is None and not target:
        target = f"/run/secrets/{name.rpartition('/')[2]}"
    return {"id": name, "source": "", "target": target, "env": name if env == "" else env}


def _clean(path: str) -> str:
    """Return a path without what means nothing in it: doubled slashes, "." and ".."."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in ("", ".", "..") or (part == ".." and not path.startswith("/")):
            parts.append(part)
    return ("/" if path.startswith("/") else "") + "/".join(parts)


def _fields(text: str) -> list[str]:
    """Return the fields of a line of CSV (RFC 4180)."""
    if text.count(",") > _MOST_OPTIONS:
        raise Wrong(f"--mount has more than {_MOST_OPTIONS} options", "remove some")
    if '"' not in text:
        return text.split(",")
    fields: list[str] = []
    letters: list[str] = []
    quote = False
    for letter in text:
        if letter == '"':
            quote = not quote
        elif letter == "," and not quote:
            fields.append("".join(letters))
            letters = []
        else:
            letters.append(letter)
    if quote:
        raise Wrong(f'--mount={quoted(text)} has a " that is not closed', "close it")
    return [*fields, "".join(letters)]


def _boolean(key: str, value: str) -> bool:
    if value not in _TRUE + _FALSE:
        raise Wrong(f"{key}={quoted(value)} is neither true nor false", f"write {key} or {key}=false")
    return value in _TRUE


def _number(key: str, text: str | None, base: int, most: int) -> int | None:
    if text is None:
        return None
    digits = "01234567" if base == 8 else "0123456789"
    if not text or len(text) > 12 or any(digit not in digits for digit in text) or int(text, base) > most:
        raise Wrong(f"{key}={quoted(text)} is not a number", f"write it as in {key}={'0755' if base == 8 else '1000'}")
    return int(text, base)


def _size(text: str) -> int:
    if not text:
        return 0
    try:
        return parse_size(text, "size")
    except InvalidInput:
        raise Wrong(f"size={quoted(text)} is not a size", "write it as in size=64m") from None
