"""What an installed pasta can do: real programs, of which each says what a version of pasta says."""

from __future__ import annotations

from pathlib import Path

import pytest

from pycman.containers.bundle.etc_files import resolv_text
from pycman.containers.networks.etc_networks import NetworkNames
from pycman.network.rootless.pasta import (
    PastaAddresses,
    address_arguments,
    date_of_version,
    own_arguments,
    pasta_addresses,
    pasta_forwards_ports,
    port_arguments,
    wrong_option,
)
from pycman.network.rootless.uplink import last_words
from pycman.spec.container import ContainerSpec
from pycman.spec.network_attachment import NetworkMode
from pycman.spec.port import PortMapping


def pasta(folder: Path, version: str, help_text: str) -> str:
    program = folder / f"pasta{len(list(folder.iterdir()))}"
    program.write_text(f'#!/bin/sh\ncase $1 in --version) echo "{version}";; --help) echo "{help_text}" >&2;; esac\n')
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize(
    ("version", "date"),
    [
        ("2024_02_20.1e6f92b", "20240220"),
        ("0.0~git20240220.1e6f92b-1", "20240220"),
        ("0^20240326.g4988e2b-1.fc40.x86_64", "20240326"),
        ("unknown", ""),
        ("", ""),
    ],
)
def test_versions_of_all_distributions_are_compared_by_their_dates(version: str, date: str) -> None:
    assert date_of_version(version) == date


def test_ports_are_trusted_to_a_pasta_of_a_good_date_or_one_that_names_what_came_later(tmp_path: Path) -> None:
    assert not pasta_forwards_ports(pasta(tmp_path, "pasta 0.0~git20230309.7c7625d", "--dns-forward ADDR"))
    assert pasta_forwards_ports(pasta(tmp_path, "pasta 0.0~git20240220.1e6f92b", "--dns-forward ADDR"))
    assert not pasta_forwards_ports(pasta(tmp_path, "", "--dns-forward ADDR"))
    assert pasta_forwards_ports(pasta(tmp_path, "", "--map-guest-addr ADDR"))  # Debian 13's says no version to a pipe


def test_a_container_finds_the_host_and_its_name_servers_by_addresses_that_are_not_its_own(tmp_path: Path) -> None:
    old = pasta(tmp_path, "", "--dns-forward ADDR")
    assert pasta_addresses(old, "") == PastaAddresses()  # the host's address would lead to the container
    assert address_arguments(old, "") == []
    new = pasta(tmp_path, "", "--map-guest-addr ADDR")
    assert pasta_addresses(new, "-T,5201") == PastaAddresses(host="169.254.1.2", name_server="169.254.1.1")
    assert address_arguments(new, "-T,5201") == ["--map-guest-addr", "169.254.1.2", "--dns-forward", "169.254.1.1"]
    asked = "--map-guest-addr,11.11.11.11,--dns-forward=12.12.12.12"
    assert pasta_addresses(new, asked) == PastaAddresses(host="11.11.11.11", name_server="12.12.12.12")
    assert address_arguments(new, asked) == []
    assert pasta_addresses(new, "--map-guest-addr,none").host == ""


@pytest.mark.parametrize(
    ("options", "forwarded"),
    [
        ("", ["-t", "8080:80", "-u", "none", "-T", "none", "-U", "none"]),
        ("-T,5201,-U,none", ["-t", "8080:80", "-u", "none"]),
        ("-T5201,--udp-ns=53,-u,auto", ["-t", "8080:80"]),
    ],
)
def test_pasta_is_told_of_each_kind_of_ports_once(options: str, forwarded: list[str]) -> None:
    ports = [PortMapping(container_port=80, host_port=8080, host_ip=host_ip) for host_ip in ("0.0.0.0", "::")]
    assert port_arguments(ports, options) == forwarded


def test_the_gateway_leads_to_the_host_only_where_that_is_asked_for() -> None:
    assert own_arguments("-T,5201") == ["--no-map-gw", "-T", "5201"]
    assert own_arguments("--map-gw,-T,5201") == ["-T", "5201"]


def test_the_forwarding_name_server_comes_before_those_of_the_host_that_the_container_reaches() -> None:
    spec = ContainerSpec(image="x", network=NetworkMode(kind="pasta"))
    text = resolv_text(spec, NetworkNames(forwarder="169.254.1.1"), host="nameserver 127.0.0.1\nnameserver 192.0.2.1\n")
    assert text == "nameserver 169.254.1.1\nnameserver 192.0.2.1\n"


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (
            b"/usr/bin/pasta: unrecognized option '--nonsense'\nFailed to send 51 bytes to syslog\nUsage: pasta [OPTION]...\n",
            "unrecognized option '--nonsense'",
        ),
        (b"pasta: invalid option -- 'Z'\nUsage: pasta [OPTION]...\n       pasta [OPTION]... PID\n", "invalid option -- 'Z'"),
        (b"Invalid address: x\n", ""),
        (b"", ""),
    ],
)  # fmt: skip
def test_an_option_that_pasta_does_not_take_is_named_in_one_line(output: bytes, said: str) -> None:
    assert wrong_option(output) == said


def test_what_pasta_complains_of_about_syslog_is_no_reason() -> None:
    assert (
        last_words(b"Failed to send 9 bytes to syslog\nInvalid address: x\nFailed to send 51 bytes to syslog\n")
        == "Invalid address: x"
    )
