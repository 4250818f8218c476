"""The config document of an image as typed values (image-spec v1.1, config.md), or Corrupt: once, where an image comes in.

What is missing or null is fine, and so are fields that nothing here reads; one that is read has the type the
specification gives it, so that no listing, inspect or start meets another. Pure.
"""

from __future__ import annotations

from pycman.errors import Corrupt
from pycman.jsontext import parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

_LARGEST = 2**63 - 1
_LONGEST_USER = 256
_PROTOCOLS = ("tcp", "udp", "sctp")


def parse_image_config(config: bytes | str, *, subject: str) -> dict[str, Any]:
    """Return the document, every field that is read of its type. Raises Corrupt, naming the field."""
    return check_image_config(parse_json(config, subject=subject), subject=subject)


def check_image_config(document: Any, *, subject: str) -> dict[str, Any]:
    """Return a document that was parsed before, checked in the same way. Raises Corrupt."""
    if not isinstance(document, dict):
        raise Corrupt("the config is no JSON object", subject=subject)
    _check(document, _TOP, "", subject)
    inner = document.get("config") or {}
    _check(inner, _INNER, "config.", subject)
    _check(inner.get("Healthcheck") or {}, _HEALTH, "config.Healthcheck.", subject)
    for number, step in enumerate(document.get("history") or ()):
        _check(step, _STEP, f"history[{number}].", subject)
    return document


def _check(
    values: dict[str, Any], fields: Mapping[str, tuple[Callable[[Any], bool], str]], path: str, subject: str
) -> None:
    for name, (rule, what) in fields.items():
        value = values.get(name)
        if value is not None and not rule(value):
            raise Corrupt(f"{path}{name} of the image's config is not {what}", subject=subject)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and "\0" not in value


def _is_user(value: Any) -> bool:
    return _is_text(value) and len(value) <= _LONGEST_USER


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -_LARGEST <= value <= _LARGEST


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(_is_text(each) for each in value)


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _is_mapping_of_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_text(each) for pair in value.items() for each in pair)


def _is_set_of_paths(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_text(each) and each for each in value)


def _is_set_of_ports(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_port(each) for each in value)


def _is_port(text: str) -> bool:
    ports, slash, protocol = text.partition("/")
    ends = ports.split("-")
    return (
        len(ends) <= 2
        and all(end.isascii() and end.isdigit() and len(end) <= 5 and int(end) <= 65_535 for end in ends)
        and (not slash or protocol.lower() in _PROTOCOLS)
    )


_TEXT = (_is_text, "a text")
_COUNT = (_is_count, "a whole number of 64 bits")
_TEXTS = (_is_list_of_texts, "a list of texts")
_TOP = {
    "created": _TEXT, "author": _TEXT, "architecture": _TEXT, "variant": _TEXT, "os": _TEXT, "os.version": _TEXT,
    "comment": _TEXT, "docker_version": _TEXT, "config": (_is_object, "an object"), "rootfs": (_is_object, "an object"),
    "history": (_is_list_of_objects, "a list of objects"),
}  # fmt: skip
_INNER = {
    "User": (_is_user, f"a text of at most {_LONGEST_USER} letters"), "WorkingDir": _TEXT, "StopSignal": _TEXT,
    "Hostname": _TEXT, "Domainname": _TEXT, "Env": _TEXTS, "Entrypoint": _TEXTS, "Cmd": _TEXTS, "Shell": _TEXTS,
    "OnBuild": _TEXTS, "StopTimeout": _COUNT,
    "Labels": (_is_mapping_of_texts, "an object of texts"),
    "Volumes": (_is_set_of_paths, "an object of paths"),
    "ExposedPorts": (_is_set_of_ports, "an object of ports (as 80/tcp)"),
    "Healthcheck": (_is_object, "an object"),
}  # fmt: skip
_HEALTH = {
    "Test": _TEXTS, "Interval": _COUNT, "Timeout": _COUNT, "StartPeriod": _COUNT, "StartInterval": _COUNT,
    "Retries": _COUNT,
}  # fmt: skip
_STEP = {
    "created": _TEXT, "created_by": _TEXT, "author": _TEXT, "comment": _TEXT,
    "empty_layer": (lambda value: isinstance(value, bool), "true or false"),
}  # fmt: skip
