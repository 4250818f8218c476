"""What an installed pasta can do, and the addresses by which its container finds the host (passt(1), `--network pasta`).

pasta gives the container the host's own address, so that this does not lead to the host. From 2024_08_21 on it translates another
one; the two here are those of podman 5.
"""

from __future__ import annotations

from pycman.linux.processes import find_program, run
from pycman.network.rootless.uplink import spoken_lines
from pycman.record import Record
from pycman.spec.port import merge_twins
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.spec.port import PortMapping
    from pycman.state.session import Session

_FIRST_GOOD = "20240220"
"""Older versions stall on incoming connections where the server sends first (seen with 2023_03)."""
_MAPS_GUEST = "--map-guest-addr"
_FORWARDS_DNS = "--dns-forward"
_MAPS_GATEWAY = "--map-gw"
_FORWARDS = (("-t", "--tcp-ports", "tcp"), ("-u", "--udp-ports", "udp"), ("-T", "--tcp-ns", ""), ("-U", "--udp-ns", ""))
"""Flags, and the protocol of published ports; those without one forward from the container to the host."""
_HOST, _NAME_SERVER = "169.254.1.2", "169.254.1.1"
_helps: dict[str, str] = {}


class PastaAddresses(Record):
    """Where a container finds the host ("" if nowhere), and a name server that asks the host's ("" if there is none)."""

    host: str = ""
    name_server: str = ""


def pasta_program(session: Session) -> str:
    """Return the path of the installed pasta; "" if there is none."""
    return find_program("pasta", containers_conf(session).helper_binaries_dir)


def pasta_version(program: str) -> str:
    """Return the version that a pasta reports, "unknown" if it reports none, "" if there is no program.

    Debian 13's says nothing unless it writes to a terminal.
    """
    if not program:
        return ""
    fields = run([program, "--version"], timeout_s=5).stdout.decode("utf-8", "replace").split()
    return fields[1] if len(fields) > 1 else "unknown"


def pasta_forwards_ports(program: str) -> bool:
    """Say whether this pasta is known to forward published ports without stalling."""
    return _maps_guest(program) or date_of_version(pasta_version(program)) >= _FIRST_GOOD


def date_of_version(version: str) -> str:
    """Return the date in a version of passt ("2024_02_20.1e6f92b", "0.0~git20240220.1e6f92b-1") as YYYYMMDD; "" without one. Pure."""
    text = version.replace("_", "").replace("-", "")
    date = text[text.find("20") :][:8]
    return date if len(date) == 8 and date.isdigit() else ""


def pasta_addresses(program: str, options: str) -> PastaAddresses:
    """Return the addresses that are asked for by a pasta's options, separated by commas, or that it gets without them."""
    words = options.split(",")
    if not _maps_guest(program):
        return PastaAddresses(name_server=_value(words, _FORWARDS_DNS))
    host = _value(words, _MAPS_GUEST) or _HOST
    return PastaAddresses(host="" if host == "none" else host, name_server=_value(words, _FORWARDS_DNS) or _NAME_SERVER)


def port_arguments(ports: Sequence[PortMapping], options: str) -> list[str]:
    """Return the arguments that publish ports, and that forward none of a kind that neither is published nor among the options:
    pasta takes no second choice for a kind. Pure.
    """
    words = [word.partition("=")[0] for word in options.split(",")]
    arguments: list[str] = []
    for flag, long, protocol in _FORWARDS:
        forwards = [
            f"{port.host_ip + '/' if port.host_ip else ''}{port.host_port}:{port.container_port}"
            for port in merge_twins(ports)
            if port.protocol == protocol
        ]
        nothing = [] if long in words or any(word[:2] == flag for word in words) else ["none"]
        for forward in forwards or nothing:
            arguments += [flag, forward]
    return arguments


def own_arguments(options: str) -> list[str]:
    """Return a pasta's options as arguments: --map-gw, podman's own, leaves out the argument that it is the opposite of. Pure."""
    words = [word for word in options.split(",") if word]
    if _MAPS_GATEWAY in words:
        return [word for word in words if word != _MAPS_GATEWAY]
    return ["--no-map-gw", *words]


def address_arguments(program: str, options: str) -> list[str]:
    """Return the arguments for addresses that are not among a pasta's options already."""
    words = options.split(",")
    wanted = {_MAPS_GUEST: _HOST, _FORWARDS_DNS: _NAME_SERVER} if _maps_guest(program) else {}
    return [word for flag, address in wanted.items() if not _value(words, flag) for word in (flag, address)]


def wrong_option(output: bytes) -> str:
    """Return what a pasta said of an option that it does not take: getopt(3)'s line, which is before the usage; "" if it said none. Pure."""
    lines = spoken_lines(output)
    usage = next((number for number, line in enumerate(lines) if line.startswith("Usage:")), 0)
    return lines[usage - 1].partition(": ")[2] if usage else ""


def _value(words: list[str], flag: str) -> str:
    """Return the value of a flag among words: --flag,VALUE or --flag=VALUE."""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == flag:
            return following
        if word.startswith(f"{flag}="):
            return word.partition("=")[2]
    return ""


def _maps_guest(program: str) -> bool:
    if program and program not in _helps:
        finished = run([program, "--help"], timeout_s=5)
        _helps[program] = (finished.stdout + finished.stderr).decode("utf-8", "replace")
    return _MAPS_GUEST in _helps.get(program, "")
