"""Versions of podman's API as those of docker's that name content types in the same way. Pure."""

from __future__ import annotations

_MULTIPLEXED_SINCE = (4, 7)


def docker_version(version: tuple[int, int]) -> tuple[int, int]:
    """Return a version of docker's API: the multiplexed stream has a name of its own since podman 4.7."""
    return (1, 42) if version >= _MULTIPLEXED_SINCE else (1, 41)
