"""Policy routing that has marked packets delivered in this network namespace, whatever address they are for (ip-rule(8), tproxy).

For a process that speaks under addresses of others (IP_TRANSPARENT, ip(7)): what is said to these has to reach it.
"""

from __future__ import annotations

import errno
import struct

from pycman.linux.links import find_link
from pycman.linux.netlink import NLM_F_CREATE, NLM_F_EXCL, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.linux.netlink import Netlink

# <linux/rtnetlink.h>, <linux/fib_rules.h>
_RTM_NEWROUTE, _RTM_NEWRULE = 24, 32
_RTA_OIF, _RTA_TABLE = 4, 15
_FRA_PRIORITY, _FRA_FWMARK, _FRA_TABLE = 6, 10, 15
_FR_ACT_TO_TBL, _RT_TABLE_UNSPEC, _RTPROT_STATIC = 1, 0, 4
_RT_SCOPE_HOST, _RTN_LOCAL = 254, 2
_AF_INET, _AF_INET6 = 2, 10


def deliver_marked(netlink: Netlink, mark: int) -> None:
    """Deliver packets with a mark here; do nothing if they are. The mark is also the number of the routing table and the priority.

    Raises OSError, with EOPNOTSUPP in a kernel without policy routing. IPv6 is left out where the kernel lacks it.
    """
    loopback = find_link(netlink, "lo")
    for family in (_AF_INET, _AF_INET6):
        header = struct.pack(
            "=BBBBBBBBI", family, 0, 0, 0, _RT_TABLE_UNSPEC, _RTPROT_STATIC, _RT_SCOPE_HOST, _RTN_LOCAL, 0
        )
        route = header + number(_RTA_TABLE, mark) + number(_RTA_OIF, loopback)
        header = struct.pack("=BBBBBBBBI", family, 0, 0, 0, _RT_TABLE_UNSPEC, 0, 0, _FR_ACT_TO_TBL, 0)
        rule = header + number(_FRA_PRIORITY, mark) + number(_FRA_FWMARK, mark) + number(_FRA_TABLE, mark)
        try:
            for kind, body in ((_RTM_NEWROUTE, route), (_RTM_NEWRULE, rule)):
                _add(netlink, kind, body)
        except OSError as error:
            if family == _AF_INET or error.errno not in (errno.EOPNOTSUPP, errno.EAFNOSUPPORT):
                raise


def _add(netlink: Netlink, kind: int, body: bytes) -> None:
    try:
        netlink.change(kind, body, NLM_F_CREATE | NLM_F_EXCL)
    except OSError as error:
        if error.errno != errno.EEXIST:
            raise
