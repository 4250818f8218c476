"""`inspect`: a container's row and spec as one object with docker's and podman's field names together.

Names and ids are written as podman does (no leading "/", ids without "sha256:"); the command line changes them for
docker.
"""

from __future__ import annotations

import os

from pycman.containers import states
from pycman.containers.catalogue import get_row, spec_of
from pycman.containers.dumps import CHECKPOINT, facts
from pycman.containers.inspect.config import config_object
from pycman.containers.inspect.host_config import host_config_object
from pycman.containers.inspect.network_settings import network_settings
from pycman.containers.networks.endpoints import endpoints_with_networks
from pycman.jsontext import parse_json
from pycman.linux.processes import is_alive
from pycman.runtime.capability_sets import capability_sets
from pycman.runtime.defaults import choose_capabilities
from pycman.state import owners
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

_OCI_VERSION = "1.0.2"


def inspect_container(session: Session, name: str, *, size: bool = False) -> dict[str, Any]:
    """Return the object that `inspect` prints.

    With `size` also SizeRw and SizeRootFs, for which its directories are walked. Raises NotFound.
    """
    state, row = states.observe(session, get_row(session, name))
    spec = spec_of(row).readable
    alive = state in states.ALIVE
    log_path = (spec.log.path or session.paths.log(row["id"])) if spec.log.driver == "k8s-file" else ""
    result = {
        **_identity(session, row, spec, state),
        **_files(session, row, spec),
        "LogPath": log_path,
        **_execution(session, row, spec, alive=alive),
        "Namespace": "",
        "IsInfra": bool(row["is_infra"]),
        "IsService": bool(spec.service_exit),
        "KubeExitCodePropagation": spec.service_exit or "invalid",
        "lockNumber": 0,
        "UseImageHosts": False,
        "UseImageHostname": False,
        "Config": config_object(row, spec, _secret_ids(session, spec)),
        "HostConfig": host_config_object(row, spec, log_path=log_path),
    }
    if size:
        from pycman.containers.inspect.size import container_size  # only imported for --size

        result["SizeRw"], result["SizeRootFs"] = container_size(session, row["id"])
    return result


def _secret_ids(session: Session, spec: ContainerSpec) -> dict[str, str]:
    """Return the ids of a container's secrets by name; one that was removed since has none."""
    names = [use.name for use in (*spec.secrets, *spec.secret_env)]
    return _ids(session, "SELECT name, id FROM secrets WHERE name IN", names) if names else {}


def _network_ids(session: Session, row: Mapping[str, Any]) -> dict[str, str]:
    """Return the ids of the networks of a container that does not run, by name."""
    return _ids(session, "SELECT name, id FROM networks WHERE name IN", parse_json(row["networks"]))


def _ids(session: Session, query: str, names: Sequence[str]) -> dict[str, str]:
    rows = session.db.rows(f"{query} ({','.join('?' * len(names))})", tuple(names))
    return {row["name"]: row["id"] for row in rows}


def _identity(session: Session, row: Mapping[str, Any], spec: ContainerSpec, state: str) -> dict[str, Any]:
    """Return what it is: id, command, state, image and pod."""
    return {
        "Id": row["id"],
        "Created": format_rfc3339(row["created_at_ns"]),
        "Path": spec.argv[0] if spec.argv else "",
        "Args": list(spec.argv[1:]),
        "State": _state(session, row, spec, state),
        "Image": row["image_id"],
        "ImageName": row["image_name"],
        "ImageDigest": _image_digest(session, row["image_id"]),
        "Rootfs": spec.rootfs,
        "Pod": row["pod_id"],
    }


def _execution(session: Session, row: Mapping[str, Any], spec: ContainerSpec, *, alive: bool) -> dict[str, Any]:
    """Return what its processes have: storage, capabilities, exec sessions, mounts, networks."""
    capabilities = _capabilities(session, spec)
    needs = session.db.rows("SELECT needed_id FROM container_needs WHERE container_id = ?", (row["id"],))
    return {
        "Name": row["name"],
        "RestartCount": row["restart_count"],
        "Driver": row["driver"],
        "Platform": "linux",
        "MountLabel": spec.security.mount_label,
        "ProcessLabel": spec.security.process_label,
        "AppArmorProfile": spec.security.apparmor_profile,
        "EffectiveCaps": capabilities if _is_root(spec) else _added(spec, capabilities),
        "BoundingCaps": capabilities,
        "ExecIDs": _exec_ids(session, row["id"]) if alive else [],
        "GraphDriver": _graph_driver(session, row),
        "Mounts": [_mount(mount) for mount in parse_json(row["mounts"])],
        "Dependencies": [need["needed_id"] for need in needs],
        "NetworkSettings": network_settings(
            row,
            spec,
            endpoints_with_networks(session, row["id"]),
            pid=row["pid"] if alive else 0,
            network_ids={} if alive else _network_ids(session, row),
        ),
    }


def _files(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> dict[str, Any]:
    bundle = session.paths.bundle(row["id"])
    return {
        "ResolvConfPath": _existing(f"{bundle}/resolv.conf"),
        "HostnamePath": _existing(f"{bundle}/hostname"),
        "HostsPath": _existing(f"{bundle}/hosts"),
        "StaticDir": session.paths.container(row["id"]),
        "OCIConfigPath": _existing(f"{bundle}/config.json"),
        "OCIRuntime": row["oci_runtime"],
        "ConmonPidFile": spec.conmon_pid_file or f"{bundle}/conmon.pid",
        "PidFile": spec.pid_file or f"{bundle}/pidfile",
    }


def _state(session: Session, row: Mapping[str, Any], spec: ContainerSpec, state: str) -> dict[str, Any]:
    alive = state in states.ALIVE
    running = state in (states.RUNNING, states.PAUSED)
    return {
        "OciVersion": _OCI_VERSION,
        "Status": state,
        "Running": running,
        "Paused": state == states.PAUSED,
        "Restarting": state == states.RESTARTING,
        "OOMKilled": bool(row["oom_killed"]),
        "Dead": False,
        "Pid": row["pid"] if alive else 0,
        "ConmonPid": row["conmon_pid"] if alive else 0,
        "ExitCode": 0 if running else row["exit_status"],
        "Error": row["error"],
        "StartedAt": format_rfc3339(row["started_at_ns"]),
        "FinishedAt": format_rfc3339(row["finished_at_ns"]),
        "Health": _health(session, row, spec),
        **_probes(session, row, spec, running=running),
        **_message(session, row, spec),
        "CgroupPath": _cgroup_path(row) if alive else "",
        **_checkpoint(session, row["id"]),
        "StoppedByUser": bool(row["stopped_by_user"]),
    }


def _checkpoint(session: Session, container_id: str) -> dict[str, Any]:
    """Return whether its last run ended in a checkpoint or began from one, when, and where CRIU's logs are."""
    found = facts(session, container_id)
    place = session.paths.container(container_id)
    if found is None:
        return {"Checkpointed": False, "CheckpointedAt": format_rfc3339(0), "RestoredAt": format_rfc3339(0)}
    logs = {
        "CheckpointLog": f"{place}/dump.log",
        "CheckpointPath": f"{place}/{CHECKPOINT}",
        "RestoreLog": f"{place}/restore.log",
    }
    return {
        "Checkpointed": bool(found["checkpointed"]),
        "CheckpointedAt": format_rfc3339(found["checkpointed_at_ns"]),
        "Restored": bool(found["restored"]),
        "RestoredAt": format_rfc3339(found["restored_at_ns"]),
        **{name: path for name, path in logs.items() if os.path.exists(path)},
    }


def _cgroup_path(row: Mapping[str, Any]) -> str:
    from pycman.containers.bundle.cgroup_path import present_path  # only imported for running containers

    return present_path(row)


def _health(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> dict[str, Any] | None:
    """Return the outcomes of its health check, or of its liveness probe; None without either."""
    if not row["has_health"]:
        return _health_of_probe(session, row, spec)
    from pycman.containers.inspect.health_log import health_state  # 1 ms, only imported for health checks

    return health_state(session, row)


def _health_of_probe(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> dict[str, Any] | None:
    """Return the health of a container of Kubernetes YAML: what its liveness probe found; None without one."""
    if spec.liveness_probe is None:
        return None
    probe = session.db.row(
        "SELECT streak, passed FROM probes WHERE container_id = ? AND kind = 'liveness'", (row["id"],)
    )
    passed = -1 if probe is None else probe["passed"]
    return {
        "Status": {1: "healthy", 0: "unhealthy"}.get(passed, "starting"),
        "FailingStreak": 0 if probe is None else max(0, -probe["streak"]),
        "Log": [],
    }


def _probes(session: Session, row: Mapping[str, Any], spec: ContainerSpec, *, running: bool) -> dict[str, Any]:
    """Return the fields that only containers with probes have: whether it is ready, and the state of each probe."""
    if spec.startup_probe is None and spec.readiness_probe is None and spec.liveness_probe is None:
        return {}
    rows = session.db.rows("SELECT * FROM probes WHERE container_id = ?", (row["id"],))
    return {
        "Ready": bool(row["ready"]) and running,
        "Probes": {
            probe["kind"].capitalize(): {
                "Status": {1: "passing", 0: "failing"}.get(probe["passed"], "unknown"),
                "Streak": probe["streak"],
                "Next": format_rfc3339(probe["due_ns"]),
                "LastError": probe["error"],
            }
            for probe in rows
            if probe["kind"] in ("startup", "readiness", "liveness")
        },
    }


def _message(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> dict[str, Any]:
    """Return the field that only containers of Kubernetes YAML have: the termination message of the last exit."""
    if not spec.message_path:
        return {}
    from pycman.containers.cleanup.termination_message import last_message  # only imported for such containers

    return {"Message": last_message(session, row["id"])}


def _image_digest(session: Session, image_id: str) -> str:
    digest = session.db.value("SELECT manifest_digest FROM images WHERE id = ?", (image_id,)) if image_id else ""
    return digest or ""


def _existing(path: str) -> str:
    return path if os.path.exists(path) else ""


def _is_root(spec: ContainerSpec) -> bool:
    return spec.user.partition(":")[0] in ("", "0", "root") and spec.user_mode.kind != "keep-id"


def _capabilities(session: Session, spec: ContainerSpec) -> list[str]:
    security = spec.security
    bounding, base = capability_sets(session)
    return list(
        choose_capabilities(
            security.cap_add,
            security.cap_drop,
            bounding=bounding,
            privileged=bool(security.privileged),
            base=base,
        )
    )


def _added(spec: ContainerSpec, capabilities: list[str]) -> list[str]:
    """Return the effective capabilities of a user other than root: only those of --cap-add."""
    added = {"CAP_" + name.upper().removeprefix("CAP_") for name in spec.security.cap_add}
    return [name for name in capabilities if name in added]


def _exec_ids(session: Session, container_id: str) -> list[str]:
    rows = session.db.rows(
        "SELECT id, owner, pid, pid_start FROM exec_sessions WHERE container_id = ?", (container_id,)
    )
    return [row["id"] for row in rows if is_alive(row["pid"], row["pid_start"]) or not owners.is_gone(row["owner"])]


def _graph_driver(session: Session, row: Mapping[str, Any]) -> dict[str, Any]:
    paths = session.paths
    lowers = [paths.layer(name) for name in parse_json(row["layer_names"])]
    data = {
        "LowerDir": ":".join(lowers),
        "MergedDir": paths.merged(row["id"]),
        "UpperDir": paths.upper(row["id"]),
        "WorkDir": paths.work(row["id"]),
    }
    return {"Name": row["driver"], "Data": data}


def _mount(mount: Mapping[str, Any]) -> dict[str, Any]:
    fields = {
        "Type": mount["type"],
        "Name": mount.get("name", ""),
        "Source": mount["source"],
        "Destination": mount["destination"],
        "Driver": mount.get("driver", ""),
        "Mode": mount.get("mode", ""),
        "Options": list(mount.get("options", ())),
        "RW": bool(mount.get("rw", True)),
        "Propagation": mount.get("propagation", ""),
        "SubPath": mount.get("subpath", ""),
    }
    return {name: value for name, value in fields.items() if name != "Name" or value}
