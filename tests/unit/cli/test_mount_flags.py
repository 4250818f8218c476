"""--volume, --mount, --tmpfs, --secret, --device: every form, and what is wrong with wrong ones."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.specs.mounts import parse_cdi_devices, parse_device, parse_mount, parse_secret, parse_tmpfs, parse_volume
from pycman.errors import InvalidInput
from pycman.spec.mount import Device, Mount, SecretUse


@pytest.mark.parametrize(
    ("text", "mount"),
    [
        ("/data", Mount(kind="volume", target="/data")),
        ("/data:ro", Mount(kind="volume", target="/data", read_only=True)),
        ("v:/data", Mount(kind="volume", source="v", target="/data")),
        ("v:/data:ro,nocopy", Mount(kind="volume", source="v", target="/data", read_only=True, options=("nocopy",))),
        ("/src:/data", Mount(kind="bind", source="/src", target="/data", create_source=True)),
        ("/src/../x:/data:rw,rshared,z",
         Mount(kind="bind", source="/x", target="/data", propagation="rshared", options=("z",), create_source=True)),
        ("./a:/data", Mount(kind="bind", source=os.path.abspath("a"), target="/data", create_source=True)),
    ],
)  # fmt: skip
def test_volumes(text: str, mount: Mount) -> None:
    assert parse_volume(text) == mount


@pytest.mark.parametrize(
    "text", ["", ":", "a:", ":/b", "v:data", "data", "a:/b:c:d", "v:/data:", "v:/data:nonsense", "v:ro"]
)
def test_wrong_volumes(text: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        parse_volume(text)
    assert wrong.value.subject == f"-v {text}"


@pytest.mark.parametrize(
    ("text", "mount"),
    [
        ("type=bind,src=/a,dst=/b,ro", Mount(kind="bind", source="/a", target="/b", read_only=True)),
        ("type=bind,source=/a,target=/b,readonly=false,bind-propagation=rslave",
         Mount(kind="bind", source="/a", target="/b", propagation="rslave")),
        ("type=bind,source=/a,target=/b,bind-recursive=disabled",
         Mount(kind="bind", source="/a", target="/b", options=("bind",))),
        ("target=/b", Mount(kind="volume", target="/b")),
        ("source=v,target=/b,volume-nocopy,volume-opt=o=size,volume-label=a=b,volume-driver=local",
         Mount(kind="volume", source="v", target="/b", options=("nocopy",), volume_driver="local",
               volume_options={"o": "size"}, volume_labels={"a": "b"})),
        ("type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=1777",
         Mount(kind="tmpfs", target="/t", options=("size=1048576", "mode=1777"))),
        ('type=bind,"source=/a,b",target=/b', Mount(kind="bind", source="/a,b", target="/b")),
        ("type=image,source=busybox,target=/b,image-subpath=bin",
         Mount(kind="image", source="busybox", target="/b", subpath="bin")),
        ("type=bind,src=/a,dst=/b,relabel=private,U=true,noexec",
         Mount(kind="bind", source="/a", target="/b", options=("U", "noexec", "Z"))),
    ],
)  # fmt: skip
def test_mounts(text: str, mount: Mount) -> None:
    assert parse_mount(text) == mount


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("type=nfs,target=/b", "unknown type 'nfs'"),
        ("type=bind,target=/b", "it needs a source"),
        ("type=bind,source=/a", "it needs a target"),
        ("type=bind,source=/a,target=b", "the target must be an absolute path"),
        ("type=tmpfs,source=/a,target=/b", "a tmpfs has no source"),
        ("type=tmpfs,target=/b,size=big", "not a size"),
        ("type=bind,source=/a,target=/b,colour=red", "unknown key 'colour'"),
        ("type=bind,source=/a,target=/b,readonly=yes", "readonly is neither true nor false"),
        ("type=bind,source=/a,target=/b,bind-propagation=far", "not a value of propagation: far"),
        ("type=bind,source=/a,target=/b,relabel=all", "not a value of relabel: all"),
        ("type=bind,source=/a,target=/b,bind-recursive=readonly", "not a value of recursive: readonly"),
        ("", "unknown key ''"),
    ],
)
def test_wrong_mounts(text: str, problem: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        parse_mount(text)
    assert problem in str(wrong.value)


@given(st.text(alphabet='atype=bindsourcl,/v:"', max_size=40))
def test_any_text_is_a_mount_or_a_clear_error(text: str) -> None:
    for parse in (parse_mount, parse_volume, parse_tmpfs, parse_secret, parse_device):
        try:
            parse(text)
        except InvalidInput as error:
            assert error.subject


def test_a_tmpfs() -> None:
    assert parse_tmpfs("/t") == Mount(kind="tmpfs", target="/t")
    assert parse_tmpfs("/t:ro,size=1m") == Mount(kind="tmpfs", target="/t", options=("size=1m",), read_only=True)
    with pytest.raises(InvalidInput, match="absolute"):
        parse_tmpfs("t")


def test_secrets() -> None:
    assert parse_secret("s") == (SecretUse(name="s"), False)
    assert parse_secret("source=s,target=/x,uid=5,gid=6,mode=0400") == (
        SecretUse(name="s", target="/x", uid=5, gid=6, mode=0o400), False,
    )  # fmt: skip
    assert parse_secret("s,type=env,target=S") == (SecretUse(name="s", kind="env", target="S"), True)


@pytest.mark.parametrize(
    "text",
    ["", "type=env", "s,type=file", "s,uid=root", "s,uid=-1", "s,mode=9", "s,mode=77777", "s,colour=red", "s,bare"],
)
def test_wrong_secrets(text: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        parse_secret(text)
    assert wrong.value.subject == f"--secret {text}"


def test_devices() -> None:
    assert parse_device("/dev/a") == Device(host_path="/dev/a", container_path="/dev/a")
    assert parse_device("/dev/a:r") == Device(host_path="/dev/a", container_path="/dev/a", permissions="r")
    assert parse_device("/dev/a:/dev/b:rw") == Device(host_path="/dev/a", container_path="/dev/b", permissions="rw")
    for text in ("a", "/dev/a:b", "/dev/a:/dev/b:", "/dev/a:/dev/b:x", "/dev/a:/b:r:w", ""):
        with pytest.raises(InvalidInput, match="not a device"):
            parse_device(text)


def test_devices_of_vendors() -> None:
    assert parse_cdi_devices(["/dev/a", "v.com/c=one"], ["2", "device=x,y"]) == (
        "v.com/c=one", "nvidia.com/gpu=0", "nvidia.com/gpu=1", "nvidia.com/gpu=x", "nvidia.com/gpu=y",
    )  # fmt: skip
    assert parse_cdi_devices([], ["all"]) == ("nvidia.com/gpu=all",)
    with pytest.raises(InvalidInput, match="not GPUs"):
        parse_cdi_devices([], ["some"])


@pytest.mark.parametrize(
    ("words", "options", "read_only"),
    [
        ("", (), False),
        (",rw=true", ("rw",), False),
        (",ro=false", ("rw",), False),
        (",ro", (), True),
        (",rw=false", (), True),
    ],
)
def test_an_image_is_only_writable_where_this_is_said(words: str, options: tuple[str, ...], read_only: bool) -> None:
    mount = parse_mount(f"type=image,source=i,target=/x{words}")
    assert (mount.options, mount.read_only) == (options, read_only)
