"""How a container is on the network. The seam for bridges, ports and names: until they exist, the modes are none, host,
container:ID and a path; everything else is refused in one line.
"""

from __future__ import annotations

from pycman.containers.catalogue import get_id
from pycman.errors import Unsupported
from pycman.spec.network_attachment import NetworkMode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

DEFAULT = "none"
"""A network namespace of its own with loopback only: what can be had without bridges, and exposes nothing."""


def settle_network(session: Session, spec: ContainerSpec) -> NetworkMode:
    """Return the mode with container names turned into ids. Raises Unsupported or NotFound."""
    mode = spec.network
    published = bool(spec.ports or spec.publish_all)
    if mode.kind == "container":
        return mode.replace(value=get_id(session, mode.value))
    if mode.kind in ("", "private"):
        if published:
            raise _refused("ports cannot be published yet", "-p")
        return NetworkMode(kind=DEFAULT)
    if mode.kind in ("none", "host", "path"):
        return mode
    names = ", ".join(each.name for each in mode.attachments) or mode.kind
    raise _refused("this network mode is not there yet", f"--network={names}")


def _refused(problem: str, subject: str) -> Unsupported:
    return Unsupported(problem, subject=subject, hint="use --network=host, --network=none or --network=container:NAME")


def listed_networks(mode: NetworkMode) -> tuple[str, ...]:
    """Return what listings show in the networks column."""
    return tuple(each.name for each in mode.attachments) or ((mode.kind,) if mode.kind in ("host", "none") else ())
