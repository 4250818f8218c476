"""-v, --mount, --tmpfs, --device, --secret and --gpus as mounts and devices (docker run's reference; podman-run(1))."""

from __future__ import annotations

import os

import pytest

from cli.specs.mounts import (
    mounts_and_devices,
    parse_cdi_devices,
    parse_device,
    parse_mount,
    parse_secret,
    parse_tmpfs,
    parse_volume,
)
from pycman.errors import InvalidInput
from pycman.spec.mount import Device, Mount, SecretUse
from tests.support.calls import call_of


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("/data", Mount(kind="volume", target="/data")),
        ("/data:ro", Mount(kind="volume", target="/data", read_only=True)),
        ("name:/data", Mount(kind="volume", source="name", target="/data")),
        ("/src:/data", Mount(kind="bind", source="/src", target="/data", create_source=True)),
        ("/src:/data:ro", Mount(kind="bind", source="/src", target="/data", create_source=True, read_only=True)),
        ("/src:/data:rw,z", Mount(kind="bind", source="/src", target="/data", create_source=True, options=("z",))),
        ("/src:/data:rslave", Mount(kind="bind", source="/src", target="/data", create_source=True, propagation="rslave")),
        ("name:/data:nocopy,U", Mount(kind="volume", source="name", target="/data", options=("nocopy", "U"))),
    ],
)  # fmt: skip
def test_volumes_are_binds_names_or_nameless(text: str, wanted: Mount) -> None:
    assert parse_volume(text) == wanted


def test_sources_may_begin_here_or_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert parse_volume("./a:/x").source == os.path.abspath("a")
    assert parse_volume("~/a:/x").source == "/home/me/a"


@pytest.mark.parametrize(
    "text", ["", ":", "a", "a:b", "a:b:ro", ":/x", "/a:/b:", "/a:/b:/c", "/a:/b:ro:z", "/a:/b:sometimes", "/a::/b"]
)
def test_what_is_no_volume_is_one_line_that_names_it(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_volume(text)
    assert caught.value.subject == f"-v {text}"
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("target=/d", Mount(kind="volume", target="/d")),
        ("type=volume,src=n,dst=/d", Mount(kind="volume", source="n", target="/d")),
        ("type=volume,source=n,destination=/d,readonly", Mount(kind="volume", source="n", target="/d", read_only=True)),
        ("type=bind,source=/s,target=/d", Mount(kind="bind", source="/s", target="/d")),
        ("type=bind,source=/s,target=/d,readonly=true", Mount(kind="bind", source="/s", target="/d", read_only=True)),
        ("type=bind,source=/s,target=/d,ro=1", Mount(kind="bind", source="/s", target="/d", read_only=True)),
        ("type=bind,source=/s,target=/d,ro=0", Mount(kind="bind", source="/s", target="/d")),
        ("type=bind,source=/s,target=/d,rw", Mount(kind="bind", source="/s", target="/d")),
        ("type=bind,source=/s,target=/d,bind-propagation=rshared",
         Mount(kind="bind", source="/s", target="/d", propagation="rshared")),
        ("type=bind,source=/s,target=/d,bind-recursive=disabled", Mount(kind="bind", source="/s", target="/d", options=("bind",))),
        ("type=bind,source=/s,target=/d,relabel=shared", Mount(kind="bind", source="/s", target="/d", options=("z",))),
        ("type=bind,source=/s,target=/d,bind-create-src", Mount(kind="bind", source="/s", target="/d", create_source=True)),
        ("type=tmpfs,target=/d,tmpfs-size=64m,tmpfs-mode=1770",
         Mount(kind="tmpfs", target="/d", options=(f"size={64 << 20}", "mode=1770"))),
        ("type=volume,source=n,target=/d,volume-nocopy,volume-driver=local,volume-opt=type=nfs,volume-label=a=b,volume-subpath=s",
         Mount(kind="volume", source="n", target="/d", options=("nocopy",), volume_driver="local",
               volume_options={"type": "nfs"}, volume_labels={"a": "b"}, subpath="s")),
        ('type=volume,source=n,target=/d,"volume-opt=o=a,b"',
         Mount(kind="volume", source="n", target="/d", volume_options={"o": "a,b"})),
        ("type=image,source=i:1,target=/d,image-subpath=s", Mount(kind="image", source="i:1", target="/d", subpath="s")),
        ("type=glob,source=/s/*", Mount(kind="glob", source="/s/*", target="")),
    ],
)  # fmt: skip
def test_mounts_have_dockers_and_podmans_keys(text: str, wanted: Mount) -> None:
    assert parse_mount(text) == wanted


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("type=bind,source=/s", "needs a target"),
        ("type=bind,target=/d", "needs a source"),
        ("type=bind,source=/s,target=d", "absolute"),
        ("type=nfs,target=/d", "unknown type 'nfs'"),
        ("type=tmpfs,source=/s,target=/d", "has no source"),
        ("type=bind,source=/s,target=/d,colour=red", "unknown key 'colour'"),
        ("type=tmpfs,target=/d,tmpfs-size=big", "not a size"),
        ("type=bind,source=/s,target=/d,readonly=yes", "readonly is neither true nor false"),
        ("type=bind,source=/s,target=/d,readonly=", "readonly is neither true nor false"),
        ("type=bind,source=/s,target=/d,bind-propagation=sideways", "not a value of propagation: sideways"),
        ("type=bind,source=/s,target=/d,bind-recursive=often", "not a value of recursive: often"),
        ("type=bind,source=/s,target=/d,relabel=ours", "not a value of relabel: ours"),
    ],
)
def test_what_is_no_mount_is_one_line_that_says_why(text: str, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_mount(text)
    assert says in str(caught.value)
    assert text in caught.value.subject


def test_a_tmpfs_has_options_of_mount() -> None:
    assert parse_tmpfs("/t") == Mount(kind="tmpfs", target="/t")
    assert parse_tmpfs("/t:rw,size=64m,mode=1770") == Mount(
        kind="tmpfs", target="/t", options=("size=64m", "mode=1770")
    )
    assert parse_tmpfs("/t:ro").read_only
    with pytest.raises(InvalidInput):
        parse_tmpfs("t:size=1m")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("/dev/a", ("/dev/a", "/dev/a", "rwm")), ("/dev/a:/dev/b", ("/dev/a", "/dev/b", "rwm")), ("/dev/a:r", ("/dev/a", "/dev/a", "r")),
        ("/dev/a:/dev/b:rw", ("/dev/a", "/dev/b", "rw")), ("/dev/a::m", ("/dev/a", "/dev/a", "m")),
    ],
)  # fmt: skip
def test_devices_have_a_place_and_permissions(text: str, wanted: tuple) -> None:
    host, inside, permissions = wanted
    assert parse_device(text) == Device(host_path=host, container_path=inside, permissions=permissions)


@pytest.mark.parametrize("text", ["", "a", "/dev/a:b", "/dev/a:/dev/b:rx", "/dev/a:/dev/b:", "/dev/a:/dev/b:r:w"])
def test_what_is_no_device_is_an_error(text: str) -> None:
    with pytest.raises(InvalidInput, match="not a device"):
        parse_device(text)


@pytest.mark.parametrize(
    ("gpus", "names"),
    [("all", ["all"]), ("2", ["0", "1"]), ("0", []), ("device=GPU-1,3", ["GPU-1", "3"]), ('"device=1,2"', ["1", "2"])],
)
def test_gpus_are_devices_of_cdi(gpus: str, names: list[str]) -> None:
    assert parse_cdi_devices([], [gpus]) == tuple(f"nvidia.com/gpu={name}" for name in names)


@pytest.mark.parametrize("gpus", ["some", "-1", "²", "99999999999"])
def test_what_are_no_gpus_is_an_error(gpus: str) -> None:
    with pytest.raises(InvalidInput, match="not GPUs"):
        parse_cdi_devices([], [gpus])


@pytest.mark.parametrize(
    ("text", "use", "in_environment"),
    [
        ("s", SecretUse(name="s"), False),
        ("s,type=env,target=S", SecretUse(name="s", kind="env", target="S"), True),
        ("s,uid=1,gid=2,mode=0400", SecretUse(name="s", uid=1, gid=2, mode=0o400), False),
        ("source=s,target=/x", SecretUse(name="s", target="/x"), False),
    ],
)
def test_secrets_are_files_or_variables(text: str, use: SecretUse, in_environment: bool) -> None:
    assert parse_secret(text) == (use, in_environment)


@pytest.mark.parametrize("text", ["", "s,type=socket", "s,colour=red", "s,uid=x", "s,mode=9", "type=env"])
def test_what_is_no_secret_is_an_error(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_secret(text)
    assert caught.value.subject == f"--secret {text}"


def test_the_same_volume_twice_is_one_to_podman() -> None:
    twice = ("-v", "v:/x", "-v", "v:/x", "-v", "w:/x", "image")
    assert [mount.source for mount in mounts_and_devices(call_of(*twice, program="podman"))["mounts"]] == ["v", "w"]
    assert len(mounts_and_devices(call_of(*twice))["mounts"]) == 3
    tmpfs = call_of("--tmpfs", "/t", "--tmpfs", "/t", "--tmpfs", "/t:ro", "image", program="podman")
    assert len(mounts_and_devices(tmpfs)["mounts"]) == 2
