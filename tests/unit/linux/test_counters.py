"""The use of containers, by counters as the kernel writes them."""

from __future__ import annotations

import os

from pycman.linux.cgroup.container_usage import InterfaceCounters, net_dev, net_interfaces, read_counters


def test_loopback_does_not_count_as_network():
    text = (
        "Inter-|   Receive   |  Transmit\n face |bytes packets |bytes packets\n"
        "    lo: 100 1 0 0 0 0 0 0 100 1 0 0 0 0 0 0\n  eth0: 7 1 0 0 0 0 0 0 9 1 0 0 0 0 0 0\n"
        "  eth1:1 1 0 0 0 0 0 0 2 1 0 0 0 0 0 0\n"
    )
    assert net_dev(text) == (8, 11)
    assert [interface.name for interface in net_interfaces(text)] == ["eth0", "eth1"]


def test_every_counter_of_an_interface_has_its_column():
    (counters,) = net_interfaces("  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n")
    assert counters == InterfaceCounters(
        name="eth0", received_bytes=1, received_packets=2, received_errors=3, received_dropped=4,
        sent_bytes=9, sent_packets=10, sent_errors=11, sent_dropped=12,
    )  # fmt: skip


def test_without_a_cgroup_of_its_own_the_processes_are_counted():
    counters = read_counters(os.getpid(), "pycman-none")
    assert counters.source == "processes"
    assert counters.memory_bytes > 1 << 20
    assert counters.memory_limit_bytes > counters.memory_bytes
    assert counters.pids >= 1
    assert (counters.net_received_bytes, counters.net_sent_bytes) == (None, None)


def test_a_process_that_is_gone_has_nothing():
    assert read_counters(2**22 + 5, "pycman-none").source == "none"
