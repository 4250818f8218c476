"""`network connect`, `disconnect` and `reload`: put a container on a network or take it off, also while it runs."""

from __future__ import annotations

from pycman.containers import states
from pycman.containers.bundle.bundle_input import hosts_text_of
from pycman.containers.bundle.etc_files import host_resolv, resolv_text
from pycman.containers.bundle.pod_hosts import member_names, with_name
from pycman.containers.bundle.process_env import hostname_of
from pycman.containers.catalogue import get_id, row_of, spec_of
from pycman.containers.change.resolver import rewrite_resolvers
from pycman.containers.change.revive import revive_user_mode
from pycman.containers.networks.connection import requested_endpoints
from pycman.containers.networks.endpoints import endpoints_with_networks
from pycman.containers.networks.etc_networks import network_names
from pycman.containers.networks.resolve import checked_attachment
from pycman.containers.start.pinned_sandbox import namespace_path
from pycman.errors import AlreadyExists, InvalidInput, NotFound, PycmanError, WrongState
from pycman.jsontext import format_json
from pycman.linux.files import read_text
from pycman.linux.folder import Folder
from pycman.linux.forked_child import ForkedChild
from pycman.network.leases import lease, release
from pycman.network.networks import get_network
from pycman.network.reconcile.in_child import begin_connect, begin_refresh, refresh
from pycman.network.reconcile.interfaces import attach, detach, open_namespace, rejoin
from pycman.network.reconcile.work import place_of
from pycman.network.subnets_lock import subnets_lock
from pycman.plan import crash_point
from pycman.spec.network_attachment import USER_MODES, NetworkMode, listed_networks
from pycman.state import events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.spec.network import Endpoint, Network
    from pycman.spec.network_attachment import NetworkAttachment
    from pycman.state.session import Session


def connect_container(session: Session, name: str, attachment: NetworkAttachment) -> None:
    """Put a container on one more network; a running one gets the interface at once.

    Raises NotFound, AlreadyExists (it is on this network), InvalidInput (its network mode, an address), InUse,
    WrongState.
    """
    session.enter_namespaces()
    network = get_network(session, attachment.name)
    container_id = get_id(session, name)
    with session.lock("container", container_id):
        row = row_of(session, container_id, name)
        spec = spec_of(row)
        _require_bridge(spec, name)
        if any(existing.name == network.name for existing in spec.network.attachments):
            raise AlreadyExists(f"the container is already on network {network.name}", subject=name)
        added = checked_attachment(network, attachment)
        changed = spec.replace(network=NetworkMode(kind="bridge", attachments=(*spec.network.attachments, added)))
        if states.has_process(row):
            _join(session, row, changed)
        _store(session, row, changed, "connect", network)


def disconnect_container(session: Session, name: str, network_name: str, *, force: bool = False) -> None:
    """Take a container off a network; a running one loses the interface at once.

    Raises NotFound (no such container or network, or the container is not on it, unless `force`), WrongState.
    """
    session.enter_namespaces()
    network = get_network(session, network_name)
    container_id = get_id(session, name)
    with session.lock("container", container_id):
        row = row_of(session, container_id, name)
        spec = spec_of(row)
        remaining = tuple(attachment for attachment in spec.network.attachments if attachment.name != network.name)
        if len(remaining) == len(spec.network.attachments):
            if force:
                return
            raise NotFound(f"the container is not on network {network.name}", subject=name)
        changed = spec.replace(network=NetworkMode(kind="bridge" if remaining else "none", attachments=remaining))
        if states.has_process(row):
            _leave(session, row, network)
        _store(session, row, changed, "disconnect", network)


def reload_networks(session: Session, names: Sequence[str] = (), *, all: bool = False) -> list[str]:
    """Recreate bridges, firewall rules, DNS names and the interfaces of running containers, start helpers again that were
    killed, and write their resolv.conf anew, as the host's may have changed.

    Return the ids of those that are on networks. Without `names` (or with `all`) it is done for all of them.
    Raises NotFound.
    """
    session.enter_namespaces()
    if all or not names:
        rows = session.db.rows("SELECT * FROM containers WHERE row_state = 'ready' ORDER BY created_at_ns DESC")
    else:
        rows = [row_of(session, get_id(session, name), name) for name in names]
    running = [row for row in rows if states.has_process(row)]
    rows = [row for row in running if spec_of(row).network.kind in ("bridge", *USER_MODES)]
    refresh(session, force=True)
    for row in rows:
        with session.lock("container", row["id"]):
            current = row_of(session, row["id"])
            if not states.has_process(current):
                continue
            spec = spec_of(current)
            if spec.network.kind == "bridge":
                _restore_interfaces(session, current)
            else:
                revive_user_mode(session, current, spec)
    rewrite_resolvers(session, running)
    return [row["id"] for row in rows]


def _require_bridge(spec: ContainerSpec, name: str) -> None:
    mode = spec.network.kind
    if mode in ("bridge", "none"):
        return
    raise InvalidInput(
        f"its network mode is {mode}, which cannot be on named networks",
        subject=name,
        hint="create it with --network=bridge",
    )


def _join(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> None:
    """Give a running container the interface and addresses of its last attachment; on an error they are released."""
    requests = requested_endpoints(session, row, spec)[-1:]
    with subnets_lock(session, [requests[0].network]) as lock:
        endpoints = lease(session, row["id"], requests)
        crash_point("connect:leased")
        try:
            pairs = [(endpoints[0], requests[0].network)]
            child = begin_connect(session, pairs, ports_required=False, subnets_lock=lock)
            child.send_line(namespace_path(session, row, "net"))
            child.finish()
        except BaseException:
            release(session, row["id"], requests[0].network.id)
            begin_refresh(session, gone=[endpoints[0].host_interface]).finish()
            raise


def _leave(session: Session, row: Mapping[str, Any], network: Network) -> None:
    pairs = [pair for pair in endpoints_with_networks(session, row["id"]) if pair[1].id == network.id]
    if not pairs:
        return
    _remove_interface(session, row, pairs[0][0])
    crash_point("disconnect:gone")
    release(session, row["id"], network.id)
    begin_refresh(session).finish()


def _remove_interface(session: Session, row: Mapping[str, Any], endpoint: Endpoint) -> None:
    """Delete an endpoint's interface in the bridges' namespace and in the container's; a child joins both."""
    place = place_of(session)

    def work(_child: ForkedChild) -> None:
        namespace = open_namespace(namespace_path(session, row, "net"))
        if place.uplink is not None:
            place.uplink.enter()
        detach(endpoint, namespace)

    ForkedChild(work, subject=row["name"]).finish()


def _restore_interfaces(session: Session, row: Mapping[str, Any]) -> None:
    """Put a running container's interfaces back into their bridges, and recreate those that were deleted."""
    pairs = endpoints_with_networks(session, row["id"])
    place = place_of(session)

    def work(_child: ForkedChild) -> None:
        namespace = open_namespace(namespace_path(session, row, "net"))
        if place.uplink is not None:
            place.uplink.enter()
        attach([pair for pair in pairs if not rejoin(*pair)], namespace)

    if pairs:
        ForkedChild(work, subject=row["name"]).finish()


def _store(session: Session, row: Mapping[str, Any], spec: ContainerSpec, action: str, network: Network) -> None:
    """Store the changed spec with its event, and rewrite a running container's /etc files."""
    with session.db.transaction():
        if action == "connect" and session.db.value("SELECT 1 FROM networks WHERE id = ?", (network.id,)) is None:
            raise NotFound("the network was removed by another command", subject=network.name)
        session.db.change(
            "UPDATE containers SET spec = ?, networks = ? WHERE id = ?",
            (format_json(spec.to_dict()), format_json(listed_networks(spec.network)), row["id"]),
        )
        events.append(session.db, "network", action, network.id, name=network.name, attributes={"container": row["id"]})
    if states.has_process(row):
        _rewrite_etc_files(session, row, spec)


def _rewrite_etc_files(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> None:
    """Write hosts and resolv.conf in place (they are bind-mounted, so a new file would not be seen).

    Raises WrongState.
    """
    hostname = hostname_of(spec, row["id"])
    names = network_names(session, row["id"], spec)
    texts = {"resolv.conf": resolv_text(spec, names, host=host_resolv())} if "none" not in spec.dns else {}
    if not spec.no_hosts:
        texts["hosts"] = hosts_text_of(session, row["id"], spec, hostname, names)
    if spec.is_infra and "hosts" in texts:
        for member in member_names(read_text(f"{session.paths.bundle(row['id'])}/hosts")):
            texts["hosts"] = with_name(texts["hosts"], member)
    with Folder(session.paths.bundle(row["id"])) as bundle:
        for name, text in texts.items():
            try:
                bundle.rewrite(name, text)
            except PycmanError as error:
                raise WrongState(f"its {name} cannot be written: {error.problem}", subject=row["name"]) from error
