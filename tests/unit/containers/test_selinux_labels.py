"""Labels of containers on a host with SELinux: its policy's contexts are given, everything else is as it is."""

import os

import pytest

from pods.infra import infra_spec
from pycman.containers.create import selinux_labels
from pycman.containers.create.selinux_labels import with_labels
from pycman.containers.mounts import labels
from pycman.containers.mounts.labels import label_bind, label_own_files, label_volume
from pycman.jsontext import format_json
from pycman.linux.selinux import ATTRIBUTE, label_of
from pycman.runtime.bundle_input import RuntimeMount
from pycman.spec.container import ContainerSpec, NamespaceMode, Security
from pycman.spec.mount import Mount
from pycman.spec.pod import PodSpec
from pycman.state.settings import containers_conf
from tests.support.sessions import insert_container, open_session

CONTEXTS = 'process = "system_u:system_r:container_t:s0"\nfile = "system_u:object_r:container_file_t:s0"\n'
DISABLED = ("", "system_u:object_r:container_file_t:s0:c1022,c1023")
LABEL, SHARED, OLD = (
    f"system_u:object_r:{end}" for end in ("container_file_t:s0:c1,c2", "container_file_t:s0", "var_lib_t:s0")
)


@pytest.fixture
def session(tmp_path, monkeypatch):
    monkeypatch.setattr(selinux_labels, "container_contexts", lambda: CONTEXTS)
    monkeypatch.setattr(labels, "has_selinux", lambda: True)
    with open_session(tmp_path) as session:
        yield session


def labelled(session, **fields) -> tuple[str, str]:
    security = with_labels(session, ContainerSpec(image="i", **fields)).security
    return security.process_label, security.mount_label


def insert(session, container_id: str, **fields) -> ContainerSpec:
    spec = with_labels(session, ContainerSpec(image="i", **fields))
    columns = {"spec": format_json(spec.to_dict()), "pod_id": spec.pod_id, "is_infra": int(spec.is_infra)}
    insert_container(session, container_id, **columns)
    return spec


def test_no_two_containers_of_a_store_have_one_level(session, monkeypatch) -> None:
    levels = iter(("s0:c1,c2", "s0:c1,c2", "s0:c1,c20", "s0:c1,c2", "s0:c1,c20", "s0:c0,c3"))
    monkeypatch.setattr(selinux_labels, "random_level", lambda _number: next(levels))
    found = [insert(session, f"{number}" * 64).security.process_label for number in range(3)]
    assert found == [f"system_u:system_r:container_t:s0:{pair}" for pair in ("c1,c2", "c1,c20", "c0,c3")]


def test_a_container_with_privileges_or_the_hosts_processes_has_none_unless_it_asks(session) -> None:
    host = NamespaceMode(kind="host")
    assert labelled(session, security=Security(privileged=True)) == DISABLED
    assert labelled(session, pid_mode=host) == DISABLED
    assert labelled(session, ipc_mode=host) == DISABLED
    assert labelled(session, security=Security(label_options=("disable",))) == DISABLED
    asked = labelled(session, security=Security(privileged=True, label_options=("type:spc_t",)))[0]
    assert asked.startswith("system_u:system_r:spc_t:s0:c")
    assert labelled(session, security=Security(label_options=("nested",)))[0].startswith(
        "system_u:system_r:container_t:"
    )


def test_containers_conf_may_leave_labels_out_or_take_the_callers_user(session, monkeypatch) -> None:
    conf = containers_conf(session)
    monkeypatch.setattr(selinux_labels, "containers_conf", lambda _session: conf.replace(label=False))
    assert labelled(session) == DISABLED
    assert labelled(session, conf_defaults=False) != DISABLED
    monkeypatch.setattr(selinux_labels, "containers_conf", lambda _session: conf.replace(label_users=True))
    monkeypatch.setattr(selinux_labels, "own_context", lambda: "staff_u:staff_r:staff_t:s0-s0:c0.c1023")
    assert labelled(session)[0].startswith("staff_u:staff_r:container_t:s0:c")


def test_containers_that_share_ipc_or_pid_share_their_label(session) -> None:
    first = insert(session, "a" * 64).security
    other = NamespaceMode(kind="container", value="a" * 64)
    assert labelled(session, ipc_mode=other) == (first.process_label, first.mount_label)
    assert labelled(session, pid_mode=other) == (first.process_label, first.mount_label)
    assert labelled(session)[0] != first.process_label


def test_members_of_a_pod_have_its_label(session, monkeypatch) -> None:
    monkeypatch.setattr("pods.infra.pause_root", lambda _session: "/pause")
    pod = PodSpec(name="p", security=Security(label_options=("type:my_t",)))
    infra_fields = infra_spec(session, "p" * 64, pod, "")
    assert infra_fields.security.cap_drop == ("all",)
    infra = with_labels(session, infra_fields)
    columns = {"spec": format_json(infra.to_dict()), "pod_id": "p" * 64, "is_infra": 1}
    insert_container(session, "a" * 64, **columns)
    assert infra.security.process_label.startswith("system_u:system_r:my_t:s0:c")
    assert labelled(session, pod_id="p" * 64) == (infra.security.process_label, infra.security.mount_label)
    level = infra.security.mount_label.split(":", 3)[3]
    member = labelled(session, pod_id="p" * 64, security=Security(label_options=("type:other_t",)))
    assert member[0] == f"system_u:system_r:other_t:{level}"


def labelled_file(path) -> str:
    os.makedirs(path)
    try:
        os.setxattr(path, ATTRIBUTE, OLD.encode() + b"\0")
    except PermissionError:
        pytest.skip("only root may set labels")
    return str(path)


SPEC = ContainerSpec(image="i", pod_id="p" * 64, security=Security(mount_label=LABEL))


@pytest.mark.parametrize(("options", "wanted"), [((), OLD), (("z",), SHARED), (("Z",), LABEL)], ids=["plain", "z", "Z"])
def test_binds_are_labelled_only_when_asked(session, tmp_path, options, wanted) -> None:
    source = labelled_file(tmp_path / "source")
    mount = Mount(kind="bind", source=source, target="/x", options=options)
    label_bind(session, SPEC, source, mount, in_build=False)
    assert label_of(source) == wanted


def test_what_the_engine_keeps_for_a_pod_or_a_build_is_labelled(session, tmp_path) -> None:
    mount = Mount(kind="bind", source="", target="/x")
    own = labelled_file(f"{session.paths.pod('p' * 64)}/volumes/v")
    label_bind(session, SPEC, own, mount, in_build=False)
    assert label_of(own) == LABEL
    cache = labelled_file(f"{session.paths.root}/cache")
    label_bind(session, SPEC, cache, mount, in_build=False)
    assert label_of(cache) == OLD
    label_bind(session, SPEC, cache, mount, in_build=True)
    assert label_of(cache) == SHARED


def test_a_volume_is_labelled_until_somebody_has_chosen_its_label(session, tmp_path) -> None:
    labelled_file(tmp_path / "v")
    volume = labelled_file(tmp_path / "v/_data")
    mount = Mount(kind="volume", source="v", target="/x")
    label_volume(SPEC, volume, mount)
    assert label_of(volume) == SHARED
    os.setxattr(volume, ATTRIBUTE, b"mine\0")
    label_volume(SPEC, volume, mount)
    assert label_of(volume) == "mine"
    label_volume(SPEC, volume, mount.replace(options=("Z",)))
    assert label_of(volume) == LABEL


def test_files_of_the_engine_are_labelled_and_those_of_others_are_shared(session, tmp_path) -> None:
    own = labelled_file(f"{session.paths.bundle('a' * 64)}/hosts")
    others = labelled_file(f"{session.paths.bundle('b' * 64)}/hosts")
    hosts = labelled_file(tmp_path / "localtime")
    mounts = [RuntimeMount(kind="bind", source=source, target="/x") for source in (own, others, hosts)]
    label_own_files(session, SPEC, "a" * 64, mounts)
    assert [label_of(path) for path in (own, others, hosts)] == [LABEL, SHARED, OLD]
