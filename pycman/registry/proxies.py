"""Which proxy a URL goes through: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, read as Go's programs read them. Pure.

The rules are those of golang.org/x/net/http/httpproxy, so that what works for docker and podman works here.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import unquote, urlsplit

from pycman.errors import InvalidInput
from pycman.registry.endpoints import is_loopback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def proxy_for(url: str, environment: Mapping[str, str]) -> str:
    """Return the URL of the proxy for a request to `url`, "" for none. A proxy without a scheme is one of plain HTTP."""
    parts = urlsplit(url)
    names = ("HTTPS_PROXY", "https_proxy") if parts.scheme == "https" else ("HTTP_PROXY", "http_proxy")
    proxy = next((environment[name] for name in names if environment.get(name)), "")
    if not proxy or is_loopback(parts.netloc):
        return ""
    exempt = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if any(_covers(rule.strip().lower(), parts.hostname or "", port) for rule in exempt.split(",")):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def split_proxy(proxy: str) -> tuple[str, str]:
    """Return a proxy's URL without its login, and the login ("" or "user:password"). Raises InvalidInput."""
    try:
        parts = urlsplit(proxy)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        told = proxy.rpartition("@")[2]
        raise InvalidInput("not an HTTP proxy", subject=told, hint="write HTTPS_PROXY as http://HOST:PORT")
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(), login


def _covers(rule: str, host: str, port: int) -> bool:
    """Say whether a rule of NO_PROXY names a host: "*", an address, a network, a domain, each perhaps with a port."""
    if rule in ("", "*"):
        return rule == "*"
    address = _address(host)
    if "/" in rule:
        try:
            return address is not None and address in ipaddress.ip_network(rule, strict=False)
        except ValueError:
            return False
    name, colon, wanted_port = rule.rpartition(":")
    if colon and wanted_port.isdecimal() and (rule.startswith("[") or ":" not in name):
        if int(wanted_port) != port:
            return False
        rule = name
    rule = rule.strip("[]")
    if address is not None:
        return _address(rule) == address
    if rule.startswith(("*.", ".")):
        return host.endswith(rule.lstrip("*"))
    return host == rule or host.endswith(f".{rule}")


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
