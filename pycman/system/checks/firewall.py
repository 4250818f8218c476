"""Other firewalls on the same host: a packet is forwarded only if each of them lets it pass, whatever pycman's own table accepts."""

from __future__ import annotations

from pycman.errors import Corrupt
from pycman.jsontext import format_json, parse_json
from pycman.linux.processes import find_program, run
from pycman.system.checks.outcome import fine, warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.state.session import Session

_FIXES = {
    "DOCKER-USER": (
        "docker",
        "iptables -I DOCKER-USER -i pycman+ -j ACCEPT; iptables -I DOCKER-USER -o pycman+ -j ACCEPT",
    ),
    "ufw-user-forward": ("ufw", "ufw route allow in on pycman0; ufw route allow out on pycman0"),
    "filter_FORWARD": (
        "firewalld",
        "firewall-cmd --permanent --zone=trusted --add-interface=pycman0; firewall-cmd --reload",
    ),
}
"""By a chain that a firewall has: its name, and what has it let pycman's packets pass."""


def forwarding_obstacle(ruleset: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Return which firewalls drop what they do not know, and what to do; two empty texts for none.

    `ruleset` are the objects of `nft -j list ruleset` (libnftables-json(5)). One with a rule about an interface of ours was told. Pure.
    """
    chains = [entry["chain"] for entry in ruleset if "chain" in entry]
    told = {_table(entry["rule"]) for entry in ruleset if "rule" in entry and "pycman" in format_json(entry["rule"])}
    names, fixes = [], []
    for chain in chains:
        drops = chain.get("hook") == "forward" and (
            chain.get("policy") == "drop" or (chain["table"], chain["name"]) == ("firewalld", "filter_FORWARD")
        )
        if not drops or _table(chain) in told:
            continue
        of_table = [each["name"] for each in chains if _table(each) == _table(chain)]
        known = [_FIXES[name] for name in of_table if name in _FIXES]
        for name, fix in known or [
            (f"the chain {_table(chain)} {chain['name']}", "let it accept packets from and to pycman0")
        ]:
            if name not in names:
                names.append(name)
                fixes.append(fix)
    return " and ".join(names), "; ".join(fixes)


def _table(entry: Mapping[str, Any]) -> str:
    return f"{entry['family']} {entry['table']}"


def forwarding(session: Session) -> dict[str, str]:
    """Check that no other firewall drops the packets of containers on bridges (rootless they are the user's own connections)."""
    if session.rootless:
        return fine("forwarding", "rootless needs none")
    program = find_program("nft")
    if not program:
        return fine("forwarding", "no nft, no rules")
    try:
        text = run([program, "-j", "list", "ruleset"], timeout_s=10).stdout
        who, fix = forwarding_obstacle(parse_json(text, subject="nft")["nftables"])
    except (Corrupt, KeyError, TypeError):
        return fine("forwarding", "nft does not list its rules")
    if who:
        found = f"{who} may drop packets of containers"
        return warn("forwarding", found, "containers on bridges and other hosts do not reach each other", fix)
    return fine("forwarding", "no other firewall drops packets of containers")


CHECKS = (forwarding,)
