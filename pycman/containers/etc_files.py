"""The files of /etc that an engine makes for a container: hosts, hostname, resolv.conf. Text only; pure but for reading
the host's own two files.
"""

from __future__ import annotations

from pycman.linux.files import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.container import ContainerSpec

_FALLBACK_RESOLV = "/run/systemd/resolve/resolv.conf"
_LOOPBACK = ("127.", "::1")


def hosts_text(spec: ContainerSpec, hostname: str, *, base: str = "") -> str:
    """Return /etc/hosts: loopback names (or the host's file with its network), the container, --add-host (hosts(5))."""
    lines = ["127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback"]
    if spec.network.kind == "host" and base:
        lines = base.rstrip("\n").split("\n")
    for entry in spec.extra_hosts:
        name, colon, address = entry.partition(":")
        if "=" in name:
            name, colon, address = entry.partition("=")
        if colon:
            lines.append(f"{address.strip('[]')}\t{name}")
    if hostname and not any(hostname in line.split()[1:] for line in lines if not line.startswith("#")):
        domain = f"{hostname}.{spec.domainname} " if spec.domainname else ""
        lines.append(f"127.0.0.1\t{domain}{hostname}")
    return "\n".join(lines) + "\n"


def resolv_text(spec: ContainerSpec, *, host: str) -> str:
    """Return resolv.conf: the host's servers (with a network of its own, not those on loopback), or what was asked for."""
    servers, search, options = _parse_resolv(host)
    if spec.network.kind != "host":
        servers = [server for server in servers if not server.startswith(_LOOPBACK)]
    if spec.dns:
        servers = [] if "none" in spec.dns else list(spec.dns)
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
        words = line.split()
        if words[:1] == ["nameserver"] and len(words) > 1:
            servers.append(words[1])
        elif words[:1] in (["search"], ["domain"]):
            search = words[1:]
        elif words[:1] == ["options"]:
            options += words[1:]
    return servers, search, options


def host_resolv() -> str:
    """Return the host's resolv.conf; behind a local stub resolver, the one with the real servers (resolved(8))."""
    text = read_text("/etc/resolv.conf")
    servers = _parse_resolv(text)[0]
    if servers == ["127.0.0.53"]:
        return read_text(_FALLBACK_RESOLV) or text
    return text
