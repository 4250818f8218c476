"""KEY=VALUE words and the files that hold them: environment, labels, sysctls."""

from __future__ import annotations

from pycman.errors import Corrupt, InvalidInput, NotFound, from_os_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def parse_env(words: list[str], files: list[str], host: Mapping[str, str]) -> dict[str, str]:
    """Return variables of files, then of words; a bare KEY takes the host's value, KEY* all that begin so."""
    env: dict[str, str] = {}
    lines = [line for path in files for line in read_lines(path, "--env-file")]
    for word in (*lines, *words):
        key, equals, value = word.partition("=")
        if not key or (not equals and " " in key):
            raise InvalidInput("not a variable", subject=f"--env {word}", hint="write it as KEY=VALUE")
        if equals:
            env[key] = value
        elif key.endswith("*"):
            env.update({name: host[name] for name in host if name.startswith(key[:-1])})
        elif key in host:
            env[key] = host[key]
    return env


def read_lines(path: str, flag: str) -> list[str]:
    """Return the lines of a file that are neither empty nor comments."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            lines = [line.rstrip("\n").lstrip() for line in file]
    except FileNotFoundError:
        raise NotFound("no such file", subject=f"{flag} {path}") from None
    except UnicodeDecodeError as error:
        raise InvalidInput("it is not UTF-8 text", subject=f"{flag} {path}") from error
    except OSError as error:
        raise from_os_error(error, subject=f"{flag} {path}") from error
    return [line for line in lines if line and not line.startswith("#")]


def parse_labels(words: list[str], files: list[str] | None = None) -> dict[str, str]:
    """Return labels of files, then of words; a bare KEY is empty."""
    labels: dict[str, str] = {}
    for word in (*(line for path in files or () for line in read_lines(path, "--label-file")), *words):
        key, _, value = word.partition("=")
        if not key:
            raise InvalidInput("a label needs a name", subject=f"--label {word}")
        labels[key] = value
    return labels


def parse_pairs(words: list[str], flag: str) -> dict[str, str]:
    """Return KEY=VALUE words as a dictionary; both must be there."""
    found: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not key or not equals:
            raise InvalidInput("not KEY=VALUE", subject=f"{flag} {word}")
        found[key] = value
    return found


def parse_sysctls(words: list[str]) -> dict[str, str]:
    """Return --sysctl KEY=VALUE words; several in one at commas (podman), where each part has its own "="."""
    found = []
    for word in words:
        parts = word.split(",")
        found += parts if all("=" in part for part in parts) else [word]
    return parse_pairs(found, "--sysctl")


def split_command(text: str) -> list[str]:
    """Return a JSON list of words as such, else the text as one word (docker's and podman's --entrypoint)."""
    if text.startswith("["):
        from pycman.jsontext import parse_json  # only imported for a command written as JSON

        try:
            found = parse_json(text)
        except Corrupt:
            return [text]
        if isinstance(found, list) and all(isinstance(each, str) for each in found):
            return found
    return [text]
