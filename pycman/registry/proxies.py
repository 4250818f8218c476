"""The proxy for a URL: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, with the rules of Go. Pure.

They are those of golang.org/x/net/http/httpproxy, so that settings for docker and podman work here.
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
    """Return the URL of the proxy for a request to `url`, "" for none. A proxy without a scheme is an http:// one."""
    parts = urlsplit(url)
    names = ("HTTPS_PROXY", "https_proxy") if parts.scheme == "https" else ("HTTP_PROXY", "http_proxy")
    proxy = next((environment[name] for name in names if environment.get(name)), "")
    if not proxy or is_loopback(parts.netloc):
        return ""
    exempt = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if any(_exempts(rule.strip().lower(), parts.hostname or "", port) for rule in exempt.split(",")):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def split_proxy(proxy: str) -> tuple[str, str]:
    """Return (URL of a proxy without its login, login as "user:password" or ""). Raises InvalidInput."""
    try:
        parts = urlsplit(proxy)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        without_login = proxy.rpartition("@")[2]
        raise InvalidInput("not an HTTP proxy", subject=without_login, hint="write HTTPS_PROXY as http://HOST:PORT")
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(), login


def _exempts(rule: str, host: str, port: int) -> bool:
    """Say whether a rule of NO_PROXY matches a host: "*", an address, a network or a domain, with or without port."""
    if rule in ("", "*"):
        return rule == "*"
    address = _address(host)
    if "/" in rule:
        try:
            return address is not None and address in ipaddress.ip_network(rule, strict=False)
        except ValueError:
            return False
    name, colon, rule_port = rule.rpartition(":")
    if colon and rule_port.isdecimal() and (rule.startswith("[") or ":" not in name):
        if int(rule_port) != port:
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
