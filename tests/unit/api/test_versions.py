"""Answers have the fields of the version of the API that a client has asked for, and none of podman's."""

from __future__ import annotations

from typing import Any

import pytest

from api_server.http.request import Request
from api_server.streams.events import _form
from api_server.translate import versions


def container() -> dict[str, Any]:
    return {
        "Id": "0", "IsInfra": False, "State": {"Status": "running", "ConmonPid": 3}, "Mounts": [{"Type": "bind", "Options": []}],
        "Config": {"Env": [], "Umask": "0022", "OnBuild": None, "MacAddress": ""},
        "HostConfig": {"LogConfig": {"Type": "json-file", "Config": {}, "Size": "0B"}, "CgroupMode": "private", "KernelMemory": 0},
        "NetworkSettings": {"IPAddress": "10.0.0.2", "Ports": {}, "Networks": {"n": {"DNSNames": ["a"], "GwPriority": 0}}},
    }  # fmt: skip


def test_a_container_has_dockers_fields_of_the_version() -> None:
    old, middle, new = (versions.container_of(container(), (1, minor)) for minor in (41, 47, 52))
    assert set(old) == {"Id", "State", "Mounts", "Config", "HostConfig", "NetworkSettings"}
    assert (old["State"], old["Mounts"]) == ({"Status": "running"}, [{"Type": "bind"}])
    assert old["HostConfig"] == {"LogConfig": {"Type": "json-file", "Config": {}}, "KernelMemory": 0}
    assert "KernelMemory" not in middle["HostConfig"]
    assert [set(each["NetworkSettings"]["Networks"]["n"]) for each in (old, middle, new)] == [
        set(),
        {"DNSNames"},
        {"DNSNames", "GwPriority"},
    ]
    assert set(middle["NetworkSettings"]) == {"IPAddress", "Ports", "Networks"}
    assert set(new["NetworkSettings"]) == {"IPAddress", "Ports", "Networks"}
    assert (set(middle["Config"]), set(new["Config"])) == ({"Env", "OnBuild", "MacAddress"}, {"Env"})


def test_an_image_loses_what_is_of_containers_and_what_is_empty() -> None:
    image = {
        "Id": "0",
        "VirtualSize": 1,
        "Parent": "",
        "NamesHistory": [],
        "Config": {"Cmd": None, "Hostname": "", "Env": ["A=b"]},
    }
    assert versions.image_of(image, (1, 43)) == {
        "Id": "0",
        "VirtualSize": 1,
        "Parent": "",
        "Config": {"Cmd": None, "Hostname": "", "Env": ["A=b"]},
    }
    assert versions.image_of(image, (1, 52)) == {"Id": "0", "Config": {"Env": ["A=b"]}}


def test_use_of_the_disk_is_lists_then_both_then_sums() -> None:
    value = {
        "LayersSize": 100, "Images": [{"Containers": 1, "Size": 60}, {"Containers": 0, "Size": 50}], "BuildCache": [],
        "Containers": [{"State": "exited", "SizeRw": 7}],
        "Volumes": [{"Name": "v", "UsageData": {"Size": 5, "RefCount": 1}}],
    }  # fmt: skip
    assert versions.disk_usage_of(value, (1, 51), verbose=False) == value
    both = versions.disk_usage_of(value, (1, 52), verbose=False)
    sums = {name: each for name, each in both.items() if name.endswith("Usage")}
    assert both == {**value, **sums}
    assert sums["ImageUsage"] == {"ActiveCount": 1, "TotalCount": 2, "TotalSize": 100, "Reclaimable": 40}
    assert sums["ContainerUsage"] == {"ActiveCount": 0, "TotalCount": 1, "TotalSize": 7, "Reclaimable": 7}
    assert sums["VolumeUsage"] == {"ActiveCount": 1, "TotalCount": 1, "TotalSize": 5, "Reclaimable": 0}
    whole = versions.disk_usage_of(value, (1, 53), verbose=True)
    assert whole["ContainerUsage"]["Items"] == value["Containers"]
    assert "Items" not in whole["BuildCacheUsage"]
    assert set(whole) == set(sums)


def test_events_of_images_have_whole_ids() -> None:
    event = {"status": "tag", "id": "0" * 64, "Type": "image", "Action": "tag", "Actor": {"ID": "0" * 64}}
    whole = f"sha256:{'0' * 64}"
    assert versions.event_of(event) == {**event, "id": whole, "Actor": {"ID": whole}}


@pytest.mark.parametrize(
    ("accept", "minor", "content_type"),
    [
        ("", 55, "application/json"),
        ("application/jsonl", 53, "application/jsonl"),
        ("application/jsonl", 52, "application/json"),
        ("text/plain, application/x-ndjson;q=1", 52, "application/x-ndjson"),
        ("application/json-seq", 52, "application/json-seq"),
        ("application/json-seq", 51, "application/json"),
    ],
)
def test_events_come_in_the_form_that_is_accepted(accept: str, minor: int, content_type: str) -> None:
    request = Request(method="GET", path="/events", headers={"accept": accept}, version=(1, minor))
    assert _form(request) == (content_type, b"\x1e" if content_type.endswith("-seq") else b"")
