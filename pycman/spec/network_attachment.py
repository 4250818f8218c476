"""How a container is on a network."""

from __future__ import annotations

from pycman.record import Record

USER_MODES = ("pasta", "slirp4netns")
"""Modes in which a program of the user's own connects one container alone."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    pass


class NetworkAttachment(Record):
    """One named network of a container, with what the user fixed. Empty fields are chosen by pycman."""

    name: str
    aliases: tuple[str, ...] = ()
    ipv4: str = ""
    ipv6: str = ""
    mac_address: str = ""
    interface_name: str = ""


class NetworkMode(Record):
    """`kind` is none, host, private, bridge, container, path, pasta or slirp4netns; `value` its id, path or options.

    With kind bridge, `attachments` names the networks; empty means the default one, and once it is settled `value` is
    "default" if that is the only one.
    """

    kind: str = "private"
    value: str = ""
    attachments: tuple[NetworkAttachment, ...] = ()


def listed_networks(mode: NetworkMode) -> tuple[str, ...]:
    """Return what listings show in the networks column."""
    return tuple(attachment.name for attachment in mode.attachments) or (
        (mode.kind,) if mode.kind in ("host", "none", *USER_MODES) else ()
    )
