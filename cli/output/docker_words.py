"""What docker says where pycman says something else, by the code of the problem. Pure."""

from __future__ import annotations

from cli.output.error_words import worded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.output.error_words import Sentence
    from pycman.errors import PycmanError

_DAEMON = "Error response from daemon: "


def _no_such_image(error: PycmanError) -> str:
    """Docker tells `latest` where no tag was typed; ids and digests stay as they are."""
    name = " ".join(error.subject.split())
    bare = "@" not in name and ":" not in name.rpartition("/")[2]
    digits = 12 <= len(name) <= 64 and frozenset("0123456789abcdef").issuperset(name)
    return f"{_DAEMON}No such image: {name}:latest" if bare and not digits else f"{_DAEMON}No such image: {name}"


DOCKER_WORDS: dict[str, Sentence] = {
    "no-such-container": _DAEMON + "No such container: {subject}",
    "no-such-image": _no_such_image,
    "no-such-volume": _DAEMON + "get {subject}: no such volume",
    "no-such-network": _DAEMON + "network {subject} not found",
    "no-such-object": "Error: No such object: {subject}",
    "not-a-filter-key": _DAEMON + "invalid filter '{subject}'",
    "not-a-container-status": _DAEMON + "invalid filter 'status={subject}'",
    "not-a-health-status": _DAEMON + "invalid filter 'health={subject}'",
    "not-an-exit-status": _DAEMON + "invalid filter 'exited={subject}'",
    "log-not-kept": _DAEMON + "configured logging driver does not support reading",
    "untrusted-certificate": _DAEMON + 'Get "https://{host}/v2/": tls: failed to verify certificate: {reason} ({hint})',
    "not-a-terminal": "{problem}",
    "container-name-taken": _DAEMON
    + 'Conflict. The container name "/{subject}" is already in use by container "{holder}".'
    " You have to remove (or rename) that container to be able to reuse that name.",
    "container-is-up": _DAEMON + 'cannot remove container "/{subject}": container is {state}:'
    " stop the container before removing or force remove",
    "volume-in-use": _DAEMON + "remove {subject}: volume is in use - [{containers}]",
}
"""Whole lines, by code."""


def docker_line(error: PycmanError) -> str:
    """Return the line that docker prints for an error, "" where pycman's own words stand."""
    return worded(DOCKER_WORDS, error) if error.subject else ""
