"""Warnings under podman's name: plain lines or lines of its log, as scripts look for them."""

from __future__ import annotations

import pytest

from cli.output.podman_warnings import podman_warning

_PORTS = 'Port mappings have been discarded because "host" network namespace mode does not support them'
_STOPPED = "StopSignal SIGTERM failed to stop container web in 10 seconds, resorting to SIGKILL"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("published ports are discarded with --network=host", _PORTS),
        (
            "--kernel-memory: kernels have no such limit any more",
            "The --kernel-memory flag is no longer supported. This flag is a noop.",
        ),
        (
            "limits are ignored: ordinary users have no cgroups of version 1",
            "Resource limits are not supported and ignored on cgroups V1 rootless systems",
        ),
        ("limits are ignored: no cgroups are mounted", "Warning: limits are ignored: no cgroups are mounted"),
    ],
    ids=["ports", "kernel-memory", "cgroups v1", "other"],
)
def test_plain_warnings(text: str, line: str) -> None:
    assert podman_warning(text, 0) == line


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("web: it did not end within 10 seconds of SIGTERM and was killed", _STOPPED),
        (
            "--oom-score-adj=-9: ordinary users cannot go below their own, it is 3",
            "Requested oom_score_adj=-9 is lower than the current one, changing to 3",
        ),
        (
            "app:1: in use by container web (remove it first)",
            "image used by web: image is in use by a container: app:1 is kept",
        ),
    ],
    ids=["killed", "oom", "image in use"],
)
def test_warnings_of_its_log(text: str, message: str) -> None:
    line = podman_warning(text, 1_700_000_000)
    assert line.startswith('time="2023-11-1')
    assert line.endswith(f' level=warning msg="{message}"')
