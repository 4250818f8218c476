"""Read TOML configuration files: their paths, their types, and errors that name file and line."""

from __future__ import annotations

import os

from pycman.errors import InvalidInput, NotFound, from_os_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def drop_ins(folder: str) -> list[str]:
    """Return the *.conf files of a folder in order; none if there is no such folder."""
    try:
        return [f"{folder}/{name}" for name in sorted(os.listdir(folder)) if name.endswith(".conf")]
    except OSError:
        return []


def storage_conf_files(home: str, *, rootless: bool = False) -> list[str]:
    """Return the files of storage.conf that engines share, first to last."""
    replaced = os.environ.get("CONTAINERS_STORAGE_CONF", "")
    if replaced:
        return [replaced]
    files = ["/usr/share/containers/storage.conf", "/etc/containers/storage.conf"]
    if rootless:
        files.append(f"{os.environ.get('XDG_CONFIG_HOME') or f'{home}/.config'}/containers/storage.conf")
    return files


def must_exist(files: Sequence[str], variables: Sequence[str]) -> None:
    """Raise NotFound for a file that an environment variable names and that does not exist: it would be ignored silently."""
    for variable in variables:
        path = os.environ.get(variable, "")
        if path and path in files and not os.path.exists(path):
            raise NotFound(
                f"the file named by {variable} does not exist", subject=path, hint="create it, or unset the variable"
            )


def load_toml(path: str) -> dict[str, Any]:
    """Return a TOML file; {} if it does not exist. Raises InvalidInput naming file and line, Denied."""
    import tomllib  # 15 ms, only imported when a file has changed since it was cached

    from pycman.config.bounded_file import read_bounded  # the same

    try:
        return tomllib.loads(read_bounded(path).decode())
    except FileNotFoundError:
        return {}
    except RecursionError:
        raise InvalidInput("not valid TOML: it is nested too deeply", subject=path, hint="correct the file") from None
    except OSError as error:
        raise from_os_error(error, subject=path, doing="cannot read it") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"not valid TOML: {error}", subject=path, hint="correct the file") from error


def wrong_value(path: str, key: str, problem: str) -> InvalidInput:
    """Return the error for a key with a wrong value; its subject is the file and the line of the key."""
    return InvalidInput(f"{key} {problem}", subject=f"{path}{_line_of(path, key)}", hint="correct the file")


def _line_of(path: str, key: str) -> str:
    """Return ":LINE" of the first assignment to `key`, or "" if there is none (tomllib does not report positions)."""
    from pycman.config.bounded_file import read_bounded  # only for a faulty file

    try:
        for number, line in enumerate(read_bounded(path).decode(errors="replace").split("\n"), 1):
            if line.partition("=")[0].strip().strip("\"'") == key:
                return f":{number}"
    except (OSError, InvalidInput):
        pass
    return ""


def check_kind(path: str, key: str, value: Any, default: object) -> Any:
    """Return `value` if it has the type of `default` (a list as a tuple of strings). Raises InvalidInput."""
    if isinstance(default, tuple):
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise wrong_value(path, key, "must be a list of strings")
        return tuple(value)
    expected: type = type(default)
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        description = {bool: "true or false", int: "a number", str: "a string"}[expected]
        raise wrong_value(path, key, f"must be {description}")
    return value
