"""Authorization: a registry's challenge gives the next step (RFC 6750 Bearer, RFC 7617 Basic; distribution, "Token
Authentication Specification"). Pure: it returns the request to make instead of making it.
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
    """A user name and password, or an `identity_token` that a registry issued in place of the password.

    A `registry_token` is the bearer token itself: it is sent as it is, and no token is fetched.
    """

    username: str = ""
    password: str = ""
    identity_token: str = ""
    registry_token: str = ""


class FetchToken(Record):
    """A request for a token: a GET if `body` is "", else a POST."""

    url: str
    headers: Mapping[str, str] = {}
    body: str = ""


def parse_challenge(header: str) -> list[tuple[str, dict[str, str]]]:
    """Parse a WWW-Authenticate header into (scheme in lower case, parameters) pairs (RFC 9110, 11.6.1).

    Parameters without a name or a value (a token68) are ignored.
    """
    challenges: list[tuple[str, dict[str, str]]] = []
    at = 0
    while at < len(header):
        start = at = _skip(header, at, " \t,")
        while at < len(header) and header[at] not in ' \t,="':
            at += 1
        token = header[start:at].lower()
        equals = _skip(header, at, " \t")
        if header[equals : equals + 1] == "=":
            value, at = _value(header, _skip(header, equals + 1, " \t"))
            if challenges and token and value not in ("", "="):
                challenges[-1][1][token] = value
        elif token:
            challenges.append((token, {}))
        else:
            at += 1
    return challenges


def _skip(header: str, at: int, letters: str) -> int:
    while at < len(header) and header[at] in letters:
        at += 1
    return at


def _value(header: str, at: int) -> tuple[str, int]:
    """Return (value, index after it) of a token or quoted string (RFC 9110, 5.6)."""
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


def basic_authorization(credentials: Credentials) -> str:
    """Return the Authorization header for Basic (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{credentials.username}:{credentials.password}".encode()).decode()


def answer_challenge(
    header: str, credentials: Credentials | None, *, scope: str, registry_url: str, subject: str
) -> FetchToken | str:
    """Return the token request to make, or an Authorization header (Basic, or the registry token that is there).

    Raises Unauthenticated (Basic without credentials, no supported scheme), Denied (an unsafe token realm).
    """
    host = urlsplit(registry_url).netloc
    for scheme, values in parse_challenge(header):
        if scheme == "bearer" and credentials is not None and credentials.registry_token:
            return f"Bearer {credentials.registry_token}"
        if scheme == "bearer" and values.get("realm"):
            check_realm(values["realm"], registry_url, subject)
            return _token_request(values, credentials, scope)
        if scheme == "basic":
            if credentials is None or not credentials.username:
                raise Unauthenticated(
                    f"{host} requires a login", subject=subject, hint=f"run pycman login {host}", code="login-required"
                )
            return basic_authorization(credentials)
    raise Unauthenticated(f"{host} requires a kind of login that is not supported", subject=subject)


def check_realm(realm: str, registry_url: str, subject: str) -> None:
    """Raise Denied for a token server that is less safe than the registry that names it, which may be malicious.

    Less safe is plain HTTP if the registry has TLS, a URL with a user name, or an address of this machine or a private
    network if the registry has none there (else a registry could send requests to services behind a firewall).
    """
    registry = urlsplit(registry_url)
    try:
        server = urlsplit(realm)
    except ValueError:  # brackets without an IPv6 address in them
        server = urlsplit("")
    downgraded = registry.scheme == "https" and server.scheme != "https"
    redirected_inside = _is_inside(server.hostname or "") and not (
        server.hostname == registry.hostname or _is_inside(registry.hostname or "")
    )
    if (
        server.scheme not in ("http", "https")
        or downgraded
        or redirected_inside
        or server.username
        or not server.hostname
    ):
        raise Denied(
            f"the registry's token server {realm[:100]} is less safe than the registry",
            subject=subject,
            hint="ask who runs the registry",
        )


def _is_inside(host: str) -> bool:
    """Say whether a host is this machine's name or an address that is not global (RFC 6890)."""
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
    fields += [("scope", merged) for merged in scopes]
    headers = {}
    if credentials is not None and credentials.username:
        headers["Authorization"] = basic_authorization(credentials)
        fields.append(("account", credentials.username))
    separator = "&" if "?" in realm else "?"
    return FetchToken(url=f"{realm}{separator}{urlencode(fields)}" if fields else realm, headers=headers)


def merge_scopes(challenged: str, needed: str) -> list[str]:
    """Return the scopes of a challenge and those the caller needs, merged by resource.

    "repository:a:pull" and "repository:a:pull,push" give "repository:a:pull,push".
    """
    actions_of: dict[str, list[str]] = {}
    for scope in (*challenged.split(), *needed.split()):
        resource, _, actions = scope.rpartition(":")
        merged = actions_of.setdefault(resource, [])
        merged += [action for action in actions.split(",") if action not in merged]
    return [f"{resource}:{','.join(actions)}" for resource, actions in actions_of.items()]


def read_token(body: bytes, *, subject: str) -> str:
    """Return the Authorization header of a token server's response body. Raises Corrupt."""
    document = parse_json(body, subject=subject)
    token = document.get("token") or document.get("access_token") if isinstance(document, dict) else None
    if not isinstance(token, str) or not token:
        raise Corrupt("the token server's response has no token", subject=subject)
    return f"Bearer {token}"
