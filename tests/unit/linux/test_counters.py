"""Counters as the kernel writes them."""

from __future__ import annotations

import os

from pycman.linux.counters import blkio_stat, io_stat, keyed, net_dev, own_groups, read_counters

V1 = """\
5:devices:/pycman/pycman-abc
4:memory:/pycman/pycman-abc
2:cpu,cpuacct:/pycman/pycman-abc/below
0::/
"""


def test_only_groups_of_the_container_itself_are_its_own():
    assert own_groups(V1, "pycman-abc") == dict.fromkeys(("devices", "memory", "cpu", "cpuacct"), "/pycman/pycman-abc")
    assert own_groups("0::/user.slice/session.scope\n", "pycman-abc") == {}
    assert own_groups("0::/pycman/pycman-abc\n", "pycman-abc") == {"": "/pycman/pycman-abc"}


def test_flat_keyed_files():
    assert keyed("usage_usec 12\nnr_periods 0\nname x\n") == {"usage_usec": 12, "nr_periods": 0}


def test_io_is_summed_over_devices():
    assert io_stat("8:0 rbytes=10 wbytes=20 rios=1\n8:16 rbytes=5 wbytes=1\n253:0 \n") == (15, 21)
    assert blkio_stat("8:0 Read 10\n8:0 Write 20\n8:0 Total 30\n8:16 Read 1\nTotal 31\n") == (11, 20)


def test_loopback_does_not_count_as_network():
    text = (
        "Inter-|   Receive   |  Transmit\n face |bytes packets |bytes packets\n"
        "    lo: 100 1 0 0 0 0 0 0 100 1 0 0 0 0 0 0\n  eth0: 7 1 0 0 0 0 0 0 9 1 0 0 0 0 0 0\n"
        "  eth1:1 1 0 0 0 0 0 0 2 1 0 0 0 0 0 0\n"
    )
    assert net_dev(text) == (8, 11)


def test_without_a_cgroup_of_its_own_the_processes_tell():
    found = read_counters(os.getpid(), "pycman-none")
    assert found.source == "processes"
    assert found.memory_bytes > 1 << 20
    assert found.memory_limit_bytes > found.memory_bytes
    assert found.pids >= 1
    assert (found.net_received_bytes, found.net_sent_bytes) == (None, None)


def test_a_process_that_is_gone_has_nothing():
    assert read_counters(2**22 + 5, "pycman-none").source == "none"
