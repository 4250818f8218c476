"""What a registry's answers and broken connections mean: one kind and one line for each. Pure.

`MayPass` marks what may be gone at the next try: 408, 429, 5xx and connections that break or stay silent. A host that was
never reached (no such name, nobody listening, no TLS) is told at once: waiting would not bring it.
"""

from __future__ import annotations

import ssl

import urllib3

from pycman.errors import Denied, NotFound, TimedOut, Unauthenticated, Unavailable, Unsupported
from pycman.jsontext import parse_json
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.errors import PycmanError

_PASSING = frozenset((408, 429, 500, 502, 503, 504))
_NOT_TLS = (
    "WRONG_VERSION_NUMBER",
    "RECORD_LAYER_FAILURE",
    "HTTP_REQUEST",
    "UNKNOWN_PROTOCOL",
    "PACKET_LENGTH_TOO_LONG",
)
_WANTS_CERTIFICATE = (
    "TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "SSLV3_ALERT_BAD_CERTIFICATE",
    "SSLV3_ALERT_HANDSHAKE_FAILURE",
)
_WORDS_LENGTH = 200


class MayPass(Exception):
    """Carries an error that may be gone at the next try; `retry_after_s` is the server's own word, 0 for none."""

    def __init__(self, error: PycmanError, retry_after_s: float = 0.0) -> None:
        super().__init__(str(error))
        self.error = error
        self.retry_after_s = retry_after_s


class Peer(Record):
    """Whom the failure came from. `reached`: it has answered before. `logged_in`: credentials were sent."""

    host: str
    subject: str
    login_host: str = ""
    reached: bool = False
    logged_in: bool = False


def speaks_no_tls(error: urllib3.exceptions.HTTPError, *, has_port: bool) -> bool:
    """Say whether a failed first contact by https may mean that the other side speaks plain HTTP."""
    if isinstance(error, urllib3.exceptions.SSLError):
        cause = error.args[0] if error.args else None
        eof = isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError))
        return eof or getattr(cause, "reason", "") in _NOT_TLS
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return not has_port and isinstance(error.__cause__, ConnectionRefusedError)  # port 80 may be another matter
    return isinstance(error, urllib3.exceptions.ProtocolError)


def connection_failure(error: Exception, peer: Peer) -> Exception:
    """Return what a broken, refused or silent connection is: a PycmanError, or MayPass around one."""
    cause = error.__cause__ or error
    if isinstance(error, urllib3.exceptions.SSLError):
        return _tls_failure(error, peer)
    if isinstance(error, urllib3.exceptions.ProxyError):
        hint = "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY"
        return Unavailable(f"the proxy to {peer.host} cannot be used", subject=peer.subject, hint=hint)
    if isinstance(error, urllib3.exceptions.NameResolutionError):
        hint = "check the name and the network"
        unknown = Unavailable(f"the name {peer.host} cannot be resolved", subject=peer.subject, hint=hint)
        return MayPass(unknown) if peer.reached else unknown
    reason = cause.strerror if isinstance(cause, OSError) and cause.strerror else type(cause).__name__
    if isinstance(cause, TimeoutError) or isinstance(error, urllib3.exceptions.ReadTimeoutError):
        failure: PycmanError = TimedOut(f"{peer.host} does not answer", subject=peer.subject, hint="try again later")
    elif isinstance(cause, ConnectionRefusedError):
        hint = "check that the registry runs"
        failure = Unavailable(f"{peer.host} refuses connections", subject=peer.subject, hint=hint)
    else:
        hint = "check the network and try again"
        failure = Unavailable(f"the connection to {peer.host} broke ({reason})", subject=peer.subject, hint=hint)
    never_reached = isinstance(error, urllib3.exceptions.ConnectTimeoutError) and not peer.reached
    return failure if never_reached else MayPass(failure)


def _tls_failure(error: urllib3.exceptions.SSLError, peer: Peer) -> PycmanError:
    cause = error.args[0] if error.args else error
    reason = str(getattr(cause, "reason", "") or type(cause).__name__)
    if isinstance(cause, ssl.SSLCertVerificationError):
        hint = f"put its CA into /etc/containers/certs.d/{peer.host}/ca.crt, or use --tls-verify=false"
        text = f"the certificate of {peer.host} is not trusted (x509): {cause.verify_message}"
        return Denied(text, subject=peer.subject, hint=hint)
    if reason in _WANTS_CERTIFICATE:
        hint = f"put one as client.cert and client.key into /etc/containers/certs.d/{peer.host}"
        return Denied(f"{peer.host} wants a client certificate (x509)", subject=peer.subject, hint=hint)
    hint = "if it speaks plain HTTP, set insecure=true for it in registries.conf or use --tls-verify=false"
    words = reason.lower().replace("_", " ")
    return Unavailable(f"{peer.host} does not speak TLS ({words})", subject=peer.subject, hint=hint)


def answer_failure(status: int, body: bytes, retry_after: str, peer: Peer, method: str) -> Exception:
    """Return what an answer of 400 or more is: a PycmanError, or MayPass around one. `body` may hold the server's words."""
    words = server_words(body)
    host = peer.login_host or peer.host
    if status == 401:
        told = f"the login at {peer.host} was refused" if peer.logged_in else f"{peer.host} wants a login"
        return Unauthenticated(told + words, subject=peer.subject, hint=f"run pycman login {host}")
    if status == 403:
        hint = "check the name and your rights" if peer.logged_in else f"check the name, or run pycman login {host}"
        return Denied(f"{peer.host} refuses access{words}", subject=peer.subject, hint=hint)
    if status == 404:
        return NotFound("not found in the registry", subject=peer.subject, hint="check name and tag")
    if status in (405, 413, 415):
        return Unsupported(f"{peer.host} does not take it ({status} to {method}){words}", subject=peer.subject)
    if status == 429:
        hint = "wait, or log in" if not peer.logged_in else "wait and try again"
        limited = Unavailable(f"{peer.host} is asked too often (429){words}", subject=peer.subject, hint=hint)
        return MayPass(limited, seconds_of(retry_after))
    error = Unavailable(f"{peer.host} answered {status} to {method}{words}", subject=peer.subject)
    return MayPass(error, seconds_of(retry_after)) if status in _PASSING else error


def seconds_of(retry_after: str) -> float:
    """Return a Retry-After header in seconds, 0 if it gives a date or nothing (RFC 9110, 10.2.3)."""
    text = retry_after.strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0.0


def server_words(body: bytes) -> str:
    """Return ": MESSAGE" of a registry's error body (distribution-spec, "Error Codes"), "" if there is none to read."""
    try:
        document = parse_json(body)
    except Exception:  # whatever it is, it says nothing
        return ""
    errors = document.get("errors") if isinstance(document, dict) else None
    if not isinstance(errors, list):
        details = document.get("details") or document.get("message") if isinstance(document, dict) else ""
        errors = [{"message": details}] if isinstance(details, str) and details else []
    words = [str(each.get("message") or each.get("code") or "") for each in errors if isinstance(each, dict)]
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in " ".join(words)).split())
    return f": {text[:_WORDS_LENGTH]}" if text else ""
