"""What systemd is to know of a container's scope: how it is ended when the host goes down, and that nothing is left of it."""

from __future__ import annotations

import pytest

from pycman.spec.annotations import scope_annotations, steers_runtime

P = "org.systemd.property."


@pytest.mark.parametrize(
    ("signal", "timeout_s", "expected"),
    [
        ("", None, {}),
        ("SIGQUIT", 10, {"KillSignal": "3", "TimeoutStopUSec": "uint64 10000000"}),
        ("RTMIN+3", 0, {"KillSignal": "37", "TimeoutStopUSec": "uint64 1000000"}),
        ("15", -1, {"KillSignal": "15"}),
        ("", 2**40, {}),
    ],
)
def test_a_host_that_goes_down_ends_a_container_as_stop_does(
    signal: str, timeout_s: int | None, expected: dict[str, str]
) -> None:
    found = scope_annotations(signal, timeout_s)
    assert found == {
        f"{P}CollectMode": "'inactive-or-failed'",
        **{f"{P}{name}": text for name, text in expected.items()},
    }
    assert all(steers_runtime(key) for key in found)
