"""pycman.conf: settings of pycman's command line that no other engine's file has a place for. One key, `compat`."""

from __future__ import annotations

import os

from pycman.config.toml_file import load_toml, wrong_value
from pycman.errors import Denied

PEERS = ("docker", "podman")
KEYS = {
    "compat": "`docker` or `podman`: whose habits the command line has, whatever name it is called by; PYCMAN_COMPAT wins"
}


def load_compat(path: str) -> str:
    """Return `compat` of a file, "" if it does not say it. Raises InvalidInput naming file and line, Denied as `load_toml` does.

    Raises Denied as well where root would obey another user's file. A file of nothing but that key is read without a parser
    of TOML, whose import would cost every command 15 ms.
    """
    owner = os.stat(path).st_uid
    if owner not in (0, os.geteuid()):
        hint = "unset XDG_CONFIG_HOME and HOME, or remove the file"
        raise Denied("it belongs to another user", subject=path, hint=hint)
    found = _simple(path)
    if found is not None:
        return found
    document = load_toml(path)
    for key in document:
        if key not in KEYS:
            raise wrong_value(path, key, f"is not a key of pycman.conf; use {', '.join(KEYS)}")
    compat = document.get("compat", "")
    if compat not in ("", *PEERS):
        raise wrong_value(path, "compat", f"must be {' or '.join(PEERS)}, not {compat!r}")
    return str(compat)


def _simple(path: str) -> str | None:
    """Return `compat` of a file of comments and that one line, None for any other file."""
    with open(path, "rb") as file:
        lines = [line.strip() for line in file.read(4096).split(b"\n")]
    lines = [line for line in lines if line and not line.startswith(b"#")]
    key, _, value = lines[0].partition(b"=") if len(lines) == 1 else (b"", b"", b"")
    peer = value.strip().decode("ascii", "replace")
    return peer[1:-1] if key.strip() == b"compat" and peer in [f'"{known}"' for known in PEERS] else None
