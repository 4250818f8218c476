"""What a source of COPY and ADD is: a path, a URL, or a git repository (Dockerfile reference, "ADD")."""

from __future__ import annotations

_GIT_SCHEMES = ("git://", "ssh://", "git+ssh://", "git+http://", "git+https://")
_WEB_SCHEMES = ("http://", "https://")


def kind_of(source: str) -> str:
    """Return "path", "url" or "git". A web address is a git repository if its path ends with ".git"."""
    low = source.lower()
    if low.startswith(_GIT_SCHEMES) or _is_scp(source):
        return "git"
    if not low.startswith(_WEB_SCHEMES):
        return "path"
    address = source.partition("#")[0].partition("?")[0]
    return "git" if address.endswith(".git") else "url"


def _is_scp(source: str) -> bool:
    """Say whether it is as in "git@github.com:owner/name.git"."""
    user, at, rest = source.partition("@")
    host, colon, path = rest.partition(":")
    return bool(at and colon and path and user and host) and "/" not in user + host
