"""Whatever asks that a container be kept from something: the runtime spec says so, or it is refused with one line.

A row is a flag of `run` (or a field of a security context) and what must be so in config.json, or None for "refused".
"""

from __future__ import annotations

import json
import os

import pytest

from cli.call import Call
from cli.global_flags import apply_global_flags
from cli.main import _refuse_unsupported
from cli.parse import FlagTable, UsageError, parse_flags
from cli.specs.container import container_spec
from cli.specs.registry import registry_options
from cli.table import COMMANDS
from cri_server.proto import api_pb2 as api
from cri_server.services import as_dict
from cri_server.translate.container import container_spec as container_of_cri
from kube_yaml.translate.security import run_as_of, security_of
from pycman.containers.create.user_namespace import resolve_id_map
from pycman.errors import InvalidInput, PycmanError
from pycman.network.create import _normalize_options
from pycman.runtime.apparmor import DEFAULT_PROFILE, AppArmor
from pycman.runtime.defaults import CAPABILITIES, DEFAULT_CAPABILITIES, MASKED_PATHS, READONLY_PATHS
from pycman.runtime.seccomp_profile import OWN_PROFILE, default_profile
from pycman.spec.container import ContainerSpec, NamespaceMode
from pycman.spec.network import NetworkSpec
from pycman.volumes.options import parse_local_options
from tests.support.oci_specs import HOST, oci_spec

ROOTLESS = HOST.replace(rootless=True)
NO_CGROUPS = HOST.replace(cgroups="none", controllers=())


def run(*words: str, command: str = "run", **host) -> dict:
    """What `pycman run WORDS… image` gives the runtime, by the same steps as `cli/main.py` takes."""
    table = FlagTable(COMMANDS[command][3])
    flags, arguments = parse_flags(table, [*words, "image"], stop_at_first=True)
    _refuse_unsupported(command, table.refused, flags)
    call = Call(command, flags, arguments, {}, "pycman", [command, *words, "image"])
    spec = container_spec(call)
    registry_options(call)
    return oci_spec(spec, **host)


def bounding(oci) -> set[str]:
    sets = oci["process"]["capabilities"]
    assert set(sets["effective"]) <= set(sets["bounding"])
    return set(sets["bounding"])


def options(target: str):
    def look(oci):
        (found,) = (mount["options"] for mount in oci["mounts"] if mount["destination"] == target)
        return set(found)

    return look


def limit(name: str):
    return lambda oci: next((x["soft"], x["hard"]) for x in oci["process"]["rlimits"] if x["type"] == f"RLIMIT_{name}")


def masked(oci):
    return set(oci["linux"].get("maskedPaths", ()))


def read_only_paths(oci):
    return set(oci["linux"].get("readonlyPaths", ()))


def device_rule(oci):
    return [rule.get("access") for rule in oci["linux"]["resources"]["devices"]]


def at_least(*wanted):
    return lambda found: set(wanted) <= found


def without(*unwanted):
    return lambda found: not set(unwanted) & found


NULL = "/dev/null"
ALL, DEFAULTS = set(CAPABILITIES), set(DEFAULT_CAPABILITIES)

KEPT = [
    # capabilities
    ("", bounding, DEFAULTS),
    ("--cap-drop all", bounding, set()),
    ("--cap-drop ALL", bounding, set()),
    ("--cap-drop AlL --cap-add net_raw", bounding, {"CAP_NET_RAW"}),
    ("--cap-drop cap_chown,KILL", bounding, DEFAULTS - {"CAP_CHOWN", "CAP_KILL"}),
    ("--cap-add all --cap-drop sys_admin", bounding, ALL - {"CAP_SYS_ADMIN"}),
    ("--privileged", bounding, ALL),
    ("--privileged --cap-drop all", bounding, set()),
    ("--privileged --cap-drop sys_module", bounding, ALL - {"CAP_SYS_MODULE"}),
    ("--cap-drop banana", None, "banana"),
    ("--cap-add banana", None, "banana"),
    # no new privileges
    *((f"--security-opt no-new-privileges{how}", lambda oci: oci["process"]["noNewPrivileges"], True)
      for how in ("", ":true", "=true", "=1", ":True", "=t")),
    *((f"--security-opt no-new-privileges{how}", lambda oci: oci["process"]["noNewPrivileges"], False)
      for how in (":false", "=0")),
    ("--security-opt no-new-privileges=maybe", None, "neither true nor false"),
    ("--security-opt no-new-privileges=", None, "neither true nor false"),
    # seccomp, AppArmor, SELinux
    ("", lambda oci: oci["seccomp"], default_profile()),
    ("--security-opt seccomp=builtin", lambda oci: oci["seccomp"], default_profile()),
    ("--privileged", lambda oci: oci["seccomp"], ""),
    (f"--privileged --security-opt seccomp={OWN_PROFILE}", lambda oci: oci["seccomp"], OWN_PROFILE),
    (f"--security-opt seccomp={os.path.relpath(OWN_PROFILE)}", lambda oci: oci["seccomp"], OWN_PROFILE),
    ("--security-opt seccomp=/nonexistent", None, "no such seccomp profile"),
    ("--security-opt seccomp=/etc/hostname", None, "/etc/hostname"),
    ("--security-opt seccomp=", None, "unknown security option"),
    ("--security-opt seccomp", None, "unknown security option"),
    ("--security-opt apparmor=mine", None, "no AppArmor"),
    ("--security-opt apparmor:mine", None, "no AppArmor"),
    ("--security-opt apparmor=unconfined", lambda oci: oci["process"].get("apparmorProfile"), None),
    ("--security-opt label=disable", lambda oci: oci["process"].get("selinuxLabel"), None),
    ("--security-opt label=type:t", lambda oci: oci["process"].get("selinuxLabel"), None),  # no SELinux here
    ("--security-opt label=banana", None, "not a label"),
    ("--security-opt label:type:", None, "not a label"),
    ("--security-opt banana", None, "unknown security option"),
    ("--security-opt writable-cgroups=false", None, "unknown security option"),
    # masked and read-only paths
    ("", masked, set(MASKED_PATHS)),
    ("", read_only_paths, set(READONLY_PATHS)),
    ("--security-opt mask=/a:/b --security-opt mask=/c", masked, {*MASKED_PATHS, "/a", "/b", "/c"}),
    ("--security-opt mask=/a --security-opt unmask=ALL", masked, {"/a"}),
    ("--privileged --security-opt mask=/a", masked, {"/a"}),
    ("--security-opt mask=a", None, "not an absolute path"),
    ("--security-opt unmask=/proc/kcore", masked, set(MASKED_PATHS) - {"/proc/kcore"}),
    ("--security-opt unmask=/proc/k*", masked, set(MASKED_PATHS) - {"/proc/kcore", "/proc/keys"}),
    ("--security-opt unmask=/sys/*", masked, set(MASKED_PATHS) - {"/sys/firmware"}),
    ("--security-opt unmask=all", read_only_paths, set()),
    ("--security-opt systempaths=unconfined", masked, set()),
    ("--security-opt systempaths=confined", None, "unknown security option"),
    ("--security-opt proc-opts=hidepid=2", options("/proc"), at_least("hidepid=2")),
    # read-only
    ("--read-only", lambda oci: oci["root"]["readonly"], True),
    ("--read-only=false", lambda oci: oci["root"]["readonly"], False),
    ("--read-only", options("/tmp"), at_least("rw")),
    ("--read-only --read-only-tmpfs=false", lambda oci: {m["destination"] for m in oci["mounts"]} & {"/tmp", "/run"}, set()),
    ("--read-only --read-only-tmpfs=false", options("/dev"), at_least("ro")),
    ("--read-only --read-only-tmpfs=false --ipc private", options("/dev/shm"), at_least("ro")),
    ("--read-only --read-only-tmpfs=false --tmpfs /dev/shm", options("/dev/shm"), without("ro")),
    ("--read-only", options("/dev"), without("ro")),
    # mounts
    *((f"--mount type=bind,source=/etc,target=/x,{how}", options("/x"), at_least("ro"))
      for how in ("ro", "readonly", "ro=true", "readonly=1", "ro=T", "rw=false", "rw=0", "readwrite=False", "ro,rw=false")),
    *((f"--mount type=bind,source=/etc,target=/x{how}", options("/x"), without("ro"))
      for how in ("", ",rw", ",rw=true", ",ro=false", ",readonly=0", ",rw,ro=false")),
    *((f"--mount type=bind,source=/etc,target=/x,{how}", None, "/x")
      for how in ("ro=yes", "rw=no", "ro,rw", "ro=false,rw=false", "readonly=", "nosuid=maybe", "exec=", "U=x", "bind-recursive=readonly")),
    *((f"--mount type=tmpfs,target=/x,{how}", options("/x"), at_least("ro")) for how in ("ro", "rw=false", "readonly=true")),
    ("--mount type=tmpfs,target=/x,exec=false,suid=0,dev=f", options("/x"), at_least("noexec", "nosuid", "nodev")),
    ("--mount type=bind,source=/etc,target=/x,exec=false,suid=false", options("/x"), at_least("noexec", "nosuid")),
    ("--mount type=tmpfs,target=/x,noexec=false", options("/x"), without("noexec")),
    ("--mount type=tmpfs,target=/x", options("/x"), at_least("noexec", "nosuid", "nodev")),
    ("--mount type=volume,source=v,target=/x,readonly", options("/x"), at_least("ro")),
    ("--mount type=volume,source=v,target=/x,rw=false", options("/x"), at_least("ro")),
    ("--tmpfs /x:ro", options("/x"), at_least("ro")),
    ("--tmpfs /x:readonly,size=1m", options("/x"), at_least("ro", "size=1m")),
    ("--tmpfs /x:ro,rw", None, "read-only and writable"),
    ("-v /etc:/x:ro", options("/x"), at_least("ro")),
    ("-v /etc:/x:nosuid,nodev,noexec", options("/x"), at_least("nosuid", "nodev", "noexec")),
    ("-v /etc:/x:ro,rw", None, "read-only and writable"),
    ("-v v:/x:ro", options("/x"), at_least("ro")),
    ("-v /etc:/x:banana", None, "banana"),
    ("-v /etc:/proc/self/attr", None, "below /proc"),
    ("--tmpfs /etc/../proc/sys", None, "below /proc"),
    ("-v /etc/hostname:/proc/cpuinfo:ro", options("/proc/cpuinfo"), at_least("ro")),
    ("--cgroup-parent /a/../../b", None, "cgroup"),
    # devices
    ("", device_rule, ["rwm"]),
    (f"--device {NULL}:/dev/x:r", device_rule, ["rwm", "r"]),
    (f"--device {NULL}:rw", device_rule, ["rwm", "rw"]),
    (f"--device {NULL}:/dev/x:q", None, "not a device"),
    (f"--device {NULL}:/dev/x:", None, "not a device"),
    ("--device /nonexistent", None, "no such device"),
    ("--device-cgroup-rule banana", None, "not a device rule"),
    # limits
    ("--ulimit nofile=10:20", limit("NOFILE"), (10, 20)),
    ("--ulimit core=0", limit("CORE"), (0, 0)),
    ("--ulimit banana=1", None, "ulimit"),
    ("--ulimit nofile=2:1", None, "ulimit"),
    ("--pids-limit 5", lambda oci: oci["linux"]["resources"]["pids"]["limit"], 5),
    ("", lambda oci: oci["linux"]["resources"]["pids"]["limit"], 2048),
    ("--memory 64m", lambda oci: oci["linux"]["resources"]["memory"]["limit"], 64 << 20),
    ("--shm-size 1m --ipc private", options("/dev/shm"), at_least(f"size={1 << 20}")),
    ("--umask 0077", lambda oci: oci["process"]["user"]["umask"], 0o077),
    ("--user 5:6", lambda oci: (oci["process"]["user"]["uid"], oci["process"]["user"]["gid"]), (5, 6)),
    # what nothing here can do
    *((words, None, words.split("=", maxsplit=1)[0].split()[0]) for words in (
        "--storage-opt size=1g", "--disable-content-trust=false", "--decryption-key=/k",
        "--isolation=hyperv", "--seccomp-policy=image", "--rdt-class=c",
    )),
]  # fmt: skip


@pytest.mark.parametrize(("words", "look", "wanted"), KEPT, ids=[words or "nothing" for words, _, _ in KEPT])
def test_run_keeps_to_what_was_asked_or_refuses(words: str, look, wanted) -> None:
    if look is not None:
        found = look(run(*words.split()))
        assert wanted(found) if callable(wanted) else found == wanted, found
        return
    with pytest.raises((PycmanError, UsageError)) as refused:
        run(*words.split())
    assert wanted in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("words", "host", "subject"),
    [
        ([f"--device={NULL}:/dev/x:r"], {"host": ROOTLESS}, NULL),
        ([f"--device={NULL}:/dev/x:wm"], {"host": NO_CGROUPS}, NULL),
        ([f"--device={NULL}:/dev/x:r", "--cgroups=disabled"], {}, NULL),
        (["--security-opt=proc-opts=hidepid=1", "--pid=host"], {"host": ROOTLESS}, "proc-opts"),
        (["--security-opt=apparmor=mine"], {"apparmor": AppArmor()}, "mine"),
    ],
)
def test_what_this_host_cannot_keep_to_is_refused(words, host, subject) -> None:
    with pytest.raises(PycmanError, match=subject):
        run(*words, **host)


def test_what_this_host_can_keep_to_is_fine() -> None:
    run(f"--device={NULL}:/dev/x:rw", host=ROOTLESS)
    run(f"--device={NULL}:/dev/x:r", "--privileged", host=NO_CGROUPS)
    apparmor = AppArmor(loaded=frozenset({"mine", DEFAULT_PROFILE}))
    assert run(apparmor=apparmor)["process"]["apparmorProfile"] == DEFAULT_PROFILE
    assert run("--security-opt=apparmor=mine", apparmor=apparmor)["process"]["apparmorProfile"] == "mine"
    assert run("--security-opt=apparmor=unconfined", apparmor=apparmor)["process"]["apparmorProfile"] == "unconfined"
    assert "apparmorProfile" not in run("--privileged", apparmor=apparmor)["process"]


@pytest.mark.parametrize(
    "mode",
    [
        "keep-id:uid=x",
        "keep-id:banana=1",
        "keep-id:uid=1",
        "nomap",
        "nomap:x",
        "private",
        "auto:size=x",
        "host:x",
        "keep-id:uid=²",
    ],
)
def test_a_user_namespace_that_root_cannot_make_is_refused(mode) -> None:
    table = FlagTable(COMMANDS["run"][3])
    flags, arguments = parse_flags(table, [f"--userns={mode}", "image"], stop_at_first=True)
    spec = container_spec(Call("run", flags, arguments, {}, "pycman", []))

    class Root:
        rootless = False

    with pytest.raises(PycmanError, match=r"userns|option"):
        resolve_id_map(Root(), spec, 65536)


@pytest.mark.parametrize("option", ["overlay.size=1g", ".size=1", "overlay.inodes=5", "btrfs.size=1"])
def test_a_quota_of_the_store_is_refused(option) -> None:
    with pytest.raises(PycmanError, match="quota"):
        apply_global_flags({"storage-opt": [option]})
    apply_global_flags({"storage-opt": ["overlay.mount_program=/usr/bin/fuse-overlayfs"]})


@pytest.mark.parametrize("given", [{"size": "1g"}, {"o": "size=1g"}, {"inodes": "5"}, {"o": "ro"}, {"o": "nosuid,noexec"},
                                   {"type": "ext4", "device": "/dev/x", "size": "1g"}, {"o": "bind,size=1", "device": "/x"}])  # fmt: skip
def test_options_of_a_volume_that_nothing_would_keep_are_refused(given) -> None:
    with pytest.raises(InvalidInput):
        parse_local_options(given)
    assert parse_local_options({"type": "tmpfs", "o": "size=1g,noexec"}).mount.options == ("size=1g", "noexec")
    assert parse_local_options({"o": "uid=5,nocopy"}).uid == 5


@pytest.mark.parametrize(
    ("key", "value"),
    [("enable_icc", "false"), ("enable_ip_masquerade", "false"), ("host_binding_ipv4", "127.0.0.1"), ("gateway_mode_ipv4", "isolated"),
     ("gateway_mode_ipv6", "routed"), ("inhibit_ipv4", "true"), ("trusted_host_interfaces", "eth0")],
)  # fmt: skip
def test_dockers_options_that_close_a_network_are_refused(key, value) -> None:
    with pytest.raises(PycmanError, match=key):
        _normalize_options(NetworkSpec(name="n", options={f"com.docker.network.bridge.{key}": value}))


# --- Kubernetes YAML

KUBE = [
    ({}, lambda oci: oci["seccomp"], default_profile()),
    ({"privileged": True}, lambda oci: oci["seccomp"], ""),
    ({"privileged": True, "seccompProfile": {"type": "RuntimeDefault"}}, lambda oci: oci["seccomp"], ""),
    ({"privileged": True, "capabilities": {"drop": ["ALL"]}}, bounding, ALL),
    ({"capabilities": {"drop": ["all"]}}, bounding, set()),
    ({"capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}}, bounding, {"CAP_NET_BIND_SERVICE"}),
    ({"allowPrivilegeEscalation": False}, lambda oci: oci["process"]["noNewPrivileges"], True),
    ({"readOnlyRootFilesystem": True}, lambda oci: oci["root"]["readonly"], True),
    ({"readOnlyRootFilesystem": True}, options("/dev"), without("ro")),
    ({"procMount": "Unmasked"}, masked, set()),
    ({"procMount": "Default"}, masked, set(MASKED_PATHS)),
    ({"runAsUser": 7, "runAsGroup": 8}, lambda oci: oci["process"]["user"]["uid"], 7),
    (
        {"seccompProfile": {"type": "Localhost", "localhostProfile": "nonexistent.json"}},
        None,
        "no such seccomp profile",
    ),
    ({"seccompProfile": {"type": "Localhost", "localhostProfile": "../x.json"}}, None, "localhostProfile"),
    ({"appArmorProfile": {"type": "Localhost", "localhostProfile": "mine"}}, None, "AppArmor"),
    ({"capabilities": {"drop": ["banana"]}}, None, "banana"),
]


@pytest.mark.parametrize(("context", "look", "wanted"), KUBE, ids=[json.dumps(row[0])[:90] for row in KUBE])
def test_a_security_context_is_kept_to_or_refused(context, look, wanted) -> None:
    def built():
        security = security_of({}, context, profile_root="/var/lib/kubelet/seccomp")
        return oci_spec(ContainerSpec(image="i", security=security, user=run_as_of({}, context).user))

    if look is None:
        with pytest.raises(PycmanError, match=wanted):
            built()
        return
    found = look(built())
    assert wanted(found) if callable(wanted) else found == wanted, found


def test_a_pods_context_is_its_containers() -> None:
    pod = {"seccompProfile": {"type": "Unconfined"}, "runAsUser": 5, "runAsNonRoot": True}
    assert security_of(pod, {}, profile_root="/x").seccomp_profile == "unconfined"
    assert security_of(pod, {"seccompProfile": {"type": "RuntimeDefault"}}, profile_root="/x").seccomp_profile == ""
    assert run_as_of(pod, {}).non_root
    assert not run_as_of(pod, {"runAsNonRoot": False}).non_root


# --- CRI

KIND = api.SecurityProfile.ProfileType


def profile(kind: str, reference: str = "") -> api.SecurityProfile:
    return api.SecurityProfile(profile_type=KIND.Value(kind), localhost_ref=reference)


CRI = [
    ({}, bounding, DEFAULTS),
    ({"privileged": True}, lambda oci: oci["seccomp"], ""),
    ({"privileged": True, "seccomp": profile("RuntimeDefault")}, lambda oci: oci["seccomp"], ""),
    ({"privileged": True, "seccomp": profile("Localhost", OWN_PROFILE)}, lambda oci: oci["seccomp"], ""),
    ({"seccomp": profile("RuntimeDefault")}, lambda oci: oci["seccomp"], default_profile()),
    ({"seccomp": profile("Unconfined")}, lambda oci: oci["seccomp"], ""),
    ({"seccomp": profile("Localhost", OWN_PROFILE)}, lambda oci: oci["seccomp"], OWN_PROFILE),
    ({"seccomp": profile("Localhost", f"localhost/{OWN_PROFILE}")}, lambda oci: oci["seccomp"], OWN_PROFILE),
    ({"seccomp": profile("Localhost", "/nonexistent")}, None, "no such seccomp profile"),
    ({"seccomp": profile("Localhost", "p.json")}, None, "localhost_ref"),
    ({"seccomp": profile("Localhost")}, None, "localhost_ref"),
    ({"apparmor": profile("Localhost", "mine")}, None, "AppArmor"),
    ({"apparmor": profile("Localhost")}, None, "localhost_ref"),
    ({"apparmor_profile": "localhost/mine"}, None, "AppArmor"),
    ({"apparmor": profile("Unconfined")}, lambda oci: oci["process"].get("apparmorProfile"), None),
    ({"no_new_privs": True}, lambda oci: oci["process"]["noNewPrivileges"], True),
    ({"readonly_rootfs": True}, lambda oci: oci["root"]["readonly"], True),
    ({"masked_paths": ["/proc/kcore"]}, masked, {"/proc/kcore"}),
    ({"readonly_paths": ["/proc/sys"]}, read_only_paths, {"/proc/sys"}),
    ({"capabilities": api.Capability(drop_capabilities=["ALL"])}, bounding, set()),
    ({"capabilities": api.Capability(drop_capabilities=["cap_kill"])}, bounding, DEFAULTS - {"CAP_KILL"}),
    ({"capabilities": api.Capability(drop_capabilities=["banana"])}, None, "banana"),
    ({"run_as_user": api.Int64Value(value=7)}, lambda oci: oci["process"]["user"]["uid"], 7),
    ({"supplemental_groups": [5]}, lambda oci: oci["process"]["user"]["additionalGids"], [0, 5]),
]


def cri_spec(**fields) -> ContainerSpec:
    pod = api.PodSandboxMetadata(name="p", uid="u", namespace="n")
    linux = api.LinuxContainerConfig(security_context=api.LinuxContainerSecurityContext(**fields))
    config = api.ContainerConfig(metadata=api.ContainerMetadata(name="c"), linux=linux)
    return container_of_cri(as_dict(api.PodSandboxConfig(metadata=pod)), as_dict(config), image="i")


@pytest.mark.parametrize(("fields", "look", "wanted"), CRI, ids=[str(row[0])[:90].replace("\n", " ") for row in CRI])
def test_a_kubelets_security_context_is_kept_to_or_refused(fields, look, wanted) -> None:
    if look is None:
        with pytest.raises(PycmanError, match=wanted):
            oci_spec(cri_spec(**fields))
        return
    found = look(oci_spec(cri_spec(**fields)))
    assert wanted(found) if callable(wanted) else found == wanted, found


def test_every_field_of_a_kubelets_security_context_is_read() -> None:
    import inspect

    from cri_server.translate import container, sandbox
    from cri_server.work import containers

    source = "".join(inspect.getsource(module) for module in (container, sandbox, containers))
    unread = {
        field for field in api.LinuxContainerSecurityContext.DESCRIPTOR.fields_by_name if f'"{field}"' not in source
    }
    assert unread <= {"seccomp_profile_path"}  # deprecated since 1.19; the kubelet sets `seccomp` too


def test_binds_of_the_engine_are_private_where_they_are_not_asked_to_be_shared() -> None:
    """A bind that stays a peer of the engine's mount namespace brings a container's mounts on it to all others (crun 1.21, rootless)."""
    shared = NamespaceMode(kind="host")
    spec = ContainerSpec(image="i", command=("true",), pid_mode=shared, ipc_mode=shared, init=True, init_path="/i")
    mounts = oci_spec(spec, host=ROOTLESS, network="/run/netns/of-a-pod")["mounts"]
    binds = {mount["destination"]: mount["options"] for mount in mounts if mount["type"] == "bind"}
    assert {"/proc", "/sys", "/dev/shm", "/dev/init"} <= binds.keys()
    assert [name for name, options in binds.items() if "rprivate" not in options] == []
