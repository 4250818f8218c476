"""What is kept of a CNI attachment, whenever its writer or the machine stops."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pycman.jsontext import format_json
from pycman.network.cni import invoke, records
from pycman.network.cni.conf import NetworkList, parse_network
from pycman.network.cni.invoke import CniHost
from pycman.network.cni.request import Attachment

PLUGIN = """#!/bin/sh
cat >/dev/null
echo "$CNI_COMMAND $(ls {folder}/records | grep -c 'json$')" >>{folder}/called
[ "$CNI_COMMAND" != ADD ] || echo '{{"cniVersion": "1.0.0", "ips": [{{"address": "10.0.0.2/24"}}]}}'
"""


@pytest.fixture
def host(tmp_path: Path) -> CniHost:
    (tmp_path / "plugins").mkdir()
    for name in ("first", "second"):
        (tmp_path / "plugins" / name).write_text(PLUGIN.format(folder=tmp_path))
        (tmp_path / "plugins" / name).chmod(0o755)
    return CniHost(plugin_folders=(str(tmp_path / "plugins"),), records_folder=str(tmp_path / "records"), timeout_s=60)


def network() -> NetworkList:
    plugins = [{"type": "first"}, {"type": "second"}]
    return parse_network(format_json({"cniVersion": "1.0.0", "name": "n", "plugins": plugins}).encode(), subject="n")


def attachment(folder: Path) -> Attachment:
    return Attachment(container_id="c", netns=f"{folder}/ns", interface="eth0")


def the_file(folder: Path) -> Path:
    return folder / "records/c@n@eth0.json"


def test_an_attachment_waits_for_the_disk_before_its_plugins_and_not_after_them(host, tmp_path, monkeypatch) -> None:
    waits: list[list[str]] = []
    called = tmp_path / "called"

    def note(descriptor: int) -> None:
        waits.append(called.read_text().splitlines() if called.exists() else [])
        fsync(descriptor)

    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", note)
    invoke.add(host, network(), attachment(tmp_path))
    assert waits == [[], []]  # the file and its name
    assert called.read_text() == "ADD 1\nADD 1\n"
    (record,) = invoke.attachments(host, "c")
    assert (record.complete, record.result["ips"]) == (True, [{"address": "10.0.0.2/24"}])
    invoke.delete_all(host, "c")
    assert called.read_text() == "ADD 1\nADD 1\nDEL 1\nDEL 1\n"
    assert os.listdir(tmp_path / "records") == []


@pytest.mark.parametrize("lines", [1, 2, 3])
@pytest.mark.parametrize(
    "end", [b"", b'{"complete": true, "resu', b"\0\0\0\0\n", b"[]\n"], ids=["whole", "cut", "zeros", "list"]
)
def test_of_a_record_that_was_not_written_to_its_end_the_beginning_counts(
    host, tmp_path, lines: int, end: bytes
) -> None:
    invoke.add(host, network(), attachment(tmp_path))
    whole = the_file(tmp_path).read_bytes().splitlines(keepends=True)
    the_file(tmp_path).write_bytes(b"".join(whole[:lines]) + end)
    (record,) = invoke.attachments(host, "c")
    assert (record.complete, record.result is not None) == (lines == 3, lines > 1)
    assert record.network == network()
    invoke.delete_all(host, "c")
    assert os.listdir(tmp_path / "records") == []


def test_a_record_of_one_text_as_it_was_written_before_is_read(host, tmp_path) -> None:
    record = records.AttachmentRecord(
        network=network(), attachment=attachment(tmp_path), complete=True, result={"ips": []}
    )
    (tmp_path / "records").mkdir()
    the_file(tmp_path).write_text(format_json(record.to_dict()))
    assert invoke.attachments(host, "c") == [record]
