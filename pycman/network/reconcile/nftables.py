"""pycman's own nftables table as text (nft(8)): always the whole of it, put in place of the old one in one transaction.

Nobody else's table is read or changed. What it does: published ports lead to their containers (for what comes from
outside, from this host, and back from the containers themselves), containers reach the world under the host's address,
networks do not reach each other. The address of whoever calls is kept, but where an answer could not find back: a call
that a network makes to itself, and one from 127.0.0.1.
"""

from __future__ import annotations

from pycman.errors import Unavailable, Unsupported
from pycman.linux.processes import find_program, run
from pycman.network.addresses import version_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pycman.network.reconcile.desired import Bridge, Desired, Forward, Virtual

_TIMEOUT_S = 30.0
_KEYS = {4: "ipv4_addr", 6: "ipv6_addr"}


def table_text(table: str, desired: Desired, *, closed: str = "") -> str:
    """Return the commands that put `table` in place, whether it is there or not. Pure.

    `closed` is an address nobody may call from inside: rootless, that of the host's loopback behind slirp4netns.
    """
    clear = f"table inet {table} {{}}\ndelete table inet {table}\n"
    if not desired.bridges:
        return clear
    body = [
        *_ports(desired.forwards, desired.virtuals),
        *_translation(desired.bridges),
        *_filters(desired.bridges, closed, sorted({virtual.address for virtual in desired.virtuals})),
    ]
    return f"{clear}table inet {table} {{\n" + "".join(f"\t{line}\n" for line in body) + "}\n"


def apply_table(text: str) -> None:
    """Give the text to nft in this network namespace. Raises Unsupported (no nft, no nftables here) or Unavailable."""
    program = find_program("nft")
    if not program:
        legacy = find_program("iptables-legacy") and not find_program("nft")
        raise Unsupported(
            "nft is not installed" + (", only iptables is" if legacy else ""),
            subject="networks",
            hint="install the package nftables, or use --network=host or --network=none",
        )
    finished = run([program, "-f", "-"], stdin=text.encode(), timeout_s=_TIMEOUT_S)
    if finished.status:
        said = finished.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = said[0].rpartition("Error: ")[2] if said else f"it ended with status {finished.status}"
        if "Operation not supported" in reason or "Protocol not supported" in reason:
            raise Unsupported("this kernel lacks what nftables needs", subject="networks", hint="run pycman doctor")
        raise Unavailable(f"it refused the rules: {reason}", subject="nft", hint="run pycman network reload -a")


def _ports(forwards: Iterable[Forward], virtuals: Sequence[Virtual]) -> list[str]:
    """Return maps from (protocol, port) and (address, protocol, port) to containers, and the chains that look them up."""
    balanced = [forward for forward in forwards if forward.balanced and forward.targets]
    forwards = [forward for forward in forwards if not forward.balanced]
    exact: dict[int, list[str]] = {4: [], 6: []}
    anywhere: dict[int, list[str]] = {4: [], 6: []}
    for forward in forwards:
        for target in forward.targets:
            version = version_of(target)
            to = f"{target} . {forward.container_port}"
            if not forward.host_ip:
                anywhere[version].append(f"{forward.protocol} . {forward.host_port} : {to}")
            elif version_of(forward.host_ip) == version:
                exact[version].append(f"{forward.host_ip} . {forward.protocol} . {forward.host_port} : {to}")
    lines = []
    rules = []
    for version, word in ((4, "ip"), (6, "ip6")):
        key = _KEYS[version]
        proto = f"meta nfproto ipv{version} meta l4proto {{ tcp, udp, sctp }}"
        lines += _named(
            "map", f"ports{version}", f"inet_proto . inet_service : {key} . inet_service", anywhere[version]
        )
        lines += _named(
            "map", f"ports{version}_of", f"{key} . inet_proto . inet_service : {key} . inet_service", exact[version]
        )
        if exact[version]:
            rules.append(f"{proto} dnat {word} to {word} daddr . meta l4proto . th dport map @ports{version}_of")
        if anywhere[version]:
            rules.append(f"{proto} dnat {word} to meta l4proto . th dport map @ports{version}")
    rules += [
        f"{f'ip daddr {each.host_ip} ' if each.host_ip else ''}{_to_back_ends(each, each.host_port, each.container_port)}"
        for each in balanced
    ]
    lines += _chain("published", rules)
    inner = [
        f"ip daddr {each.address} {_to_back_ends(each, each.port, each.target_port)}"
        for each in virtuals
        if each.targets
    ]
    lines += _chain("services", inner)
    # by number: nft 1.0 knows the name dstnat only at prerouting
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


def _to_back_ends(each: Forward | Virtual, port: int, target_port: int) -> str:
    """Return what leads a port to back ends in turn, or by the caller's address."""
    count = len(each.targets)
    which = f"jhash ip saddr mod {count}" if each.sticky else f"numgen inc mod {count}"
    turns = ", ".join(f"{number} : {target}" for number, target in enumerate(each.targets))
    where = f"{which} map {{ {turns} }}"
    return f"{each.protocol} dport {port} dnat ip to {where} : {target_port}"


def _translation(bridges: Sequence[Bridge]) -> list[str]:
    """Return source translation: out of a network, within it by way of a published port, and from 127.0.0.1 into it."""
    rules = ["type nat hook postrouting priority 100; policy accept;"]
    for bridge in bridges:
        for subnet in bridge.subnets:
            word = "ip6" if version_of(subnet) == 6 else "ip"
            here = f'oifname "{bridge.interface}"'
            rules.append(f"{here} {word} saddr {subnet} ct status dnat masquerade")
            if not bridge.internal:
                rules.append(
                    f'{word} saddr {subnet} oifname != "{bridge.interface}" {word} daddr != {_multicast(word)} masquerade'
                )
        rules.append(f'oifname "{bridge.interface}" ip saddr 127.0.0.0/8 masquerade')
    return _chain("translation", rules)


def _multicast(word: str) -> str:
    return "224.0.0.0/4" if word == "ip" else "ff00::/8"


def _filters(bridges: Sequence[Bridge], closed: str, virtual: Sequence[str]) -> list[str]:
    """Return who may reach whom: nobody 127.0.0.1 of the host, isolated networks nobody else's, internal ones no one.

    `virtual` addresses that lead nowhere (no pod is ready, or no such port) refuse the caller at once.
    """
    nowhere = f"ip daddr {{ {', '.join(virtual)} }}" if virtual else ""
    refused = [f"{nowhere} meta l4proto tcp reject with tcp reset", f"{nowhere} reject"] if virtual else []
    every = ", ".join(f'"{each.interface}"' for each in bridges)
    open_ones = ", ".join(f'"{each.interface}"' for each in bridges if not each.isolated and not each.internal)
    internal = ", ".join(f'"{each.interface}"' for each in bridges if each.internal)
    forwarded = [
        "type filter hook forward priority 0; policy accept;",
        "ct state established,related accept",
        *([f"ip daddr {closed} drop"] if closed else []),
        *refused,
        *(f'iifname "{each.interface}" oifname "{each.interface}" accept' for each in bridges),
    ]
    if internal:
        forwarded += [f"iifname {{ {internal} }} drop", f"oifname {{ {internal} }} drop"]
    forwarded.append("ct status dnat accept")
    if open_ones:
        forwarded.append(f"iifname {{ {open_ones} }} oifname {{ {open_ones} }} accept")
    forwarded.append(f"iifname {{ {every} }} oifname {{ {every} }} drop")
    for bridge in bridges:  # from outside only by a published port, as behind any address translation
        if not bridge.internal:
            forwarded.append(f'iifname "{bridge.interface}" accept')
    entering = [
        "type filter hook input priority 0; policy accept;",
        f"iifname {{ {every} }} ip daddr 127.0.0.0/8 ct state != {{ established, related }} drop",
    ]
    leaving = ["type filter hook output priority 0; policy accept;", *refused]
    own = _chain("leaving", leaving) if refused else []
    return [*_chain("forwarded", forwarded), *_chain("entering", entering), *own]


def _named(kind: str, name: str, type_: str, elements: Sequence[str]) -> list[str]:
    if not elements:
        return []
    return [f"{kind} {name} {{", f"\ttype {type_};", f"\telements = {{ {', '.join(elements)} }}", "}"]


def _chain(name: str, rules: Sequence[str]) -> list[str]:
    return [f"chain {name} {{", *(f"\t{rule}" for rule in rules), "}"]
