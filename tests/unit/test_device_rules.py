"""--device-cgroup-rule: what cgroup v1's devices.allow takes, as a rule of the runtime spec."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from cli.output.podman_words import podman_message
from cli.specs.container import container_spec
from pycman.errors import InvalidInput, Unsupported
from pycman.spec.resources import parse_device_rule
from tests.support.calls import call_of


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("c 10:200 rwm", {"type": "c", "major": 10, "minor": 200, "access": "rwm"}),
        ("b 7:* r", {"type": "b", "major": 7, "access": "r"}),
        ("a 7 rw", {"type": "a", "major": 7, "access": "rw"}),
        ("a *:* m", {"type": "a", "access": "m"}),
    ],
)
def test_rules(text: str, rule: dict[str, Any]) -> None:
    assert parse_device_rule(text) == {"allow": True, **rule}


@pytest.mark.parametrize(
    ("text", "problem", "podmans"),
    [
        (
            "banana",
            "not a device rule",
            'invalid device cgroup rule requires type, major:Minor, and access rules: "banana"',
        ),
        (
            "b 7:2",
            "not a device rule",
            'invalid device cgroup rule requires type, major:Minor, and access rules: "b 7:2"',
        ),
        (
            "b 1:2:3 r",
            "not a device rule",
            'invalid device cgroup rule requires type, major:Minor, and access rules: "b 1:2:3 r"',
        ),
        ("x 7:* r", "not a type of devices", "invalid device type in device-access-add: x"),
        ("b 7:* rX", "not an access to devices", "invalid device access in device-access-add: X"),
        ("a a:* r", "not a device number", 'strconv.ParseUint: parsing "a": invalid syntax'),
    ],
)
def test_what_is_no_rule(text: str, problem: str, podmans: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_device_rule(text)
    assert refused.value.problem == problem
    assert podman_message(refused.value, "run") == podmans


@pytest.mark.parametrize("rootless", [True, False])
def test_podman_refuses_rules_that_ordinary_users_cannot_have(rootless: bool, monkeypatch) -> None:
    call = call_of("--device-cgroup-rule", "c 1:3 r", "i", program="podman")
    monkeypatch.setattr(type(call), "engine", SimpleNamespace(session=SimpleNamespace(rootless=rootless)))
    if rootless:
        with pytest.raises(Unsupported, match="rules of devices"):
            container_spec(call)
    else:
        assert container_spec(call).resources.device_cgroup_rules == ("c 1:3 r",)
