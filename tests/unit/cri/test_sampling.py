"""What is kept between two calls: rates of CPU time, and sizes of layers."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from cri_server.stats import layers, sampler
from cri_server.stats.interfaces import network_usage
from cri_server.stats.layers import Layers
from cri_server.stats.sampler import Sampler
from pycman.linux.cgroup.container_usage import InterfaceCounters

SECOND = 10**9


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The time in seconds, by both clocks."""
    now = [100]
    for name in ("time_ns", "monotonic_ns"):
        monkeypatch.setattr(sampler.time, name, lambda: now[0] * SECOND)
    return now


def test_the_first_rate_is_since_the_start_and_the_next_since_the_first(clock: list[int]) -> None:
    found = Sampler()
    assert found.nano_cores("a", 5 * SECOND, 90 * SECOND) == SECOND // 2
    clock[0] += 10
    assert found.nano_cores("a", 25 * SECOND, 90 * SECOND) == 2 * SECOND


def test_who_asks_at_the_same_time_gets_the_same_rate(clock: list[int]) -> None:
    found = Sampler()
    found.nano_cores("a", 5 * SECOND, 90 * SECOND)
    clock[0] += 10
    assert [found.nano_cores("a", usage * SECOND, 90 * SECOND) for usage in (10, 11)] == [SECOND // 2] * 2


def test_a_restart_begins_anew(clock: list[int]) -> None:
    found = Sampler()
    found.nano_cores("a", 50 * SECOND, 50 * SECOND)
    clock[0] += 10
    assert found.nano_cores("a", 2 * SECOND, 108 * SECOND) == SECOND


def test_what_is_not_asked_for_any_more_is_forgotten(clock: list[int]) -> None:
    found = Sampler()
    for name in ("a", "b"):
        found.nano_cores(name, 1, 0)
        found.group({"id": name, "pid": os.getpid(), "pid_start": 1})
        clock[0] += 601
    found.nano_cores("b", 1, 0)
    found.forget()
    assert [list(each) for each in (found._samples, found._groups)] == [["b"], []]


def test_a_layer_has_bytes_and_inodes_each_counted_once(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below/file").write_bytes(b"x" * 10_000)
    os.link(tmp_path / "below/file", tmp_path / "again")
    os.symlink("nowhere", tmp_path / "link")
    found = Layers().uses([str(tmp_path), f"{tmp_path}/nosuch"])
    use = found[str(tmp_path)].use
    assert use.inodes == 4
    assert 10_000 <= use.allocated_bytes < 100_000
    assert use.file_bytes == 10_000 + len("nowhere")
    assert found[f"{tmp_path}/nosuch"].use.inodes == 0


def test_a_layer_is_not_walked_again_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Layers()
    first = found.uses([str(tmp_path)])
    (tmp_path / "more").write_text("x")
    assert found.uses([str(tmp_path)]) == first
    later = time.monotonic() + 100
    monkeypatch.setattr(layers.time, "monotonic", lambda: later)
    assert found.uses([str(tmp_path)])[str(tmp_path)].use.inodes == 2


def test_a_long_walk_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    gate = threading.Event()

    def slow(path: str) -> object:
        gate.wait(60)
        return real(path)

    real = layers.tree_use
    monkeypatch.setattr(layers, "tree_use", slow)
    found = Layers()
    assert found.uses([str(tmp_path)]) == {}
    gate.set()
    assert str(tmp_path) in found.uses([str(tmp_path)])


def test_the_pods_interface_is_the_one_that_cni_made() -> None:
    message = network_usage([InterfaceCounters(name=name, received_bytes=1) for name in ("net1", "eth0")], 5)
    assert message.default_interface.name == "eth0"
    assert [interface.name for interface in message.interfaces] == ["net1"]
    assert not network_usage([InterfaceCounters(name="net1")], 5).HasField("default_interface")
