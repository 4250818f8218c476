"""The host name and environment of a container's processes: one set of rules for the first process and for `exec`."""

from __future__ import annotations

import os

from pycman.linux.files import read_text
from pycman.spec.container import POD_IP, POD_IPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.spec.container import ContainerSpec, ProcessSpec
    from pycman.state.session import Session


def hostname_of(spec: ContainerSpec, container_id: str) -> str:
    """Return a container's host name: --hostname, the host's own in the host's UTS namespace, else the short id."""
    if spec.uts_mode.kind == "host" or (spec.network.kind == "host" and not spec.hostname):
        return os.uname().nodename
    return spec.hostname or container_id[:12]


def full_hostname(spec: ContainerSpec, hostname: str) -> str:
    """Return the name that the kernel has in the container's UTS namespace: with --domainname the full one (docker's rule)."""
    if not spec.domainname or spec.uts_mode.kind == "host":
        return hostname
    return f"{hostname}.{spec.domainname}"


def _shared_hostname(session: Session, spec: ContainerSpec) -> str:
    """Return the host name of the container whose UTS namespace this one shares, as members of a pod do; else ""."""
    if spec.uts_mode.kind != "container":
        return ""
    row = session.db.row(
        "SELECT json_extract(spec, '$.hostname') AS hostname, json_extract(spec, '$.network.kind') AS network,"
        " json_extract(spec, '$.uts_mode.kind') AS uts FROM containers WHERE id = ?",
        (spec.uts_mode.value,),
    )
    if row is None:
        return ""
    if row["uts"] == "host" or (row["network"] == "host" and not row["hostname"]):
        return os.uname().nodename
    return str(row["hostname"] or spec.uts_mode.value[:12])


def first_env(session: Session, spec: ContainerSpec, container_id: str, home: str) -> dict[str, str]:
    """Return the environment of the first process; `home` is its user's home directory. Raises NotFound (secret)."""
    env = dict(spec.env)
    if not spec.unset_env_all:
        if "HOSTNAME" not in spec.unset_env:
            env.setdefault("HOSTNAME", _shared_hostname(session, spec) or hostname_of(spec, container_id))
        if "HOME" not in spec.unset_env:
            env.setdefault("HOME", home or "/")
        if spec.systemd == "always":
            env.setdefault("container_uuid", container_id[:32])
    if spec.secret_env:
        from pycman.secrets.catalogue import read_secret  # 1 ms, only imported for --secret type=env

        for secret in spec.secret_env:
            env[secret.target or secret.name] = read_secret(session, secret.name).decode("utf-8", "surrogateescape")
    for name, path in spec.env_files.items():
        env[name] = read_text(path)
    if spec.pod_fields:
        env |= {name: with_addresses(text, pod_addresses(session, spec)) for name, text in spec.pod_fields.items()}
    return env


def later_env(
    session: Session, spec: ContainerSpec, container_id: str, home: str, process: ProcessSpec
) -> dict[str, str]:
    """Return the environment of a process of `exec`: that of the first one, with `exec`'s own variables over it.

    HOME is set for another user, TERM with a terminal.
    """
    env = first_env(session, spec, container_id, home)
    if process.user:
        env["HOME"] = home or "/"
    if process.terminal:
        env.setdefault("TERM", "xterm")
    return {**env, **process.env}


def pod_addresses(session: Session, spec: ContainerSpec) -> tuple[str, ...]:
    """Return the addresses of a container's pod, which are known only at the start; with hostNetwork those of the host."""
    from pycman.linux.host_addresses import node_addresses  # only imported for pods of Kubernetes YAML

    rows = session.db.rows(
        "SELECT a.address FROM addresses a JOIN endpoints e ON e.container_id = a.container_id"
        " AND e.network_id = a.network_id WHERE a.container_id = ? ORDER BY e.position, a.rowid",
        (spec.network.value,),
    )
    return tuple(row["address"] for row in rows) or node_addresses()


def with_addresses(text: str, addresses: Sequence[str]) -> str:
    """Return a text with a pod's addresses in place of the marks POD_IP and POD_IPS."""
    text = {"podIP": POD_IP, "podIPs": POD_IPS}.get(text, text)  # as stores of earlier versions have it
    return text.replace(POD_IP, next(iter(addresses), "")).replace(POD_IPS, ",".join(addresses))
