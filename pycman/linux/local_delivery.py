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


def deliver_marked(netlink: Netlink, family: int, mark: int) -> None:
    """Deliver packets of a family (AF_INET, AF_INET6) with a mark here; do nothing if they are. The mark is also the number of the
    routing table and the priority.

    Raises OSError, with EOPNOTSUPP or EAFNOSUPPORT in a kernel without policy routing or the family, with EACCES where IPv6 is off.
    """
    header = struct.pack("=BBBBBBBBI", family, 0, 0, 0, _RT_TABLE_UNSPEC, _RTPROT_STATIC, _RT_SCOPE_HOST, _RTN_LOCAL, 0)
    route = header + number(_RTA_TABLE, mark) + number(_RTA_OIF, find_link(netlink, "lo"))
    header = struct.pack("=BBBBBBBBI", family, 0, 0, 0, _RT_TABLE_UNSPEC, 0, 0, _FR_ACT_TO_TBL, 0)
    rule = header + number(_FRA_PRIORITY, mark) + number(_FRA_FWMARK, mark) + number(_FRA_TABLE, mark)
    for kind, body in ((_RTM_NEWROUTE, route), (_RTM_NEWRULE, rule)):
        _add(netlink, kind, body)


def _add(netlink: Netlink, kind: int, body: bytes) -> None:
    try:
        netlink.change(kind, body, NLM_F_CREATE | NLM_F_EXCL)
    except OSError as error:
        if error.errno != errno.EEXIST:
            raise
