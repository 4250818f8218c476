"""The YAML a command line names: files, directories, URLs and standard input, each with the name errors tell."""

from __future__ import annotations

import os
import sys

from pycman.errors import InvalidInput, NotFound, Unavailable, from_os_error

_ENDINGS = (".yaml", ".yml", ".json")
_LONGEST = 10 << 20
_TIMEOUT_S = 30.0


def read_sources(names: list[str]) -> list[tuple[str, bytes]]:
    """Return (name, content) of each. A directory gives its *.yaml, *.yml and *.json, sorted.

    Raises NotFound, Unavailable (URL), InvalidInput (nothing named, standard input twice).
    """
    if not names:
        raise InvalidInput("no file was named", hint="name one, or - for standard input")
    if names.count("-") > 1:
        raise InvalidInput("standard input can be read once only", subject="-")
    found: list[tuple[str, bytes]] = []
    for name in names:
        if name == "-":
            found.append((name, sys.stdin.buffer.read(_LONGEST + 1)))
        elif name.startswith(("http://", "https://")):
            found.append((name, _fetch(name)))
        elif os.path.isdir(name):
            inside = sorted(each for each in os.listdir(name) if each.endswith(_ENDINGS))
            if not inside:
                raise NotFound("the directory has no YAML files", subject=name)
            found += [(os.path.join(name, each), _read(os.path.join(name, each))) for each in inside]
        else:
            found.append((name, _read(name)))
    return found


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(_LONGEST + 1)
    except OSError as error:
        raise from_os_error(error, subject=path) from error


def _fetch(url: str) -> bytes:
    import urllib3  # for URLs only: 100 ms

    try:
        answer = urllib3.request("GET", url, timeout=_TIMEOUT_S, preload_content=False, decode_content=False, retries=3)
        if answer.status != 200:
            raise Unavailable(f"the server answered {answer.status} {answer.reason}", subject=url)
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            raise Unavailable("the server packed what it was not asked to pack", subject=url)
        return bytes(answer.read(_LONGEST + 1))
    except urllib3.exceptions.HTTPError as error:
        raise Unavailable(f"it cannot be fetched: {error}", subject=url) from error
