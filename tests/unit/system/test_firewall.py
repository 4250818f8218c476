"""Other firewalls that drop packets of containers: which, and what to tell them."""

from __future__ import annotations

import pytest

from pycman.system.checks.firewall import forwarding_obstacle


def chain(table: str, name: str, **more: str) -> dict[str, dict[str, str]]:
    family, _, table = table.partition(" ")
    return {"chain": {"family": family, "table": table, "name": name, **more}}


def rule(table: str, interface: str) -> dict[str, dict[str, object]]:
    family, _, table = table.partition(" ")
    match = {"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": interface}}
    return {"rule": {"family": family, "table": table, "chain": "any", "expr": [match, {"accept": None}]}}


DROP = {"hook": "forward", "policy": "drop"}
OWN = chain("inet pycman", "forwarded", hook="forward", policy="accept")
DOCKER = [chain("ip filter", "DOCKER-USER"), chain("ip filter", "FORWARD", **DROP)]
UFW = [chain("ip filter", "ufw-user-forward"), chain("ip filter", "FORWARD", **DROP)]
FIREWALLD = [chain("inet firewalld", "filter_FORWARD", hook="forward", policy="accept")]


@pytest.mark.parametrize(
    ("ruleset", "who", "fix"),
    [
        ([], "", ""),
        ([OWN, rule("inet pycman", "pycman0")], "", ""),
        ([OWN, *DOCKER], "docker", "iptables -I DOCKER-USER -i pycman+"),
        ([OWN, *DOCKER, rule("ip filter", "docker0")], "docker", "iptables -I DOCKER-USER -i pycman+"),
        ([OWN, *DOCKER, rule("ip filter", "pycman*")], "", ""),
        ([DOCKER[0], chain("ip filter", "FORWARD", hook="forward", policy="accept")], "", ""),
        ([OWN, *UFW, DOCKER[0]], "ufw and docker", "ufw route allow in on pycman0"),
        ([OWN, *FIREWALLD], "firewalld", "firewall-cmd --permanent --zone=trusted"),
        ([OWN, *FIREWALLD, rule("inet firewalld", "pycman0")], "", ""),
        ([chain("inet own", "strict", **DROP)], "the chain inet own strict", "let it accept"),
    ],
    ids=["none", "own", "docker", "dockers-rule", "told", "accepts", "two", "firewalld", "trusted", "other"],
)
def test_who_drops_what_it_does_not_know(ruleset: list[dict[str, dict[str, object]]], who: str, fix: str) -> None:
    found, advice = forwarding_obstacle(ruleset)
    assert found == who
    assert advice.startswith(fix) if fix else advice == ""
