"""Devices of vendors by CDI: what their files ask for is in the container, root and rootless."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def vendor(pycman):
    """A folder for CDI files that containers.conf names, and a script that is a hook."""
    folder = pycman.folder / "cdi"
    folder.mkdir(mode=0o755)
    conf = pycman.folder / "containers.conf"
    conf.write_text(f'[engine]\ncdi_spec_dirs = ["{folder}"]\n')
    conf.chmod(0o644)
    pycman.env["CONTAINERS_CONF"] = str(conf)
    (pycman.folder / "driver").mkdir(mode=0o755)
    (pycman.folder / "driver/lib.so").write_text("library")
    return folder


def write(folder, name: str, content) -> None:
    (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))
    (folder / name).chmod(0o644)


def spec(pycman, **edits):
    return {
        "cdiVersion": "0.6.0",
        "kind": "vendor.example/gpu",
        "containerEdits": {
            "env": ["COMMON=yes"],
            "mounts": [
                {
                    "hostPath": str(pycman.folder / "driver"),
                    "containerPath": "/driver",
                    "options": ["ro", "nosuid", "bind"],
                }
            ],
        },
        "devices": [
            {
                "name": "zero",
                "containerEdits": {
                    "env": ["WHICH=zero"],
                    "deviceNodes": [{"path": "/dev/gpu0", "hostPath": "/dev/null"}],
                },
            },
            {"name": "other", "containerEdits": {"env": ["OTHER=1"], **edits}},
        ],
    }


def test_a_device_brings_nodes_variables_and_files(pycman, vendor) -> None:
    write(vendor, "vendor.json", spec(pycman))
    script = "ls -l /dev/gpu0; cat /driver/lib.so; echo; touch /driver/x; echo $COMMON $WHICH $OTHER"
    out = pycman("run", "--rm", "--device", "vendor.example/gpu=zero", "busybox:1", "sh", "-c", script + " 2>&1")
    lines = out.splitlines()
    assert lines[0].startswith("c")
    assert "library" in lines
    assert any("Read-only" in line for line in pycman("run", "--rm", "--device", "vendor.example/gpu=zero", "busybox:1",
                                                     "sh", "-c", "touch /driver/x 2>&1; true").splitlines())  # fmt: skip
    assert lines[-1].split() == ["yes", "zero"]
    both = ["--device", "vendor.example/gpu=zero", "--device", "vendor.example/gpu=other"]
    assert "yes zero 1" in pycman("run", "--rm", *both, "busybox:1", "sh", "-c", "echo $COMMON $WHICH $OTHER")


def test_yaml_files_and_updated_files_take_effect_at_the_next_start(pycman, vendor) -> None:
    text = "cdiVersion: 0.5.0\nkind: vendor.example/net\ndevices:\n- name: a\n  containerEdits: {env: [V=%s]}\n"
    write(vendor, "net.yaml", text % "one")
    pycman("create", "--name", "c", "--device", "vendor.example/net=a", "busybox:1", "sh", "-c", "echo $V")
    assert pycman("start", "-a", "c") == "one\n"
    write(vendor, "net.yaml", text % "two")
    assert pycman("start", "-a", "c") == "two\n"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "no file defines this device"),
        ({"a.json": "{nonsense"}, "a.json"),
        ({"a.yaml": "a: [b"}, "not YAML"),
        ({"a.json": {"kind": "vendor.example/gpu", "devices": [{"name": "x", "containerEdits": {"mounts": [{}]}}]}}, "malformed"),
        ({"a.json": {"kind": "vendor.example/gpu", "devices": [{"name": "x", "containerEdits": {"magic": 1}}]}}, "magic"),
        ({"a.json": {"kind": "vendor.example/gpu", "devices": [{"name": "x"}]},
          "b.json": {"kind": "vendor.example/gpu", "devices": [{"name": "x"}]}}, "both define it"),
    ],
)  # fmt: skip
def test_wrong_cdi_files_are_reported_and_nothing_is_left(pycman, vendor, files, said) -> None:
    for name, content in files.items():
        write(vendor, name, content)
    words = pycman.fails("run", "--rm", "--device", "vendor.example/gpu=x", "busybox:1", "true", status=125)
    assert said in words
    assert len(words.strip().splitlines()) == 1
    assert pycman("ps", "-aq") == ""


def test_gpus_are_cdi_devices_of_nvidia(pycman, vendor) -> None:
    gpu = [{"name": name, "containerEdits": {"env": [f"GPU_{name}=1"]}} for name in ("0", "1", "all")]
    write(vendor, "nvidia.json", {"cdiVersion": "0.6.0", "kind": "nvidia.com/gpu", "devices": gpu})
    for word, wanted in (
        ("all", "GPU_all"),
        ("2", "GPU_0 GPU_1"),
        ("device=1", "GPU_1"),
        ('"device=0,1"', "GPU_0 GPU_1"),
    ):
        out = pycman("run", "--rm", "--gpus", word, "busybox:1", "env")
        assert sorted(line.partition("=")[0] for line in out.splitlines() if line.startswith("GPU_")) == wanted.split()
    assert "not GPUs" in pycman.fails("run", "--rm", "--gpus", "many", "busybox:1", status=125)
