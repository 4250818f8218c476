"""What a registry's answers and broken connections mean: one kind and one line for each. Pure.

`MayPass` marks what may be gone at the next try: 408, 429, 5xx and connections that break or stay silent. A host that was
never reached (no such name, nobody listening, no TLS) is told at once: waiting would not bring it.
"""

from __future__ import annotations

import http.client
import ssl
import time
from email.utils import parsedate_to_datetime

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
_SAID: dict[type[BaseException], str] = {
    http.client.RemoteDisconnected: "it hung up without an answer",
    http.client.BadStatusLine: "what came is no HTTP",
    http.client.LineTooLong: "what came is no HTTP",
    urllib3.exceptions.IncompleteRead: "in the middle of an answer",
    http.client.IncompleteRead: "in the middle of an answer",
    urllib3.exceptions.InvalidChunkLength: "in the middle of an answer",
}
_WORDS_LENGTH = 200


class MayPass(Exception):
    """Carries an error that may be gone at the next try; `retry_after_s` is the server's own word, 0 for none.

    `moved` says that there was progress since the last failure: tries begin to count anew.
    """

    moved = False

    def __init__(self, error: PycmanError, retry_after_s: float = 0.0) -> None:
        super().__init__(str(error))
        self.error = error
        self.retry_after_s = retry_after_s


class Peer(Record):
    """Whom the failure came from: the registry, or where it sent us (`host`). `login_host` is the registry's name for users.

    `reached`: it has answered before. `logged_in`: credentials were sent.
    """

    host: str
    subject: str
    login_host: str = ""
    proxy: str = ""
    reached: bool = False
    logged_in: bool = False


def speaks_no_tls(error: urllib3.exceptions.HTTPError, *, has_port: bool) -> bool:
    """Say whether a failed first contact by https may mean that the other side speaks plain HTTP."""
    if isinstance(error, urllib3.exceptions.ProxyError):
        return "Tunnel connection failed" in str(error.original_error)  # many let no other port than 443 through
    if isinstance(error, urllib3.exceptions.SSLError):
        cause = error.args[0] if error.args else None
        eof = isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError))
        return eof or getattr(cause, "reason", "") in _NOT_TLS
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return not has_port and isinstance(error.__cause__, ConnectionRefusedError)  # port 80 may be another matter
    return isinstance(error, urllib3.exceptions.ProtocolError)


def connection_failure(error: Exception, peer: Peer) -> Exception:
    """Return what a broken, refused or silent connection is: a PycmanError, or MayPass around one."""
    cause = error.__cause__ or next(
        (argument for argument in reversed(error.args) if isinstance(argument, Exception)), error
    )
    if isinstance(error, urllib3.exceptions.SSLError):
        return _tls_failure(error, peer)
    if isinstance(error, urllib3.exceptions.ProxyError):
        return _proxy_failure(error, peer)
    if isinstance(error, urllib3.exceptions.LocationValueError):
        return Unavailable(f"{peer.host} is no address to connect to", subject=peer.subject, hint="check the name")
    if isinstance(error, urllib3.exceptions.NameResolutionError):
        hint = "check the name and the network"
        unknown = Unavailable(f"the name {peer.host} cannot be resolved", subject=peer.subject, hint=hint)
        return MayPass(unknown) if peer.reached else unknown
    reason = cause.strerror.lower() if isinstance(cause, OSError) and cause.strerror else _SAID.get(type(cause), "")
    why = f" ({reason})" if reason else ""
    if isinstance(cause, TimeoutError) or isinstance(error, urllib3.exceptions.ReadTimeoutError):
        failure: PycmanError = TimedOut(f"{peer.host} does not answer", subject=peer.subject, hint="try again later")
    elif isinstance(cause, ConnectionRefusedError):
        hint = "check that the registry runs"
        failure = Unavailable(f"{peer.host} refuses connections", subject=peer.subject, hint=hint)
    else:
        hint = "check the network and try again"
        failure = Unavailable(f"the connection to {peer.host} broke{why}", subject=peer.subject, hint=hint)
    never_reached = isinstance(error, urllib3.exceptions.ConnectTimeoutError) and not peer.reached
    return failure if never_reached else MayPass(failure)


def _proxy_failure(error: urllib3.exceptions.ProxyError, peer: Peer) -> PycmanError:
    cause = error.original_error
    _, tunnel, words = str(cause).partition("Tunnel connection failed: ")  # the status is nowhere else
    reason = f"answers {' '.join(words.split())[:_WORDS_LENGTH]}" if tunnel else "cannot be reached"
    hint = "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY"
    return Unavailable(f"the proxy {peer.proxy} on the way to {peer.host} {reason}", subject=peer.subject, hint=hint)


def _tls_failure(error: urllib3.exceptions.SSLError, peer: Peer) -> PycmanError:
    cause = error.args[0] if error.args else error
    reason = str(getattr(cause, "reason", "") or type(cause).__name__)
    registry = peer.login_host or peer.host
    if isinstance(cause, ssl.SSLCertVerificationError):
        hint = f"put its CA into /etc/containers/certs.d/{registry}/ca.crt, or use --tls-verify=false"
        text = f"the certificate of {peer.host} is not trusted (x509): {cause.verify_message}"
        return Denied(text, subject=peer.subject, hint=hint)
    if reason in _WANTS_CERTIFICATE:
        hint = f"put one as client.cert and client.key into /etc/containers/certs.d/{registry}"
        return Denied(f"{peer.host} wants a client certificate (x509)", subject=peer.subject, hint=hint)
    hint = "if it speaks plain HTTP, set insecure=true for it in registries.conf or use --tls-verify=false"
    words = reason.lower().replace("_", " ")
    return Unavailable(f"{peer.host} does not speak TLS ({words})", subject=peer.subject, hint=hint)


def answer_failure(status: int, body: bytes, retry_after: str, peer: Peer, method: str) -> Exception:
    """Return what an answer of 400 or more is: a PycmanError, or MayPass around one. `body` may hold the server's words."""
    words = server_words(body)
    host = peer.login_host or peer.host
    if status == 401:
        told = f"the login at {host} was refused" if peer.logged_in else f"{host} wants a login"
        return Unauthenticated(told + words, subject=peer.subject, hint=f"run pycman login {host}")
    if status == 403:
        hint = "check the name and your rights" if peer.logged_in else f"check the name, or run pycman login {host}"
        return Denied(f"{peer.host} refuses access{words}", subject=peer.subject, hint=hint)
    if status == 404:
        return NotFound("not found in the registry", subject=peer.subject, hint="check name and tag")
    if status == 407:
        hint = "write its login into HTTP_PROXY and HTTPS_PROXY as http://USER:PASSWORD@HOST:PORT"
        return Unavailable(f"the proxy {peer.proxy} wants a login", subject=peer.subject, hint=hint)
    if status in (405, 413, 415):
        told = f"{peer.host} does not take it ({status} to {method}){words}"
        return Unsupported(told, subject=peer.subject, hint="ask who runs the registry for its limits")
    if status == 429:
        hint = "wait, or log in" if not peer.logged_in else "wait and try again"
        wait_s = seconds_of(retry_after)
        told = f"{peer.host} is asked too often (429){words}" + (f", again in {wait_s:.0f} s" if wait_s else "")
        return MayPass(Unavailable(told, subject=peer.subject, hint=hint), wait_s)
    told = f"{peer.host} answered {status} to {method}{words}"
    if status in _PASSING:
        return MayPass(Unavailable(told, subject=peer.subject, hint="try again later"), seconds_of(retry_after))
    return Unavailable(told, subject=peer.subject, hint="check the name, or ask who runs the registry")


def seconds_of(retry_after: str, now_s: float = -1.0) -> float:
    """Return a Retry-After header in seconds from now, 0 for nothing (RFC 9110, 10.2.3). `now_s` is for tests."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        then_s = parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, then_s - (time.time() if now_s < 0 else now_s))


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
    words = [str(error.get("message") or error.get("code") or "") for error in errors if isinstance(error, dict)]
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in " ".join(words)).split())
    return f": {text[:_WORDS_LENGTH]}" if text else ""
