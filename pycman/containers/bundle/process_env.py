"""The user, host name and environment of a container's processes: one set of rules for the first process and for `exec`."""

from __future__ import annotations

import os

from pycman.linux.files import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.container import ContainerSpec, ProcessSpec
    from pycman.state.session import Session


def user_text(session: Session, spec: ContainerSpec) -> str:
    """Return the user of a container's processes as `lookup_user` takes it ("USER:GROUP").

    It is --user, or with keep-id the ids that the caller has in the container.
    """
    if spec.user or spec.user_mode.kind != "keep-id" or not session.rootless:
        return spec.user
    options = dict(part.partition("=")[::2] for part in spec.user_mode.value.split(",") if part)
    return f"{options.get('uid', session.user.uid)}:{options.get('gid', session.user.gid)}"


def hostname_of(spec: ContainerSpec, container_id: str) -> str:
    """Return a container's host name: --hostname, the host's own in the host's UTS namespace, else the short id."""
    if spec.uts_mode.kind == "host" or (spec.network.kind == "host" and not spec.hostname):
        return os.uname().nodename
    return spec.hostname or container_id[:12]


def first_env(session: Session, spec: ContainerSpec, container_id: str, home: str) -> dict[str, str]:
    """Return the environment of the first process; `home` is its user's home directory. Raises NotFound (secret)."""
    env = dict(spec.env)
    if not spec.unset_env_all:
        if "HOSTNAME" not in spec.unset_env:
            env.setdefault("HOSTNAME", hostname_of(spec, container_id))
        if "HOME" not in spec.unset_env:
            env.setdefault("HOME", home or "/")
    if spec.secret_env:
        from pycman.secrets.catalogue import read_secret  # 1 ms, only imported for --secret type=env

        for secret in spec.secret_env:
            env[secret.target or secret.name] = read_secret(session, secret.name).decode("utf-8", "surrogateescape")
    for name, path in spec.env_files.items():
        env[name] = read_text(path)
    if spec.pod_fields:
        env |= pod_fields(session, spec)
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


def pod_fields(session: Session, spec: ContainerSpec) -> dict[str, str]:
    """Return the variables that are known only at the start: the pod's addresses, with hostNetwork the host's."""
    from pycman.linux.host_addresses import node_addresses  # only imported for pods of Kubernetes YAML

    rows = session.db.rows(
        "SELECT a.address FROM addresses a JOIN endpoints e ON e.container_id = a.container_id"
        " AND e.network_id = a.network_id WHERE a.container_id = ? ORDER BY e.position, a.rowid",
        (spec.network.value,),
    )
    addresses = [row["address"] for row in rows] or list(node_addresses())
    values = {"podIP": next(iter(addresses), ""), "podIPs": ",".join(addresses)}
    return {name: values[field] for name, field in spec.pod_fields.items()}
