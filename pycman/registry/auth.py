"""Authorization: from a registry's challenge to the next step (RFC 6750 Bearer, RFC 7617 Basic; distribution, "Token
Authentication Specification"). Pure: it asks for input and output instead of doing it.
"""

from __future__ import annotations

import base64
import ipaddress
from urllib.parse import urlencode, urlsplit

from pycman.errors import Corrupt, Denied, Unauthenticated
from pycman.jsontext import parse_json
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Credentials(Record):
    """What a user logged in with; `identity_token` instead of a password where a registry gave one."""

    username: str = ""
    password: str = ""
    identity_token: str = ""


class FetchToken(Record):
    """A request to make: `body` "" is a GET."""

    url: str
    headers: Mapping[str, str] = {}
    body: str = ""


def parse_challenge(header: str) -> list[tuple[str, dict[str, str]]]:
    """Return the schemes (lower case) of a WWW-Authenticate header and their parameters (RFC 9110, 11.6.1).

    What stands there without a name or without a value (a token68) is passed by.
    """
    found: list[tuple[str, dict[str, str]]] = []
    at = 0
    while at < len(header):
        begin = at = _skip(header, at, " \t,")
        while at < len(header) and header[at] not in ' \t,="':
            at += 1
        word = header[begin:at].lower()
        equals = _skip(header, at, " \t")
        if header[equals : equals + 1] == "=":
            value, at = _value(header, _skip(header, equals + 1, " \t"))
            if found and word and value not in ("", "="):
                found[-1][1][word] = value
        elif word:
            found.append((word, {}))
        else:
            at += 1
    return found


def _skip(header: str, at: int, letters: str) -> int:
    while at < len(header) and header[at] in letters:
        at += 1
    return at


def _value(header: str, at: int) -> tuple[str, int]:
    """Return the quoted or bare value at a place, and where it ends."""
    if header[at : at + 1] != '"':
        end = at
        while end < len(header) and header[end] not in ", \t":
            end += 1
        return header[at:end], end
    letters = []
    at += 1
    while at < len(header) and header[at] != '"':
        at += header[at] == "\\"
        letters.append(header[at : at + 1])
        at += 1
    return "".join(letters), at + 1


def basic(credentials: Credentials) -> str:
    """Return the value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{credentials.username}:{credentials.password}".encode()).decode()


def answer_challenge(
    header: str, credentials: Credentials | None, *, scope: str, registry_url: str, subject: str
) -> FetchToken | str:
    """Return the token request to make, or a finished Authorization value (Basic).

    Raises Unauthenticated (Basic without credentials, no scheme we know), Denied (a token realm less safe than the registry).
    """
    host = urlsplit(registry_url).netloc
    for scheme, values in parse_challenge(header):
        if scheme == "bearer" and values.get("realm"):
            check_realm(values["realm"], registry_url, subject)
            return _token_request(values, credentials, scope)
        if scheme == "basic":
            if credentials is None or not credentials.username:
                raise Unauthenticated(f"{host} wants a login", subject=subject, hint=f"run pycman login {host}")
            return basic(credentials)
    raise Unauthenticated(f"{host} asks for a kind of login that is not known", subject=subject)


def check_realm(realm: str, registry_url: str, subject: str) -> None:
    """Raise Denied for a token server that is less safe than its registry, which named it and need not be honest.

    Less safe: plain HTTP where the registry has TLS, a URL with a login in it, or an address of this machine or a private
    network that the registry itself is not at (a login must not be led to somebody's service behind a firewall).
    """
    registry = urlsplit(registry_url)
    try:
        server = urlsplit(realm)
    except ValueError:  # brackets that are no address
        server = urlsplit("")
    downgraded = registry.scheme == "https" and server.scheme != "https"
    led_inside = _is_inside(server.hostname or "") and not (
        server.hostname == registry.hostname or _is_inside(registry.hostname or "")
    )
    if server.scheme not in ("http", "https") or downgraded or led_inside or server.username or not server.hostname:
        raise Denied(
            f"the registry sends logins to {realm[:100]}, which is less safe than itself",
            subject=subject,
            hint="ask who runs the registry",
        )


def _is_inside(host: str) -> bool:
    """Say whether a host is written as this machine or as an address that the Internet does not know."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _token_request(values: Mapping[str, str], credentials: Credentials | None, scope: str) -> FetchToken:
    realm = values["realm"]
    fields = [("service", values["service"])] if values.get("service") else []
    scopes = merge_scopes(values.get("scope", ""), scope)
    if credentials is not None and credentials.identity_token:
        body = [("grant_type", "refresh_token"), ("refresh_token", credentials.identity_token), ("client_id", "pycman")]
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return FetchToken(url=realm, headers=headers, body=urlencode([*body, *fields, ("scope", " ".join(scopes))]))
    fields += [("scope", each) for each in scopes]
    headers = {}
    if credentials is not None and credentials.username:
        headers["Authorization"] = basic(credentials)
        fields.append(("account", credentials.username))
    separator = "&" if "?" in realm else "?"
    return FetchToken(url=f"{realm}{separator}{urlencode(fields)}" if fields else realm, headers=headers)


def merge_scopes(asked: str, wanted: str) -> list[str]:
    """Return the scopes a registry asked for and those the caller knows it will need, each resource once.

    "repository:a:pull" and "repository:a:pull,push" give "repository:a:pull,push".
    """
    found: dict[str, list[str]] = {}
    for scope in (*asked.split(), *wanted.split()):
        resource, _, actions = scope.rpartition(":")
        known = found.setdefault(resource, [])
        known += [action for action in actions.split(",") if action not in known]
    return [f"{resource}:{','.join(actions)}" for resource, actions in found.items()]


def read_token(body: bytes, *, subject: str) -> str:
    """Return the Authorization value a token server's answer means. Raises Corrupt."""
    answer = parse_json(body, subject=subject)
    token = answer.get("token") or answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(token, str) or not token:
        raise Corrupt("the token server's answer holds no token", subject=subject)
    return f"Bearer {token}"
