"""ContainerConfig, as a kubelet sends it, into what the engine makes."""

from __future__ import annotations

import pytest

from cri_server.proto import api_pb2 as api
from cri_server.services import as_dict
from cri_server.translate.container import container_name, container_spec, log_path_of, resources_of
from cri_server.translate.runtime_features import MAPS_MOUNTS, MOUNTS_READ_ONLY
from pycman.errors import InvalidInput
from pycman.spec.container import ContainerSpec, LogConfig, NamespaceMode
from pycman.spec.mount import Device, Mount
from pycman.spec.resources import Resources

POD = api.PodSandboxMetadata(name="web", uid="u-1", namespace="shop", attempt=2)


def sandbox(**fields) -> dict:
    return as_dict(api.PodSandboxConfig(**{"metadata": POD, "log_directory": "/var/log/pods/web", **fields}))


def config(**fields) -> dict:
    return as_dict(api.ContainerConfig(**{"metadata": api.ContainerMetadata(name="app", attempt=1), **fields}))


def spec(**fields) -> ContainerSpec:
    return container_spec(sandbox(), config(**fields), image="id")


def secured(**fields) -> ContainerSpec:
    return spec(linux=api.LinuxContainerConfig(security_context=api.LinuxContainerSecurityContext(**fields)))


def mount(**fields) -> Mount:
    (found,) = spec(mounts=[api.Mount(**{"container_path": "/in", "host_path": "/nonexistent/out", **fields})]).mounts
    return found


def test_the_name_has_all_that_names_a_container() -> None:
    assert container_name(sandbox(), {"name": "app", "attempt": 1}) == "k8s_app_web_shop_u-1_1"
    with pytest.raises(InvalidInput, match=r"metadata\.name"):
        container_name(sandbox(), {})


def test_command_and_arguments_replace_the_images_each_for_itself() -> None:
    assert (spec().entrypoint, spec().command) == (None, ())
    found = spec(command=["sh", "-c"], args=["echo $A"], working_dir="/w")
    assert (found.entrypoint, found.command, found.workdir) == (("sh", "-c"), ("echo $A",), "/w")
    assert (spec(args=["x"]).entrypoint, spec(args=["x"]).command) == (None, ("x",))


def test_environment_values_are_bytes_of_any_kind() -> None:
    values = [
        api.KeyValue(key="A", value=b"x=y"),
        api.KeyValue(key="EMPTY"),
        api.KeyValue(key="RAW", value=b"\xff\x00"),
    ]
    found = spec(envs=values).env
    assert found == {"A": "x=y", "EMPTY": "", "RAW": "\udcff\0"}


def test_a_kubelet_has_pulled_and_says_what_is_mounted_and_proxied() -> None:
    found = spec()
    assert (found.pull, found.image_volumes, found.http_proxy, found.image) == ("never", "ignore", False, "id")


def test_standard_streams() -> None:
    found = spec(stdin=True, stdin_once=True, tty=True)
    assert (found.stdin, found.stdin_once, found.terminal) == (True, True, True)
    assert (spec().stdin, spec().stdin_once, spec().terminal) == (False, False, False)


def test_the_log_is_below_the_pods_directory_or_nowhere() -> None:
    assert spec(log_path="app/0.log").log == LogConfig(driver="k8s-file", path="/var/log/pods/web/app/0.log")
    assert spec().log == LogConfig(driver="none")
    assert log_path_of({"log_directory": "/logs/"}, {"log_path": "a/../0.log"}) == "/logs/0.log"
    assert log_path_of({}, {"log_path": "0.log"}) == ""


@pytest.mark.parametrize("path", ["../0.log", "a/../../0.log", "/etc/passwd", ".", "a/.."])
def test_a_log_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(InvalidInput, match="log_path"):
        log_path_of({"log_directory": "/logs"}, {"log_path": path})


def test_annotations_are_kept_but_not_without_end() -> None:
    assert spec(annotations={"k": "v" * 100_000}, labels={"l": "m"}).annotations == {"k": "v" * 100_000}
    with pytest.raises(InvalidInput, match="256 KiB"):
        spec(annotations={"k": "v" * (256 << 10)})


def test_a_bind_mount_is_private_unless_the_kubelet_says_otherwise() -> None:
    assert mount() == Mount(kind="bind", source="/nonexistent/out", target="/in", create_source=True)
    assert mount(propagation=api.PROPAGATION_HOST_TO_CONTAINER).propagation == "rslave"
    assert mount(propagation=api.PROPAGATION_BIDIRECTIONAL).propagation == "rshared"


def test_links_of_the_host_are_followed_on_the_host(tmp_path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    assert mount(host_path=str(tmp_path / "link")).source == str(tmp_path / "target")


def test_options_of_mounts() -> None:
    assert mount(readonly=True).read_only
    assert mount(selinux_relabel=True).options == ("Z",)
    assert mount(readonly=True, recursive_read_only=True, selinux_relabel=True).options == ("rro",)
    mapped = [api.IDMapping(host_id=100_000, container_id=0, length=65_536)]
    assert mount(uidMappings=mapped, gidMappings=mapped).options == ("idmap",)


@pytest.mark.parametrize(
    "fields",
    [{"readonly": False}, {"readonly": True, "propagation": api.PROPAGATION_BIDIRECTIONAL}],
)
def test_recursively_read_only_goes_with_read_only_and_private_alone(fields: dict) -> None:
    with pytest.raises(InvalidInput, match="recursive_read_only /in"):
        mount(recursive_read_only=True, **fields)


@pytest.mark.parametrize("target", ["", "in", "./in"])
def test_a_mount_needs_a_place(target: str) -> None:
    with pytest.raises(InvalidInput, match="container_path"):
        mount(container_path=target)


def test_an_image_may_be_mounted() -> None:
    found = mount(host_path="", image=api.ImageSpec(image="data:1"), image_sub_path="a/b")
    assert found == Mount(kind="image", source="data:1", target="/in", read_only=True, subpath="a/b")


def test_devices_have_the_hosts_path_and_all_permissions_where_nothing_else_is_said() -> None:
    given = [
        api.Device(host_path="/dev/fuse"),
        api.Device(host_path="/dev/a", container_path="/dev/b", permissions="r"),
    ]
    assert spec(devices=given).devices == (
        Device(host_path="/dev/fuse", container_path="/dev/fuse"),
        Device(host_path="/dev/a", container_path="/dev/b", permissions="r"),
    )


def test_devices_of_vendors_come_by_field_or_by_annotation() -> None:
    by_field = [api.CDIDevice(name="v.com/gpu=0"), api.CDIDevice(name="v.com/gpu=0"), api.CDIDevice(name="v.com/gpu=1")]
    by_annotation = {"cdi.k8s.io/x": "v.com/gpu=2,v.com/gpu=3", "other": "v.com/gpu=4"}
    assert spec(CDI_devices=by_field, annotations=by_annotation).cdi_devices == ("v.com/gpu=0", "v.com/gpu=1")
    assert spec(annotations=by_annotation).cdi_devices == ("v.com/gpu=2", "v.com/gpu=3")
    with pytest.raises(InvalidInput, match="VENDOR/CLASS=NAME"):
        spec(CDI_devices=[api.CDIDevice(name="../../etc")])


def test_the_user_is_an_id_or_a_name_with_or_without_a_group() -> None:
    def number(value: int) -> api.Int64Value:
        return api.Int64Value(value=value)

    assert secured().user == ""
    assert secured(run_as_user=number(0)).user == "0"
    assert secured(run_as_user=number(1000), run_as_group=number(0)).user == "1000:0"
    assert secured(run_as_username="web", run_as_group=number(5)).user == "web:5"
    assert secured(run_as_user=number(7), run_as_username="web").user == "7"
    with pytest.raises(InvalidInput, match="run_as_group"):
        secured(run_as_group=number(5))


def test_groups_are_merged_with_the_images_unless_strict() -> None:
    found = secured(supplemental_groups=[5, 6], supplemental_groups_policy=api.SupplementalGroupsPolicy.Strict)
    assert (found.group_add, found.groups_policy) == (("5", "6"), "Strict")
    assert secured().groups_policy == "Merge"


def test_capabilities_that_are_ambient_are_had_too() -> None:
    given = api.Capability(
        add_capabilities=["NET_ADMIN"], add_ambient_capabilities=["NET_RAW"], drop_capabilities=["ALL"]
    )
    found = secured(capabilities=given).security
    assert (found.cap_add, found.cap_ambient, found.cap_drop) == (("NET_ADMIN", "NET_RAW"), ("NET_RAW",), ("ALL",))


def test_only_a_profile_that_is_asked_for_confines_system_calls() -> None:
    kinds = api.SecurityProfile.ProfileType
    profile = api.SecurityProfile
    assert secured().security.seccomp_profile == "unconfined"
    assert secured(seccomp=profile(profile_type=kinds.RuntimeDefault)).security.seccomp_profile == ""
    assert secured(seccomp=profile(profile_type=kinds.Unconfined)).security.seccomp_profile == "unconfined"
    own = profile(profile_type=kinds.Localhost, localhost_ref="/p.json")
    assert secured(seccomp=own).security.seccomp_profile == "/p.json"


def test_an_apparmor_profile_has_two_fields_that_may_name_it() -> None:
    kinds = api.SecurityProfile.ProfileType
    own = api.SecurityProfile(profile_type=kinds.Localhost, localhost_ref="localhost/mine")
    assert secured(apparmor=own).security.apparmor_profile == "mine"
    assert secured(apparmor_profile="localhost/mine").security.apparmor_profile == "mine"
    assert secured(apparmor_profile="runtime/default").security.apparmor_profile == ""


def test_confinement_is_the_kubelets_and_nothing_is_added() -> None:
    found = secured(
        privileged=True, no_new_privs=True, readonly_rootfs=True, masked_paths=["/proc/kcore"], readonly_paths=[]
    ).security
    assert (found.privileged, found.no_new_privileges, found.read_only) == (True, True, True)
    assert (found.masked_paths, found.readonly_paths, found.read_only_tmpfs) == (("/proc/kcore",), (), False)


def test_of_limits_0_and_empty_are_none() -> None:
    given = api.LinuxContainerResources(
        cpu_period=100_000, cpu_quota=-1, cpu_shares=2, memory_limit_in_bytes=1 << 40, cpuset_cpus="0-1",
        hugepage_limits=[api.HugepageLimit(page_size="2MB", limit=0)], unified={"memory.high": "1"},
    )  # fmt: skip
    assert resources_of(as_dict(given)) == Resources(
        cpu_period_us=100_000, cpu_quota_us=-1, cpu_shares=2, memory_bytes=1 << 40, cpuset_cpus="0-1",
        huge_pages={"2MB": 0}, unified={"memory.high": "1"},
    )  # fmt: skip
    assert resources_of({}) == Resources()


def test_the_oom_score_is_given_on() -> None:
    linux = api.LinuxContainerConfig(resources=api.LinuxContainerResources(oom_score_adj=-997))
    assert spec(linux=linux).oom_score_adj == -997
    assert spec().oom_score_adj is None


def test_namespaces_that_differ_from_the_pods() -> None:
    def modes(**options) -> tuple:
        found = secured(namespace_options=api.NamespaceOption(**options))
        return found.pid_mode, found.ipc_mode

    usual = ContainerSpec(image="id")
    assert modes(pid=api.CONTAINER) == (NamespaceMode(kind="private"), usual.ipc_mode)
    assert modes(pid=api.NODE, ipc=api.NODE) == (NamespaceMode(kind="host"), NamespaceMode(kind="host"))
    assert modes(pid=api.TARGET, target_id="abc")[0] == NamespaceMode(kind="container", value="abc")
    assert modes(pid=api.POD)[0] == usual.pid_mode


def test_on_the_nodes_network_the_host_name_is_the_nodes() -> None:
    security = api.LinuxSandboxSecurityContext(namespace_options=api.NamespaceOption(network=api.NODE))
    on_host = sandbox(linux=api.LinuxPodSandboxConfig(security_context=security))
    assert container_spec(on_host, config(), image="id").uts_mode == NamespaceMode(kind="host")
    assert spec().uts_mode == ContainerSpec(image="id").uts_mode


def test_the_stop_signal_is_the_images_unless_one_is_named() -> None:
    assert spec().stop_signal == ""
    assert spec(stop_signal=api.SIGUSR1).stop_signal == "SIGUSR1"


def test_only_crun_maps_ids_of_mounts() -> None:
    assert set(MAPS_MOUNTS) < set(MOUNTS_READ_ONLY) == {"crun", "runc"}
