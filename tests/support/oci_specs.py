"""From what a door asks for to the runtime spec (config.json), with everything the host decides given: no store, no container."""

from __future__ import annotations

from types import SimpleNamespace

from pycman.config.containers_conf import ContainersConf
from pycman.containers.check_spec import check_spec
from pycman.containers.create.conf_defaults import with_defaults
from pycman.containers.mounts.steps import MountExtras
from pycman.jsontext import format_json
from pycman.runtime.apparmor import choose_profile
from pycman.runtime.bundle_input import BundleInput, HostFacts
from pycman.runtime.check_confinement import check_confinement
from pycman.runtime.defaults import CAPABILITIES
from pycman.runtime.host_facts import host_devices
from pycman.runtime.seccomp_profile import profile_path, read_profile
from pycman.runtime.spec_builder import build_runtime_spec
from pycman.spec.container import ContainerSpec
from pycman.spec.id_map import IdMap

HOST = HostFacts(rootless=False, cgroups="v2", controllers=("memory", "cpu", "pids"), bounding=CAPABILITIES)
_NAMESPACES = {"pid": "pid_mode", "ipc": "ipc_mode", "uts": "uts_mode"}


def oci_spec(spec: ContainerSpec, *, host: HostFacts = HOST, apparmor=None, network: str = "") -> dict:
    """Return the runtime spec of a container, with "seccomp" the path of its profile. Raises what creating it raises.

    `network` is the path of the network namespace that it joins, "" for one of its own.
    """
    check_spec(spec)
    check_confinement(spec, host)
    if spec.security.seccomp_profile not in ("", "unconfined"):
        read_profile(profile_path(spec.security, ""), ())
    spec = with_defaults(spec, ContainersConf(), host.controllers if host.cgroups != "none" else ())
    choice = choose_profile(spec.security.apparmor_profile, privileged=bool(spec.security.privileged), state=apparmor)
    spec = spec.replace(security=spec.security.replace(apparmor_profile=choice.profile))
    namespaces = {"mount": "", "network": network, "cgroup": ""}
    namespaces |= {kind: "" for kind, field in _NAMESPACES.items() if getattr(spec, field).kind != "host"}
    user, _, group = spec.user.partition(":")
    inputs = BundleInput(
        spec=spec,
        container_id="1" * 64,
        rootfs_path="/rootfs",
        mounts=tuple(_mounts(spec)),
        argv=("true",),
        env={},
        cwd="/",
        uid=int(user or 0),
        gid=int(group or 0),
        extra_gids=tuple(int(gid) for gid in spec.group_add),
        hostname="h",
        namespaces=namespaces | ({"user": ""} if spec.id_map.uids else {}),
        id_map=spec.id_map,
        cgroup_path="/c",
        host=host.replace(apparmor=apparmor is not None),
        devices=host_devices(spec),
    )
    return {**build_runtime_spec(inputs), "seccomp": profile_path(spec.security, host.seccomp_profile)}


def _mounts(spec: ContainerSpec):
    paths = SimpleNamespace(bundle=lambda _id: "/bundle", container=lambda _id: "/container")
    extras = MountExtras(SimpleNamespace(paths=paths), {"id": "1", "id_map": format_json(IdMap().to_dict())}, spec)
    for number, mount in enumerate(spec.mounts):
        if mount.kind == "volume":
            yield extras._bind("/volume", mount)
        else:
            yield from extras._runtime_mounts(mount, number)
