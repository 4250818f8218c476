"""Which kernel parameters may be set for a pod."""

from __future__ import annotations

import pytest

from pycman.errors import InvalidInput
from pycman.runtime.sysctls import check_sysctls, sysctl_path


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("net.ipv4.ip_forward", "net/ipv4/ip_forward"),
        ("net/ipv4/conf/eth0.1/forwarding", "net/ipv4/conf/eth0.1/forwarding"),
        ("net.ipv4.conf.eth0/1.forwarding", "net/ipv4/conf/eth0.1/forwarding"),
        ("kernel.sem", "kernel/sem"),
    ],
)
def test_names_are_read_as_sysctl_does(name, path) -> None:
    assert sysctl_path(name) == path


@pytest.mark.parametrize("name", ["", "a..b", "net/../vm/swappiness", ".a", "a.", "net/./x"])
def test_names_that_lead_elsewhere_are_refused(name) -> None:
    with pytest.raises(InvalidInput):
        sysctl_path(name)


def test_a_parameter_needs_a_namespace_of_its_own() -> None:
    check_sysctls({"net.core.somaxconn": "1", "kernel.msgmax": "1", "fs.mqueue.msg_max": "1"}, ["net", "ipc"])
    for names, namespaces in (
        (["net.core.somaxconn"], ["ipc"]), (["kernel.msgmax"], ["net"]), (["vm.swappiness"], ["net", "ipc", "uts"]),
        (["kernel.hostname"], ["uts"]), (["fs.file-max"], ["ipc"]), (["net"], ["net"]),
    ):  # fmt: skip
        with pytest.raises(InvalidInput):
            check_sysctls(dict.fromkeys(names, "1"), namespaces)
