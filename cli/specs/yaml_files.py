"""Read the YAML that a command line names: files, directories, URLs and standard input."""

from __future__ import annotations

import os
import sys

from pycman.errors import InvalidInput, NotFound, Unavailable, from_os_error

_ENDINGS = (".yaml", ".yml", ".json")
_READ_LIMIT_BYTES = 10 << 20
_TIMEOUT_S = 30.0


def read_sources(names: list[str]) -> list[tuple[str, bytes]]:
    """Return (name for error messages, content) of each file. A directory gives its *.yaml, *.yml and *.json, sorted.

    At most 10 MiB and one byte are read of each file, so that the parser can refuse larger ones. Raises NotFound,
    Unavailable (URL), InvalidInput (nothing named, standard input twice).
    """
    if not names:
        raise InvalidInput("no file was named", hint="name one, or - for standard input")
    if names.count("-") > 1:
        raise InvalidInput("standard input can only be read once", subject="-", hint="name - once")
    sources: list[tuple[str, bytes]] = []
    for name in names:
        if name == "-":
            sources.append((name, sys.stdin.buffer.read(_READ_LIMIT_BYTES + 1)))
        elif name.startswith(("http://", "https://")):
            sources.append((name, fetch(name)))
        elif os.path.isdir(name):
            files = sorted(file_name for file_name in os.listdir(name) if file_name.endswith(_ENDINGS))
            if not files:
                raise NotFound("the directory has no YAML files", subject=name)
            sources += [
                (os.path.join(name, file_name), read_file(os.path.join(name, file_name))) for file_name in files
            ]
        else:
            sources.append((name, read_file(name)))
    return sources


def read_file(path: str) -> bytes:
    """Return the content of a file, 10 MiB and a byte of it at most. Raises NotFound and other kinds by the kernel's error."""
    try:
        with open(path, "rb") as file:
            return file.read(_READ_LIMIT_BYTES + 1)
    except OSError as error:
        raise from_os_error(error, subject=path) from error


def fetch(url: str) -> bytes:
    """Return what a web server sends, 10 MiB and a byte of it at most. Raises Unavailable."""
    import urllib3  # 100 ms, only imported for URLs

    try:
        response = urllib3.request(
            "GET", url, timeout=_TIMEOUT_S, preload_content=False, decode_content=False, retries=3
        )
        if response.status != 200:
            raise Unavailable(f"the server answered {response.status} {response.reason}", subject=url)
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise Unavailable("the server sent compressed content that was not asked for", subject=url)
        return bytes(response.read(_READ_LIMIT_BYTES + 1))
    except urllib3.exceptions.HTTPError as error:
        raise Unavailable(f"it cannot be fetched: {error}", subject=url) from error
