"""Describe the host, the store and the engine, under podman's names and, beside them, docker's flat ones (`info`)."""

from __future__ import annotations

import os
import time

from pycman.linux.cgroup.setup import cgroup_setup
from pycman.linux.distribution import os_release
from pycman.linux.host_limits import cpu_shares, has_seccomp, has_selinux, memory_info, uptime_s
from pycman.linux.processes import find_program, run
from pycman.linux.user.namespaces import current_id_map
from pycman.network.rootless.pasta import pasta_forwards_ports, pasta_program, pasta_version
from pycman.network.rootless.user_mode import slirp_program
from pycman.runtime.conmon import conmon_program
from pycman.runtime.host_facts import host_facts
from pycman.runtime.known_runtimes import known_runtimes
from pycman.runtime.oci_runtimes import choose_runtime, explain
from pycman.state.event_log import backend
from pycman.state.settings import containers_conf, registries_conf, settings_files, settings_warnings, storage_files
from pycman.storage.driver import choose_driver
from pycman.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.state.session import Session

_ARCHES = {"x86_64": "amd64", "aarch64": "arm64"}


def system_info(session: Session) -> dict[str, Any]:
    """Return Host, Store, Registries, Settings (which files were read), Version and docker's flat fields."""
    session.enter_namespaces()
    host, store = _host(session), _store(session)
    registries = _registries(session)
    podman = {
        "Host": host,
        "Store": store,
        "Registries": registries,
        "Settings": {"Files": settings_files(session), "WithoutEffect": settings_warnings(session)},
        "Plugins": {"Log": ["k8s-file", "none", "passthrough", "journald"], "Network": [], "Volume": ["local"]},
        "Version": {"Version": __version__, "APIVersion": "1.47", "OsArch": f"linux/{host['Arch']}", "GoVersion": ""},
    }
    return {**_docker_fields(session, host, store), **podman}


def _registries(session: Session) -> dict[str, Any]:
    """Return where names without a registry are searched, and the settings of each prefix, as podman's `info` has them."""
    conf = registries_conf(session)
    settings = {
        registry.prefix: {
            "Prefix": registry.prefix,
            "Location": registry.location or registry.prefix,
            "Insecure": registry.insecure,
            "PullFromMirror": "",
            "Mirrors": [
                {
                    "Location": mirror.location,
                    "Insecure": mirror.insecure,
                    "PullFromMirror": mirror.pull.replace("all", ""),
                }
                for mirror in registry.mirrors
            ]
            or None,
            "Blocked": registry.blocked,
            "MirrorByDigestOnly": registry.mirror_by_digest_only,
        }
        for registry in conf.registries
    }
    return {**settings, "search": list(conf.unqualified_search_registries)}


def _host(session: Session) -> dict[str, Any]:
    memory = memory_info()
    runtime = choose_runtime(session)
    facts = host_facts(session, runtime=runtime.program)
    conf = containers_conf(session)
    conmon = conmon_program(conf)
    release = os_release()
    ids = current_id_map()
    return {
        "Arch": _ARCHES.get(os.uname().machine, os.uname().machine),
        "CgroupManager": facts.cgroup_manager,
        "CgroupsVersion": facts.cgroups,
        "CgroupControllers": list(facts.controllers),
        "Conmon": {"Path": conmon, "Version": _version(conmon)},
        "CPUs": os.cpu_count() or 1,
        "CPUUtilization": {f"{name}Percent": share for name, share in cpu_shares().items()},
        "Distribution": {
            "Distribution": release.get("ID", ""),
            "Version": release.get("VERSION_ID", ""),
            "Codename": release.get("VERSION_CODENAME", ""),
        },
        "EventLogger": backend(session) or "sqlite",
        "Hostname": os.uname().nodename,
        "IDMappings": {
            "uidmap": [part.to_dict() for part in ids.uids] if session.rootless else [],
            "gidmap": [part.to_dict() for part in ids.gids] if session.rootless else [],
        },
        "Kernel": os.uname().release,
        "LogDriver": "k8s-file" if conf.log_driver == "json-file" else conf.log_driver,
        "MemFree": memory.get("MemFree", 0),
        "MemTotal": memory.get("MemTotal", 0),
        "NetworkBackend": "pycman",
        "NetworkChoice": _network_choice(session),
        "NetworkBackendInfo": {
            "Backend": "pycman",
            "DNS": {"Executable": find_program("aardvark-dns", conf.helper_binaries_dir)},
            "Firewall": {"Executable": find_program("nft")},
        },
        "OCIRuntime": {"Name": runtime.name, "Path": runtime.path, "Version": _version(runtime.path)},
        "OCIRuntimes": known_runtimes(session),
        "RootlessNetworkCmd": conf.default_rootless_network_cmd,
        "RuntimeChoice": explain(session),
        "OS": "linux",
        "Security": {
            "Rootless": session.rootless,
            "ApparmorEnabled": facts.apparmor,
            "SELinuxEnabled": has_selinux(),
            "SeccompEnabled": has_seccomp(),
            "Capabilities": ",".join(facts.bounding),
        },
        "Slirp4NetNS": {"Executable": slirp_program(session)},
        "Pasta": {"Executable": pasta_program(session)},
        "SwapFree": memory.get("SwapFree", 0),
        "SwapTotal": memory.get("SwapTotal", 0),
        "Uptime": f"{uptime_s()}s",
    }


def _network_choice(session: Session) -> str:
    """Return what connects containers to networks on this host, and why."""
    if not session.rootless:
        return (
            "bridges and nftables, set up by pycman itself"
            if find_program("nft")
            else "nft is missing: no bridge networks"
        )
    if not slirp_program(session):
        return "slirp4netns is missing: no bridge networks; --network=host and none work"
    why = "it can publish ports while containers run, and containers see the clients' addresses"
    pasta = pasta_version(pasta_program(session))
    if pasta and not pasta_forwards_ports(pasta_program(session)):
        why += f"; this pasta ({pasta}) stalls on connections from outside"
    return f"bridges in a network namespace of the user, connected by slirp4netns: {why}"


def _store(session: Session) -> dict[str, Any]:
    driver = choose_driver(session)
    disk = os.statvfs(session.paths.root)
    shared, own = storage_files(session)
    counts = session.db.row(
        "SELECT count(*) AS number, sum(boot_id != '' AND pid > 0 AND NOT paused) AS running, sum(paused) AS paused"
        " FROM containers WHERE row_state = 'ready' AND purpose = ''"
    )
    number, running, paused = counts["number"], counts["running"] or 0, counts["paused"] or 0
    return {
        "GraphRoot": session.paths.root,
        "RunRoot": session.paths.run_root,
        "GraphDriverName": driver.name,
        "GraphDriverWhy": driver.why,
        "GraphOptions": {},
        "GraphStatus": {"Why": driver.why},
        "GraphRootAllocated": disk.f_blocks * disk.f_frsize,
        "GraphRootUsed": (disk.f_blocks - disk.f_bfree) * disk.f_frsize,
        "ImageCopyTmpDir": session.paths.tmp,
        "VolumePath": session.paths.volumes,
        "ContainerStore": {
            "Number": number, "Running": running, "Paused": paused, "Stopped": number - running - paused,
        },
        "ImageStore": {"Number": session.db.value("SELECT count(*) FROM images")},
        "ConfigFile": next(filter(os.path.exists, reversed([*shared, *own])), shared[0] if shared else ""),
    }  # fmt: skip


def _docker_fields(session: Session, host: dict[str, Any], store: dict[str, Any]) -> dict[str, Any]:
    containers = store["ContainerStore"]
    options = ["name=apparmor"] if host["Security"]["ApparmorEnabled"] else []
    options += ["name=seccomp,profile=builtin", *(["name=rootless"] if session.rootless else [])]
    options += (
        ["name=cgroupns"] if host["CgroupsVersion"] == "v2" else []
    )  # the default is a cgroup namespace of its own
    return {
        "ID": host["Hostname"],
        "ServerVersion": __version__,
        "Driver": store["GraphDriverName"],
        "DriverStatus": [["Why", store["GraphDriverWhy"]]],
        "Name": host["Hostname"],
        "Containers": containers["Number"],
        "ContainersRunning": containers["Running"],
        "ContainersPaused": containers["Paused"],
        "ContainersStopped": containers["Stopped"],
        "Images": store["ImageStore"]["Number"],
        "NCPU": host["CPUs"],
        "MemTotal": host["MemTotal"],
        "OperatingSystem": os_release().get("PRETTY_NAME", "Linux"),
        "OSType": "linux",
        "Architecture": os.uname().machine,
        "KernelVersion": host["Kernel"],
        "CgroupDriver": host["CgroupManager"],
        "CgroupVersion": "2" if cgroup_setup().kind == "v2" else "1",
        "DockerRootDir": store["GraphRoot"],
        "LoggingDriver": host["LogDriver"],
        "DefaultRuntime": host["OCIRuntime"]["Name"],
        "Runtimes": {each["Name"]: {"path": each["Path"]} for each in (*host["OCIRuntimes"], host["OCIRuntime"])},
        "SecurityOptions": options,
        "SystemTime": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "Warnings": session.warnings,
        "Labels": [],
        "Debug": False,
        "Swarm": {"LocalNodeState": "inactive"},
    }


def _version(path: str) -> str:
    if not path:
        return ""
    lines = run([path, "--version"], timeout_s=10).stdout.decode("utf-8", "replace").splitlines()
    return lines[0] if lines else ""
