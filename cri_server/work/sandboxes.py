"""The RPCs about sandboxes. A sandbox is a pod of the engine, connected by CNI. Every verb may be repeated, also after a kill.

create_pod, with row in cri_sandboxes ──▶ infra container started ──▶ CNI ADD ──▶ ready = 1
ready = 0  ──▶ containers killed, CNI DEL at the same time ──▶ infra container stopped ──▶ (remove) pod removed
"""

from __future__ import annotations

import contextlib

from cri_server.config import INTERFACE, cni_host
from cri_server.translate.sandbox import is_on_host_network, pod_spec, port_mappings, sandbox_name
from pods.catalogue import find_pod, get_pod
from pods.create import create_pod
from pods.remove import discard, remove_pod
from pycman.containers import states
from pycman.containers.catalogue import row_of
from pycman.containers.end.stop import stop_container
from pycman.containers.start.pinned_sandbox import namespace_path
from pycman.containers.start.start import start_in_background
from pycman.errors import AlreadyExists, NotFound, PycmanError
from pycman.jsontext import format_json, parse_json
from pycman.linux.folder import Folder
from pycman.linux.forked_child import ForkedChild
from pycman.network.cni import invoke
from pycman.network.cni.conf import get_network
from pycman.network.cni.request import Attachment, capability_args
from pycman.network.cni.result import container_addresses
from pycman.plan import crash_point
from pycman.state import events
from pycman.state.sqlite import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cri_server.config import CriConfig
    from pods.catalogue import Pod
    from pycman.spec.pod import PodSpec
    from pycman.state.session import Session

_MOST_PLUGINS = 16
"""A disconnection is given up after the time limit of this many plugins."""


def run_sandbox(session: Session, settings: CriConfig, config: Mapping[str, Any], handler: str) -> str:
    """Create and start a sandbox and return its id; after an error remove what was made of it.

    Raises AlreadyExists (same name, namespace, uid and attempt), InvalidInput, Unsupported, and whatever CNI raises.
    """
    runtime = settings.runtime_of(handler)
    spec = pod_spec(config, runtime)
    with session.lock("cri-sandbox", spec.name):  # the same call twice at the same time
        return _run(session, settings, spec, config, handler)


def _run(session: Session, settings: CriConfig, spec: PodSpec, config: Mapping[str, Any], handler: str) -> str:
    _remove_unready(session, settings, spec.name)
    pod_id = create_pod(session, spec, record=lambda pod_id: _insert_row(session, pod_id, config, handler))
    crash_point("cri-sandbox:created")
    try:
        infra = get_pod(session, pod_id).infra_id
        start_in_background(session, infra)
        crash_point("cri-sandbox:started")
        if not is_on_host_network(config):
            _connect(session, settings, pod_id, infra, config)
        with session.db.transaction():
            session.db.change("UPDATE cri_sandboxes SET ready = 1 WHERE pod_id = ?", (pod_id,))
            events.append(session.db, "pod", "start", pod_id, name=spec.name)
    except BaseException:
        _disconnect(session, settings, pod_id)
        remove_pod(session, pod_id, force=True, timeout_s=0)
        raise
    return pod_id


def stray_networks(session: Session, settings: CriConfig) -> set[str]:
    """Return the ids of sandboxes that are still connected though their pod was removed (`pycman pod rm --force`)."""
    attached = invoke.attached(
        cni_host(session, settings)
    )  # read before the pods: a pod is created before it is attached
    return attached - {row["id"] for row in session.db.rows("SELECT id FROM pods")} if attached else set()


def sweep_networks(session: Session, settings: CriConfig) -> None:
    """Disconnect the sandboxes of `stray_networks`. One that fails is tried again at the next sweep."""
    for pod_id in stray_networks(session, settings):
        with contextlib.suppress(PycmanError):
            _disconnect(session, settings, pod_id)


def _remove_unready(session: Session, settings: CriConfig, name: str) -> None:
    """Remove the unfinished pod that a killed call left under this name. Raises AlreadyExists if the sandbox is ready."""
    pod = find_pod(session, name)
    if pod is None or pod.name != name:
        return
    ready = session.db.value("SELECT ready FROM cri_sandboxes WHERE pod_id = ?", (pod.id,))
    if ready:
        raise AlreadyExists("the sandbox exists already", subject=pod.id)
    _disconnect(session, settings, pod.id)
    discard(session, pod.id)


def _insert_row(session: Session, pod_id: str, config: Mapping[str, Any], handler: str) -> None:
    metadata = config["metadata"]
    sandbox_name(metadata)
    try:
        session.db.change(
            "INSERT INTO cri_sandboxes (pod_id, name, uid, namespace, attempt, config, runtime_handler)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (pod_id, metadata["name"], metadata["uid"], metadata["namespace"], int(metadata.get("attempt", 0)),
             format_json(dict(config)), handler),
        )  # fmt: skip
    except sqlite3.IntegrityError as error:
        raise AlreadyExists("the sandbox exists already", subject=metadata["name"]) from error


def _connect(session: Session, settings: CriConfig, pod_id: str, infra: str, config: Mapping[str, Any]) -> None:
    network = get_network(settings.cni_conf_dir)
    row = row_of(session, infra)
    result = invoke.add(
        cni_host(session, settings), network, _attachment(pod_id, namespace_path(session, row, "net"), config)
    )
    crash_point("cri-sandbox:connected")
    addresses = container_addresses(result, INTERFACE)
    session.db.change(
        "UPDATE cri_sandboxes SET network = ?, addresses = ? WHERE pod_id = ?",
        (network.name, format_json(addresses), pod_id),
    )
    name = str(config.get("hostname") or config["metadata"]["name"])
    own = "".join(f"{address}\t{name}\n" for address in addresses)
    with Folder(session.paths.bundle(infra)) as bundle:
        bundle.write("hosts", (bundle.read("hosts") or b"") + own.encode())


def _attachment(pod_id: str, namespace: str, config: Mapping[str, Any]) -> Attachment:
    metadata = config["metadata"]
    dns = config.get("dns_config") or {}
    return Attachment(
        container_id=pod_id,
        netns=namespace,
        interface=INTERFACE,
        args={
            "IgnoreUnknown": "1",
            "K8S_POD_NAMESPACE": str(metadata["namespace"]),
            "K8S_POD_NAME": str(metadata["name"]),
            "K8S_POD_INFRA_CONTAINER_ID": pod_id,
            "K8S_POD_UID": str(metadata["uid"]),
        },
        capabilities=capability_args(
            ports=port_mappings(config),
            dns={key: list(dns.get(key) or ()) for key in ("servers", "searches", "options")},
        ),
    )


def _disconnect(session: Session, settings: CriConfig, pod_id: str) -> None:
    invoke.delete_all(cni_host(session, settings), pod_id)


def _start_disconnecting(session: Session, settings: CriConfig, pod_id: str) -> ForkedChild:
    host = cni_host(session, settings)
    return ForkedChild(
        lambda _child: invoke.delete_all(host, pod_id), subject=pod_id, timeout_s=_MOST_PLUGINS * host.timeout_s
    )


def stop_sandbox(session: Session, settings: CriConfig, pod_id: str) -> None:
    """Stop a sandbox: kill its containers and disconnect it. Do nothing if it is stopped or does not exist."""
    pod = _find(session, pod_id)
    if pod is None:
        if pod_id in stray_networks(session, settings):
            _disconnect(session, settings, pod_id)
        return
    _stop(session, settings, pod)


def _stop(session: Session, settings: CriConfig, pod: Pod) -> None:
    was_ready = session.db.change("UPDATE cri_sandboxes SET ready = 0 WHERE pod_id = ? AND ready = 1", (pod.id,))
    running = [worker for worker in pod.workers if worker.running]
    # with running containers CNI DEL runs in a child, at the same time as the containers are killed
    disconnecting = _start_disconnecting(session, settings, pod.id) if running else None
    for member in pod.workers:
        stop_container(session, member.id, timeout_s=0)
    if disconnecting is None:
        _disconnect(session, settings, pod.id)
    else:
        disconnecting.finish()
    crash_point("cri-sandbox:disconnected")
    if pod.infra_id:
        stop_container(session, pod.infra_id, timeout_s=0)
    if was_ready:
        events.append(session.db, "pod", "stop", pod.id, name=pod.name)


def remove_sandbox(session: Session, settings: CriConfig, pod_id: str) -> None:
    """Remove a sandbox with its containers, running or not. Do nothing if it does not exist."""
    pod = _find(session, pod_id)
    if pod is None:
        return
    if any(member.state in states.ALIVE for member in pod.members):
        _stop(session, settings, pod)
    else:  # as a kubelet does: it has stopped it before
        _disconnect(session, settings, pod.id)
    try:
        remove_pod(session, pod.id, force=True, timeout_s=0)
    except NotFound:
        return


def _find(session: Session, pod_id: str) -> Pod | None:
    try:
        return find_pod(session, pod_id)
    except PycmanError:
        return None


def sandbox_config(session: Session, pod_id: str) -> tuple[dict[str, Any], bool]:
    """Return the PodSandboxConfig of a sandbox, and whether it was made and not stopped. Raises NotFound."""
    row = session.db.row("SELECT config, ready FROM cri_sandboxes WHERE pod_id = ?", (pod_id,))
    if row is None:
        raise NotFound("no such sandbox", subject=pod_id)
    return parse_json(row["config"]), bool(row["ready"])
