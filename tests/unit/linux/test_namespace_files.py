"""Facts of network namespaces and of the host in /proc and /sys."""

from __future__ import annotations

import ipaddress
import socket

import pytest

from pycman.linux.host_limits import has_huge_pages, memory_info
from pycman.linux.links import bound_udp_sockets, has_interface, set_sysctl


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_bound_socket_is_seen_until_it_is_closed(family: int, address: str) -> None:
    with socket.socket(family, socket.SOCK_DGRAM) as bound:
        bound.bind((address, 0))
        socket_address = (ipaddress.ip_address(address).packed, bound.getsockname()[1])
        assert socket_address in bound_udp_sockets()
    assert socket_address not in bound_udp_sockets()


def test_loopback_is_an_interface_and_a_name_of_nothing_is_none() -> None:
    assert has_interface("lo")
    assert not has_interface("no-such-one")


def test_a_sysctl_that_has_its_value_already_is_not_written() -> None:
    with open("/proc/sys/kernel/ostype", encoding="ascii") as file:
        value = file.read().strip()
    set_sysctl("kernel/ostype", value)  # read-only: a write would raise
    with pytest.raises(OSError):
        set_sysctl("kernel/ostype", f"{value}x")


def test_memory_is_in_bytes() -> None:
    memory = memory_info()
    assert memory["MemTotal"] % 1024 == 0
    assert memory["MemTotal"] > memory["MemFree"] > 1 << 20


def test_no_kernel_has_huge_pages_of_any_size() -> None:
    assert not has_huge_pages(3 << 20)
