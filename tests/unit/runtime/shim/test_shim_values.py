"""Names, addresses and options of shims, and a log's records: what is pure."""

from __future__ import annotations

import os

import pytest

from pycman.errors import InvalidInput, RuntimeFailed, Unsupported
from pycman.jsontext import format_json
from pycman.runtime.monitor import Monitor
from pycman.runtime.oci_runtimes import is_shim, shim_program
from pycman.runtime.shim.journal import entry
from pycman.runtime.shim.log_writer import LogWriter, records
from pycman.runtime.shim.messages import TABLE
from pycman.runtime.shim.options import create_options
from pycman.runtime.shim.protobuf import decode
from pycman.runtime.shim.start_shim import parse_start
from pycman.runtime.shim.task_client import refusal


@pytest.mark.parametrize(
    ("name", "program"),
    [
        ("io.containerd.runc.v2", "containerd-shim-runc-v2"),
        ("io.containerd.runsc.v1", "containerd-shim-runsc-v1"),
        ("io.containerd.kata-qemu.v2", "containerd-shim-kata-qemu-v2"),
        ("com.example.own.v1", "containerd-shim-own-v1"),
        ("crun", ""),
        ("aws.firecracker", "containerd-shim-aws-firecracker"),
        ("..x", ""),
    ],
)
def test_the_program_of_a_name(name, program):
    assert shim_program(name) == program
    assert not program or is_shim(f"/usr/bin/{program}")


def test_other_programs_are_no_shims():
    assert not is_shim("/usr/bin/crun")
    assert not is_shim("/opt/containerd-shim-/runc")


def test_an_address_alone_and_in_json():
    old = parse_start("s", b"unix:///run/containerd/s/abc\n")
    assert (old.address, old.version) == ("unix:///run/containerd/s/abc", 2)
    new = parse_start("s", b'{"version":3,"address":"unix:///run/x","protocol":"ttrpc"}')
    assert (new.address, new.version) == ("unix:///run/x", 3)


@pytest.mark.parametrize(
    "said", ['{"version":3,"address":"unix:///x","protocol":"grpc"}', '{"version":4,"address":"unix:///x"}']
)
def test_a_protocol_that_we_do_not_speak_is_named(said):
    with pytest.raises(Unsupported, match=r"it speaks .* of version"):
        parse_start("s", said.encode())


@pytest.mark.parametrize("said", ["", "tcp://1.2.3.4", "{}", '{"version":2,"address":"/x"}'])
def test_what_is_no_address_is_refused(said):
    with pytest.raises(RuntimeFailed):
        parse_start("s", said.encode())


def monitor(bundle, **values):
    return Monitor(
        container_id="c", name="c", bundle=str(bundle), pid_file="p", conmon_pid_file="q", exit_dir="e", persist_dir="d", **values
    )  # fmt: skip


def test_options_of_runc_come_from_the_container_and_from_flags(tmp_path):
    config = {
        "process": {"user": {"uid": 5, "gid": 7}},
        "linux": {"uidMappings": [{"containerID": 0, "hostID": 1000, "size": 10}], "gidMappings": []},
    }
    (tmp_path / "config.json").write_text(format_json(config))
    made = create_options(
        "containerd-shim-runc-v2", "/root-of-it", ("--binary-name=crun", "--no-pivot-root"), monitor(tmp_path, keyring=False),
        by_systemd=True,
    )  # fmt: skip
    assert made["type_url"] == "containerd.runc.v1.Options"
    assert decode(TABLE, "runc.Options", made["value"]) == {
        "no_pivot_root": True, "no_new_keyring": True, "shim_cgroup": "", "io_uid": 1005, "io_gid": 7, "binary_name": "crun",
        "root": "/root-of-it", "systemd_cgroup": True,
    }  # fmt: skip


def test_options_of_other_shims_are_a_file(tmp_path):
    assert create_options("containerd-shim-kata-v2", "/r", (), monitor(tmp_path), by_systemd=False) == {}
    made = create_options(
        "containerd-shim-kata-v2", "/r", ("--config-path=/etc/k.toml",), monitor(tmp_path), by_systemd=False
    )
    assert made["type_url"] == "runtimeoptions.v1.Options"
    assert decode(TABLE, "runtimeoptions.Options", made["value"])["config_path"] == "/etc/k.toml"


@pytest.mark.parametrize("flag", ["--debug", "--binary-name", "--systemd-cgroup=yes", "--config-path=/x"])
def test_a_flag_that_a_shim_does_not_have_is_refused(tmp_path, flag):
    with pytest.raises(InvalidInput, match="no such option"):
        create_options("containerd-shim-runc-v2", "/r", (flag,), monitor(tmp_path), by_systemd=False)


def test_what_a_shim_says_is_told_as_what_an_oci_runtime_says():
    text = 'OCI runtime create failed: runc create failed: unable to start container process: exec: "nosuch": executable file not found in $PATH: unknown'
    error = refusal("io.containerd.runc.v2", text, 2, command="nosuch")
    assert (error.exit_status, error.subject) == (127, "nosuch")
    assert error.facts["said"].endswith("in $PATH")
    assert type(refusal("s", "task c: not found", 5)).__name__ == "UnknownToRuntime"


def test_records_of_a_log():
    at = 1_700_000_000_000_000_007
    head = b"2023-11-14T22:13:20.000000007+00:00 stdout "
    assert records("stdout", b"a\nb\n", at) == [head + b"F a\n", head + b"F b\n"]
    assert records("stdout", b"a\n\npart", at) == [head + b"F a\n", head + b"F \n", head + b"P part\n"]


def test_a_log_begins_anew_above_its_size_and_is_opened_again(tmp_path):
    path = str(tmp_path / "ctr.log")
    log = LogWriter(path, 200)
    for number in range(10):
        log.write("stdout", b"line %d\n" % number)
        assert os.path.getsize(path) <= 200
    assert (tmp_path / "ctr.log").read_bytes().endswith(b"line 9\n")
    log.write("stdout", b"x\n" * 100)
    assert os.path.getsize(path) <= 200
    os.rename(path, f"{path}.1")
    log.reopen()
    log.write("stderr", b"after\n")
    log.close()
    assert (tmp_path / "ctr.log").read_bytes().endswith(b"stderr F after\n")
    assert os.listdir(tmp_path) != ["ctr.log"]
    assert b"after" not in (tmp_path / "ctr.log.1").read_bytes()


def test_an_entry_of_the_journal():
    fields = {"CONTAINER_NAME": "c", "BAD": "two\nlines"}
    made = entry(fields, "stderr", b"text", partial=True)
    assert made == (b"CONTAINER_NAME=c\nPRIORITY=3\nCONTAINER_PARTIAL_MESSAGE=true\nMESSAGE\n\x04\0\0\0\0\0\0\0text\n")
