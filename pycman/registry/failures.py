"""Convert error responses of registries and broken connections to errors of pycman. Pure.

`Retryable` marks errors that a retry may solve: 408, 429, 5xx, and connections that break or time out. A host that was
never reached (no such name, no listener, no TLS) is reported at once, because a retry would not help; where the user asked
for retries by name, a listener that is missing may be one that is being started.
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

_RETRYABLE_STATUS = frozenset((408, 429, 500, 502, 503, 504))
_NOT_TLS = (
    "WRONG_VERSION_NUMBER",
    "RECORD_LAYER_FAILURE",
    "HTTP_REQUEST",
    "UNKNOWN_PROTOCOL",
    "PACKET_LENGTH_TOO_LONG",
)
_CERTIFICATE_REQUIRED = (
    "TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "SSLV3_ALERT_BAD_CERTIFICATE",
    "SSLV3_ALERT_HANDSHAKE_FAILURE",
)
_REASONS: dict[type[BaseException], str] = {
    http.client.RemoteDisconnected: "it closed the connection without a response",
    http.client.BadStatusLine: "its response is not HTTP",
    http.client.LineTooLong: "its response is not HTTP",
    urllib3.exceptions.IncompleteRead: "in the middle of a response",
    http.client.IncompleteRead: "in the middle of a response",
    urllib3.exceptions.InvalidChunkLength: "in the middle of a response",
}
_MAX_MESSAGE_CHARACTERS = 200


class Retryable(Exception):
    """Carries an error that a retry may solve; `retry_after_s` is the server's Retry-After, 0 for none.

    `moved` says that there was progress since the last failure: the full number of retries is available again.
    """

    moved = False

    def __init__(self, error: PycmanError, retry_after_s: float = 0.0) -> None:
        super().__init__(str(error))
        self.error = error
        self.retry_after_s = retry_after_s


class Peer(Record):
    """The other side of a failed request: `host` is the registry or one it redirected to; `login_host` the registry's
    name for users. `reached` is whether it has answered before, `logged_in` whether credentials were sent, `awaited` whether
    it may take a while until somebody listens there.
    """

    host: str
    subject: str
    login_host: str = ""
    proxy: str = ""
    reached: bool = False
    logged_in: bool = False
    awaited: bool = False


def may_be_plain_http(error: urllib3.exceptions.HTTPError, *, has_port: bool) -> bool:
    """Say whether a failed first request by HTTPS may mean that the server has only plain HTTP."""
    if isinstance(error, urllib3.exceptions.ProxyError):
        return "Tunnel connection failed" in str(error.original_error)  # many proxies tunnel to port 443 only
    if isinstance(error, urllib3.exceptions.SSLError):
        cause = error.args[0] if error.args else None
        eof = isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError))
        return eof or getattr(cause, "reason", "") in _NOT_TLS
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return not has_port and isinstance(error.__cause__, ConnectionRefusedError)  # port 80 may accept connections
    return isinstance(error, urllib3.exceptions.ProtocolError)


def connection_failure(error: Exception, peer: Peer) -> Exception:
    """Return the error for a broken, refused or timed out connection: a PycmanError, or Retryable with one."""
    cause = error.__cause__ or next(
        (argument for argument in reversed(error.args) if isinstance(argument, Exception)), error
    )
    if isinstance(error, urllib3.exceptions.SSLError):
        return _tls_failure(error, peer)
    if isinstance(error, urllib3.exceptions.ProxyError):
        return _proxy_failure(error, peer)
    if isinstance(error, urllib3.exceptions.LocationValueError):
        return Unavailable(f"{peer.host} is not a valid host", subject=peer.subject, hint="check the name")
    if isinstance(error, urllib3.exceptions.NameResolutionError):
        hint = "check the name and the network"
        unresolved = Unavailable(
            f"the name {peer.host} cannot be resolved", subject=peer.subject, hint=hint, code="registry-name-unknown"
        )
        return Retryable(unresolved) if peer.reached else unresolved
    reason = cause.strerror.lower() if isinstance(cause, OSError) and cause.strerror else _REASONS.get(type(cause), "")
    detail = f" ({reason})" if reason else ""
    if isinstance(cause, TimeoutError) or isinstance(error, urllib3.exceptions.ReadTimeoutError):
        failure: PycmanError = TimedOut(f"{peer.host} does not answer", subject=peer.subject, hint="try again later")
    elif isinstance(cause, ConnectionRefusedError):
        hint = "check that the registry runs"
        failure = Unavailable(
            f"{peer.host} refuses connections",
            subject=peer.subject,
            hint=hint,
            code="registry-refuses-connections",
            facts={"registry": peer.host},
        )
    else:
        hint = "check the network and try again"
        failure = Unavailable(f"the connection to {peer.host} broke{detail}", subject=peer.subject, hint=hint)
    never_reached = isinstance(error, urllib3.exceptions.ConnectTimeoutError) and not (peer.reached or peer.awaited)
    return failure if never_reached else Retryable(failure)


def _proxy_failure(error: urllib3.exceptions.ProxyError, peer: Peer) -> PycmanError:
    cause = error.original_error
    _, tunnel, status_line = str(cause).partition("Tunnel connection failed: ")  # urllib3 has no field for the status
    reason = f"answers {' '.join(status_line.split())[:_MAX_MESSAGE_CHARACTERS]}" if tunnel else "cannot be reached"
    hint = "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY"
    return Unavailable(f"the proxy {peer.proxy} on the way to {peer.host} {reason}", subject=peer.subject, hint=hint)


_UNKNOWN_AUTHORITY, _NOT_NOW = "certificate signed by unknown authority", "certificate has expired or is not yet valid"
_GO_REASONS = {
    18: _UNKNOWN_AUTHORITY, 19: _UNKNOWN_AUTHORITY, 20: _UNKNOWN_AUTHORITY, 21: _UNKNOWN_AUTHORITY, 9: _NOT_NOW, 10: _NOT_NOW,
}  # fmt: skip
"""What clients written in Go, and so scripts, call OpenSSL's reasons (X509_V_ERR_…) not to trust a certificate."""


def _tls_failure(error: urllib3.exceptions.SSLError, peer: Peer) -> PycmanError:
    cause = error.args[0] if error.args else error
    reason = str(getattr(cause, "reason", "") or type(cause).__name__)
    registry = peer.login_host or peer.host
    if isinstance(cause, ssl.SSLCertVerificationError):
        hint = f"put its CA into /etc/containers/certs.d/{registry}/ca.crt, or use --tls-verify=false"
        problem = f"the certificate of {peer.host} is not trusted (x509): {cause.verify_message}"
        reason = _GO_REASONS.get(cause.verify_code, cause.verify_message)
        return Denied(
            problem,
            subject=peer.subject,
            hint=hint,
            code="untrusted-certificate",
            facts={"host": peer.host, "reason": f"x509: {reason}", "hint": hint},
        )
    if reason in _CERTIFICATE_REQUIRED:
        hint = f"put one as client.cert and client.key into /etc/containers/certs.d/{registry}"
        return Denied(f"{peer.host} requires a client certificate (x509)", subject=peer.subject, hint=hint)
    hint = "if it has only plain HTTP, set insecure=true for it in registries.conf or use --tls-verify=false"
    detail = reason.lower().replace("_", " ")
    return Unavailable(f"{peer.host} does not accept TLS ({detail})", subject=peer.subject, hint=hint)


def response_failure(status: int, body: bytes, retry_after: str, peer: Peer, method: str) -> Exception:
    """Return the error for a status of 400 or more, with the message of `body`: a PycmanError or a Retryable."""
    message = server_message(body)
    if status in (400, 404) and b"BLOB_UNKNOWN" in body and method == "PUT":  # of an upload's end, or of a manifest
        return NotFound(f"{peer.host} lacks a blob{message}", subject=peer.subject, hint="push it again")
    host = peer.login_host or peer.host
    if status == 401:
        problem = f"the login at {host} was refused" if peer.logged_in else f"{host} requires a login"
        code = "login-refused" if peer.logged_in else "login-required"
        return Unauthenticated(problem + message, subject=peer.subject, hint=f"run pycman login {host}", code=code)
    if status == 403:
        hint = "check the name and your rights" if peer.logged_in else f"check the name, or run pycman login {host}"
        return Denied(f"{peer.host} refuses access{message}", subject=peer.subject, hint=hint)
    if status == 404:
        return NotFound(
            "not found in the registry", subject=peer.subject, hint="check name and tag", code="not-in-registry"
        )
    if status == 407:
        hint = "write its login into HTTP_PROXY and HTTPS_PROXY as http://USER:PASSWORD@HOST:PORT"
        return Unavailable(f"the proxy {peer.proxy} requires a login", subject=peer.subject, hint=hint)
    if status in (405, 413, 415):
        problem = f"{peer.host} does not accept it ({status} to {method}){message}"
        return Unsupported(problem, subject=peer.subject, hint="ask who runs the registry for its limits")
    if status == 429:
        hint = "wait, or log in" if not peer.logged_in else "wait and try again"
        wait_s = seconds_of(retry_after)
        problem = f"too many requests to {peer.host} (429){message}" + (f", again in {wait_s:.0f} s" if wait_s else "")
        return Retryable(Unavailable(problem, subject=peer.subject, hint=hint), wait_s)
    problem = f"{peer.host} answered {status} to {method}{message}"
    if status in _RETRYABLE_STATUS:
        return Retryable(Unavailable(problem, subject=peer.subject, hint="try again later"), seconds_of(retry_after))
    return Unavailable(problem, subject=peer.subject, hint="check the name, or ask who runs the registry")


def seconds_of(retry_after: str, now_s: float = -1.0) -> float:
    """Return a Retry-After header in seconds from now, 0 if there is none (RFC 9110, 10.2.3). Tests set `now_s`."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        then_s = parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, then_s - (time.time() if now_s < 0 else now_s))


def server_message(body: bytes) -> str:
    """Return ": MESSAGE" of a registry's error body (distribution-spec, "Error Codes"), "" if it has none."""
    try:
        document = parse_json(body)
    except Exception:  # the body is not JSON, so it has no message
        return ""
    errors = document.get("errors") if isinstance(document, dict) else None
    if not isinstance(errors, list):
        details = document.get("details") or document.get("message") if isinstance(document, dict) else ""
        errors = [{"message": details}] if isinstance(details, str) and details else []
    messages = [str(error.get("message") or error.get("code") or "") for error in errors if isinstance(error, dict)]
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in " ".join(messages)).split())
    return f": {text[:_MAX_MESSAGE_CHARACTERS]}" if text else ""
