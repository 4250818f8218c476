"""How a container is connected: its network mode, and the settings for each named network."""

from __future__ import annotations

from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

USER_MODES = ("pasta", "slirp4netns")
"""Rootless modes in which one process, pasta or slirp4netns, connects a single container."""


class NetworkAttachment(Record):
    """One named network of a container, with the addresses and names the user asked for. pycman chooses empty ones.

    `driver_options` are notes for others' drivers: they are told, and mean nothing here.
    """

    name: str
    aliases: tuple[str, ...] = ()
    ipv4: str = ""
    ipv6: str = ""
    mac_address: str = ""
    interface_name: str = ""
    driver_options: Mapping[str, str] = {}


class NetworkMode(Record):
    """`kind` is none, host, private, bridge, container, path, pasta or slirp4netns; `value` its id, path or options.

    With kind bridge, `attachments` names the networks; none means the default network. Once the container is created,
    `value` is "default" if the default network is its only one.
    """

    kind: str = "private"
    value: str = ""
    attachments: tuple[NetworkAttachment, ...] = ()


def listed_networks(mode: NetworkMode) -> tuple[str, ...]:
    """Return the names in the networks column of listings: of the networks, or of a mode such as host."""
    return tuple(attachment.name for attachment in mode.attachments) or (
        (mode.kind,) if mode.kind in ("host", "none", *USER_MODES) else ()
    )
