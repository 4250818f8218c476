"""pycman's own nftables table as text (nft(8)): always the whole table, which replaces the old one in one transaction.

    prerouting, output   published ports and service addresses: destination translation to a container
    forward, input       networks do not reach each other, nor the host's loopback
    postrouting          containers reach other hosts under the host's address: source translation
    output, prerouting   rootless: replies to the port relay, which speaks under its callers' addresses, are marked

Tables of other programs are neither read nor changed. The source address of a client is kept, except where the reply
could not find its way back: for a connection from a network to its own published port, and for one from 127.0.0.1.
"""

from __future__ import annotations

import errno
import struct

from pycman.errors import Unavailable, Unsupported
from pycman.linux.netlink import Netlink, attribute
from pycman.linux.processes import Running, find_program, how_to_install
from pycman.network.addresses import version_of
from pycman.network.relay.marks import CALLERS_MARK, REPLIES_MARK
from pycman.network.relay.ports import translated_addresses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pycman.network.reconcile.desired import Bridge, Desired, Forward, Virtual

_TIMEOUT_S = 30.0
_LOCK = 3
"""The descriptor by which nft holds the lock of the networks."""
_NETLINK_NETFILTER = 12
_GET_TABLE, _TABLE_NAME, _INET = 0x0A01, 1, 1
"""NFT_MSG_GETTABLE of NFNL_SUBSYS_NFTABLES, NFTA_TABLE_NAME and NFPROTO_INET (linux/netfilter/nf_tables.h)."""
_KEYS = {4: "ipv4_addr", 6: "ipv6_addr"}


def table_text(table: str, desired: Desired, *, blocked_address: str = "", shows_callers: bool = False) -> str:
    """Return the nft commands that replace `table`, or create it. Pure.

    Ports that it cannot lead to a container are left out: the relay serves them (pycman/network/relay/ports.py).

    `blocked_address` is one that containers may not connect to: rootless, the host's loopback behind slirp4netns.
    With `shows_callers` replies come back to a relay that speaks under the addresses of its callers.
    """
    delete = _deletion(table)
    if not desired.bridges:
        return delete
    lines = [
        *_destination_translation(desired.forwards, desired.virtuals),
        *_source_translation(desired.bridges),
        *_filters(desired.bridges, blocked_address, sorted({virtual.address for virtual in desired.virtuals})),
        *(_marks_of_replies() if shows_callers else []),
    ]
    return f"{delete}table inet {table} {{\n" + "".join(f"\t{line}\n" for line in lines) + "}\n"


def _deletion(table: str) -> str:
    return f"table inet {table} {{}}\ndelete table inet {table}\n"


def table_is_gone(name: str) -> bool:
    """Say whether this network namespace has no table `inet NAME`; False where the kernel does not tell.

    `nft flush ruleset`, with which Debian's nftables.service begins, removes everybody's tables.
    """
    try:
        with Netlink(_NETLINK_NETFILTER) as netlink:
            netlink.ask(_GET_TABLE, struct.pack(">BBH", _INET, 0, 0) + attribute(_TABLE_NAME, name.encode() + b"\0"))
    except OSError as error:
        return error.errno == errno.ENOENT
    return False


def begin_table(text: str, table: str, *, lock: int) -> Running | None:
    """Start nft with the text of `table_text` in this network namespace, and return it for `finish_table`; None if there is nothing
    to do. It keeps the descriptor `lock` open, so that nobody else changes the table before it ends, even if this process is killed.

    A table that is not there is not deleted: with a deletion nft takes 8 to 10 ms longer, as it waits until no processor can see
    the old rules. Raises Unsupported (no nft).
    """
    if table_is_gone(table):
        text = text.removeprefix(_deletion(table))
        if not text:
            return None
    program = find_program("nft")
    if not program:
        legacy = find_program("iptables-legacy")
        raise Unsupported(
            "nft is not installed" + (", only iptables is" if legacy else ""),
            subject="networks",
            hint=f"{how_to_install('nft')}, or use --network=host or --network=none",
        )
    return Running([program, "-f", "-"], stdin=text.encode(), descriptors={_LOCK: lock} if lock >= 0 else None)


def finish_table(nft: Running) -> None:
    """Wait until the table is replaced. Raises Unsupported (no nftables in the kernel), Unavailable."""
    finished = nft.finish(_TIMEOUT_S)
    if finished.status:
        lines = finished.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = lines[0].rpartition("Error: ")[2] if lines else f"it ended with status {finished.status}"
        if "Operation not supported" in reason or "Protocol not supported" in reason:
            raise Unsupported("this kernel lacks what nftables needs", subject="networks", hint="run pycman doctor")
        raise Unavailable(f"it refused the rules: {reason}", subject="nft", hint="run pycman network reload -a")


def _destination_translation(forwards: Sequence[Forward], virtuals: Sequence[Virtual]) -> list[str]:
    """Return the maps of published ports, the chains that use them, and the two hooks that jump to these chains."""
    lines, rules = _port_maps([forward for forward in forwards if not forward.balanced])
    for port in forwards:
        for address in translated_addresses(port) if port.balanced else ():
            match = "" if address.wildcard else f"ip daddr {address.text} "
            rules.append(match + _to_back_ends(port, port.host_port, port.container_port))
    lines += _chain("published", rules)
    inner = [
        f"ip daddr {virtual.address} {_to_back_ends(virtual, virtual.port, virtual.target_port)}"
        for virtual in virtuals
        if virtual.targets
    ]
    lines += _chain("services", inner)
    # the priority as a number: nft 1.0 accepts the name dstnat only at prerouting
    for name, hook in (("incoming", "prerouting"), ("outgoing", "output")):
        lines += _chain(
            name,
            [
                f"type nat hook {hook} priority -100; policy accept;",
                *(["jump services"] if inner else []),
                *(["fib daddr type local jump published"] if rules else []),
            ],
        )
    return lines


def _port_maps(forwards: Iterable[Forward]) -> tuple[list[str], list[str]]:
    """Return maps from (protocol, port) and (address, protocol, port) to containers, and the rules that use them."""
    exact: dict[int, list[str]] = {4: [], 6: []}
    anywhere: dict[int, list[str]] = {4: [], 6: []}
    for forward in forwards:
        for address in translated_addresses(forward):
            target = next(target for target in forward.targets if version_of(target) == address.version)
            to = f"{target} . {forward.container_port}"
            if address.wildcard:
                anywhere[address.version].append(f"{forward.protocol} . {forward.host_port} : {to}")
            else:
                exact[address.version].append(f"{address.text} . {forward.protocol} . {forward.host_port} : {to}")
    maps, rules = [], []
    for version, family in ((4, "ip"), (6, "ip6")):
        key = _KEYS[version]
        match = f"meta nfproto ipv{version} meta l4proto {{ tcp, udp, sctp }}"
        if version == 6:
            match = f"ip6 daddr != ::1 {match}"  # nothing leads out of the loopback interface: the relay answers there
        maps += _map(f"ports{version}", f"inet_proto . inet_service : {key} . inet_service", anywhere[version])
        maps += _map(f"ports{version}_of", f"{key} . inet_proto . inet_service : {key} . inet_service", exact[version])
        if exact[version]:
            rules.append(f"{match} dnat {family} to {family} daddr . meta l4proto . th dport map @ports{version}_of")
        if anywhere[version]:
            rules.append(f"{match} dnat {family} to meta l4proto . th dport map @ports{version}")
    return maps, rules


def _to_back_ends(service: Forward | Virtual, port: int, target_port: int) -> str:
    """Return the rule that sends a port to back ends in turn, or with `sticky` by the client's address."""
    count = len(service.targets)
    number_of_target = f"jhash ip saddr mod {count}" if service.sticky else f"numgen inc mod {count}"
    own = [f" . {each}" for each in service.target_ports] or [""] * count
    elements = ", ".join(f"{number} : {target}{own[number]}" for number, target in enumerate(service.targets))
    chosen = f"{number_of_target} map {{ {elements} }}"
    return f"{service.protocol} dport {port} dnat ip to {chosen}" + (
        "" if service.target_ports else f" : {target_port}"
    )


def _source_translation(bridges: Sequence[Bridge]) -> list[str]:
    """Return source translation: out of a network, within it through a published port, and from 127.0.0.1 into it."""
    rules = ["type nat hook postrouting priority 100; policy accept;"]
    for bridge in bridges:
        for subnet in bridge.subnets:
            family = "ip6" if version_of(subnet) == 6 else "ip"
            here = f'oifname "{bridge.interface}"'
            rules.append(f"{here} {family} saddr {subnet} ct status dnat masquerade")
            if not bridge.internal:
                outside = f'oifname != "{bridge.interface}" {family} daddr != {_multicast(family)}'
                rules.append(f"{family} saddr {subnet} {outside} masquerade")
        rules.append(f'oifname "{bridge.interface}" ip saddr 127.0.0.0/8 masquerade')
    return _chain("translation", rules)


def _multicast(family: str) -> str:
    return "224.0.0.0/4" if family == "ip" else "ff00::/8"


def _filters(bridges: Sequence[Bridge], blocked_address: str, virtual: Sequence[str]) -> list[str]:
    """Return the filter chains: no container reaches the host's 127.0.0.1, an isolated network no other network, an
    internal one nothing outside of itself.

    Connections to a `virtual` address without a back end (no pod is ready, or no such port) are rejected at once.
    """
    unserved = f"ip daddr {{ {', '.join(virtual)} }}" if virtual else ""
    refused = [f"{unserved} meta l4proto tcp reject with tcp reset", f"{unserved} reject"] if virtual else []
    all_bridges = ", ".join(f'"{bridge.interface}"' for bridge in bridges)
    not_isolated = ", ".join(
        f'"{bridge.interface}"' for bridge in bridges if not bridge.isolated and not bridge.internal
    )
    internal = ", ".join(f'"{bridge.interface}"' for bridge in bridges if bridge.internal)
    forwarded = [
        "type filter hook forward priority 0; policy accept;",
        "ct state established,related accept",
        *([f"ip daddr {blocked_address} drop"] if blocked_address else []),
        *refused,
        *(f'iifname "{bridge.interface}" oifname "{bridge.interface}" accept' for bridge in bridges),
    ]
    if internal:
        forwarded += [f"iifname {{ {internal} }} drop", f"oifname {{ {internal} }} drop"]
    forwarded.append("ct status dnat accept")
    if not_isolated:
        forwarded.append(f"iifname {{ {not_isolated} }} oifname {{ {not_isolated} }} accept")
    forwarded.append(f"iifname {{ {all_bridges} }} oifname {{ {all_bridges} }} drop")
    for bridge in bridges:  # accepts what containers send; from outside only published ports are accepted, above
        if not bridge.internal:
            forwarded.append(f'iifname "{bridge.interface}" accept')
    entering = [
        "type filter hook input priority 0; policy accept;",
        f"iifname {{ {all_bridges} }} ip daddr 127.0.0.0/8 ct state != {{ established, related }} drop",
    ]
    leaving = ["type filter hook output priority 0; policy accept;", *refused]
    output_chain = _chain("leaving", leaving) if refused else []
    return [*_chain("forwarded", forwarded), *_chain("entering", entering), *output_chain]


def _marks_of_replies() -> list[str]:
    """Return the chains that mark what is replied to the relay (relay/callers.py); policy routing has it delivered here."""
    calls = f"meta mark {CALLERS_MARK:#x} ct mark set meta mark"
    replies = f"ct direction reply ct mark {CALLERS_MARK:#x} meta mark set {REPLIES_MARK:#x}"
    # before the route of a packet is chosen and after its connection is known (mangle)
    return [
        *_chain("calls", ["type filter hook output priority -150; policy accept;", calls]),
        *_chain("replies", ["type filter hook prerouting priority -150; policy accept;", replies]),
    ]


def _map(name: str, type_: str, elements: Sequence[str]) -> list[str]:
    if not elements:
        return []
    return [f"map {name} {{", f"\ttype {type_};", f"\telements = {{ {', '.join(elements)} }}", "}"]


def _chain(name: str, rules: Sequence[str]) -> list[str]:
    return [f"chain {name} {{", *(f"\t{rule}" for rule in rules), "}"]
