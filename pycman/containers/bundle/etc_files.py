"""The texts of the files in /etc that an engine makes for a container: hosts and resolv.conf. Pure, except for reading the host's
resolv.conf.
"""

from __future__ import annotations

from pycman.containers.networks.etc_networks import NetworkNames
from pycman.linux.files import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.container import ContainerSpec

_FALLBACK_RESOLV = "/run/systemd/resolve/resolv.conf"
_LOOPBACK = ("127.", "::1")
_HOST_NAMES = "host.containers.internal host.docker.internal"


def hosts_text(
    spec: ContainerSpec, hostname: str, network: NetworkNames, *, base: str = "", replaces: bool = False
) -> str:
    """Return /etc/hosts: --add-host, loopback names (or the host's file with its network), the host, the container (hosts(5)).

    With `replaces` it begins with `base` whatever the network is; loopback names are added if they are not in there. A name
    is written once: an earlier line wins.
    """
    lines: list[tuple[str, str]] = [
        (address if address != "host-gateway" else network.host, name) for name, address in _asked(spec)
    ]
    own = f"{hostname}.{spec.domainname} {hostname}" if spec.domainname else hostname
    text = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
    if base and (replaces or spec.network.kind == "host"):
        text = base.rstrip("\n") + "\n" + ("" if "localhost" in base.split() else text)
    known = {name for line in text.splitlines() for name in line.partition("#")[0].split()[1:]}
    known |= {name for _address, names in lines for name in names.split()}
    if network.host:
        lines.append((network.host, _without(_HOST_NAMES, known)))
    addresses = network.addresses or (("127.0.0.1",) if hostname else ())
    names = " ".join((own, *network.names)) if network.addresses else own
    lines += [(address, _without(names, known)) for address in addresses]
    return text + "".join(f"{address}\t{names}\n" for address, names in lines if address and names)


def _without(names: str, known: set[str]) -> str:
    return " ".join(name for name in names.split() if name not in known)


def _asked(spec: ContainerSpec) -> list[tuple[str, str]]:
    """Return (name, address) of each --add-host NAME[;NAME…]:ADDRESS."""
    found = []
    for entry in spec.extra_hosts:
        name, colon, address = entry.partition(":")
        if "=" in name:
            name, colon, address = entry.partition("=")
        if colon:
            found.append((name.replace(";", " "), address.strip("[]")))
    return found


def resolv_text(spec: ContainerSpec, network: NetworkNames, *, host: str) -> str:
    """Return resolv.conf: the networks' own servers, else those of --dns, else the host's (except those on loopback)."""
    servers, search, options = _parse_resolv("" if spec.dns_exact else host)
    if spec.network.kind != "host":
        servers = [server for server in servers if not server.startswith(_LOOPBACK)]
    if network.servers:
        servers = list(network.servers)
        search = [network.domain, *search] if network.domain else search
    elif spec.dns:
        servers = [] if "none" in spec.dns else list(spec.dns)
    elif network.forwarder:
        servers = [network.forwarder, *servers]
    if spec.dns_search:
        search = [] if "." in spec.dns_search else list(spec.dns_search)
    if spec.dns_options:
        options = list(spec.dns_options)
    lines = [f"search {' '.join(search)}"] if search else []
    lines += [f"nameserver {server}" for server in servers]
    lines += [f"options {' '.join(options)}"] if options else []
    return "".join(line + "\n" for line in lines)


def _parse_resolv(text: str) -> tuple[list[str], list[str], list[str]]:
    servers: list[str] = []
    search: list[str] = []
    options: list[str] = []
    for line in text.splitlines():
        fields = line.split()
        if fields[:1] == ["nameserver"] and len(fields) > 1:
            servers.append(fields[1])
        elif fields[:1] in (["search"], ["domain"]):
            search = fields[1:]
        elif fields[:1] == ["options"]:
            options += fields[1:]
    return servers, search, options


def host_resolv() -> str:
    """Return the host's resolv.conf; behind a local stub resolver, the one with the real servers (resolved(8))."""
    text = read_text("/etc/resolv.conf")
    servers = _parse_resolv(text)[0]
    if servers == ["127.0.0.53"]:
        return read_text(_FALLBACK_RESOLV) or text
    return text
