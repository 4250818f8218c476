"""One registry over HTTP (distribution-spec v1.1, "API"): manifests, blobs, tags, uploads.

Failures become one kind each: 401 Unauthenticated, 403 Denied, 404 NotFound, 429 and 5xx and broken connections are tried again
with growing waits, then Unavailable. Connections are kept (urllib3); threads share a client.
"""

from __future__ import annotations

import os
import random
import ssl
import threading
import time
from urllib.parse import urljoin, urlsplit

import urllib3

from pycman.digest import digest_bytes
from pycman.errors import Corrupt, Denied, NotFound, TimedOut, Unauthenticated, Unavailable
from pycman.jsontext import parse_json
from pycman.registry.auth import FetchToken, answer_challenge, read_token
from pycman.registry.endpoints import is_loopback
from pycman.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.digest import Readable
    from pycman.errors import PycmanError
    from pycman.registry.auth import Credentials
    from pycman.registry.endpoints import Endpoint

_TIMEOUT = urllib3.Timeout(connect=10, read=60)
_ERROR_BODY_BYTES = 8192
_MANIFEST_BYTES = 4 << 20
_CHUNK = 1 << 18
_LONGEST_WAIT_S = 30.0
_RETRIED = frozenset((408, 429, 500, 502, 503, 504))


class ClientOptions:
    """How to talk: `tls_verify` None is the endpoint's own setting; `retries` after the first try."""

    def __init__(
        self, *, tls_verify: bool | None = None, cert_dir: str = "", retries: int = 3, retry_delay_s: float = 0.0
    ) -> None:
        self.tls_verify = tls_verify
        self.cert_dir = cert_dir
        self.retries = retries
        self.retry_delay_s = retry_delay_s


class Client:
    """One repository's registry."""

    def __init__(
        self, endpoint: Endpoint, credentials: Credentials | None, options: ClientOptions, subject: str
    ) -> None:
        self._endpoint = endpoint
        self._credentials = credentials
        self._options = options
        self._subject = subject
        self._insecure = endpoint.insecure if options.tls_verify is None else not options.tls_verify
        self._pool = _pool(endpoint.host, options.cert_dir, insecure=self._insecure)
        self._base = f"https://{endpoint.host}"
        self._scheme_known = False
        self._authorizations: dict[str, str] = {}
        self._lock = threading.Lock()

    @property
    def path(self) -> str:
        """Return the repository's path at this endpoint."""
        return self._endpoint.path

    # -- reading ----------------------------------------------------------------------------------------------------

    def ping(self) -> None:
        """Check that the registry is there and that the credentials hold. Raises Unauthenticated, Denied, Unavailable."""
        self._request("GET", "/v2/", scope="").drain_conn()

    def manifest(self, reference: str, accepted: Sequence[str]) -> tuple[bytes, str, str]:
        """Return (bytes, media type, digest of the bytes) of a tag or digest; a digest is checked. Raises NotFound."""
        path = f"/v2/{self.path}/manifests/{reference}"
        response = self._request("GET", path, headers={"Accept": ", ".join(accepted)}, scope=self._scope("pull"))
        raw = self._body(response, _MANIFEST_BYTES)
        digest = digest_bytes(raw)
        if reference.startswith("sha256:") and digest != reference:
            raise Corrupt(f"the registry's manifest has digest {digest}", subject=self._subject)
        return raw, str(response.headers.get("Content-Type", "")), digest

    def manifest_digest(self, reference: str, accepted: Sequence[str]) -> str:
        """Return the digest a tag points to, "" if there is no such tag."""
        path = f"/v2/{self.path}/manifests/{reference}"
        try:
            response = self._request("HEAD", path, headers={"Accept": ", ".join(accepted)}, scope=self._scope("pull"))
        except NotFound:
            return ""
        response.drain_conn()
        return str(response.headers.get("Docker-Content-Digest", ""))

    def blob(self, digest: str, offset: int = 0) -> BlobReader:
        """Return a reader of a blob from `offset` (or from 0, then `resumed` is false); it reconnects by itself."""
        return BlobReader(self, digest, offset)

    def open_blob(self, digest: str, offset: int) -> Any:
        """Open the body of a blob from `offset`."""
        headers = {"Range": f"bytes={offset}-"} if offset else {}
        path = f"/v2/{self.path}/blobs/{digest}"
        return self._request("GET", path, headers=headers, scope=self._scope("pull"))

    def has_blob(self, digest: str) -> bool:
        """Say whether the registry has a blob."""
        try:
            self._request("HEAD", f"/v2/{self.path}/blobs/{digest}", scope=self._scope("pull")).drain_conn()
        except NotFound:
            return False
        return True

    def tags(self) -> list[str]:
        """Return all tags of the repository, page by page."""
        found: list[str] = []
        url = f"/v2/{self.path}/tags/list?n=1000"
        for _ in range(1000):
            response = self._request("GET", url, scope=self._scope("pull"))
            document = parse_json(self._body(response, _MANIFEST_BYTES), subject=self._subject)
            found += [str(tag) for tag in document.get("tags") or ()]
            link = str(response.headers.get("Link", ""))
            if 'rel="next"' not in link:
                return found
            url = link.partition("<")[2].partition(">")[0]
        return found

    def get_json(self, path: str) -> Any:
        """Return the JSON document at a path of the registry (search, catalogue)."""
        return parse_json(self._body(self._request("GET", path, scope=""), _MANIFEST_BYTES), subject=self._subject)

    # -- writing ----------------------------------------------------------------------------------------------------

    def mount_blob(self, digest: str, from_path: str) -> bool:
        """Ask the registry to take a blob from another of its repositories; say whether it did."""
        scope = f"{self._scope('pull,push')} repository:{from_path}:pull"
        url = f"/v2/{self.path}/blobs/uploads/?mount={digest}&from={from_path}"
        response = self._request("POST", url, scope=scope)
        response.drain_conn()
        if response.status == 201:
            return True
        location = response.headers.get("Location")
        if location:  # it began an upload instead, which nobody will use
            self._request("DELETE", self._absolute(location), scope=scope, tolerate=True).drain_conn()
        return False

    def upload_blob(self, digest: str, size_bytes: int, open_source: Any, progress: Any = None) -> None:
        """Upload a blob in one piece; `open_source()` gives its bytes anew for each try."""
        scope = self._scope("pull,push")

        def attempt() -> None:
            response = self._request("POST", f"/v2/{self.path}/blobs/uploads/", scope=scope)
            response.drain_conn()
            location = self._absolute(str(response.headers.get("Location", "")))
            url = f"{location}{'&' if '?' in location else '?'}digest={digest}"
            with open_source() as source:
                headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size_bytes)}
                body = _Counted(source, progress)
                self._request("PUT", url, headers=headers, body=body, scope=scope, once=True).drain_conn()

        self._again(attempt)

    def put_manifest(self, reference: str, raw: bytes, media_type: str) -> str:
        """Put a manifest under a tag or digest and return its digest."""
        path = f"/v2/{self.path}/manifests/{reference}"
        response = self._request(
            "PUT", path, headers={"Content-Type": media_type}, body=raw, scope=self._scope("pull,push")
        )
        response.drain_conn()
        told = response.headers.get("Docker-Content-Digest")
        digest = digest_bytes(raw)
        if told and told != digest:
            raise Corrupt(f"the registry took it as {told} instead of {digest}", subject=self._subject)
        return digest

    # -- requests -----------------------------------------------------------------------------------------------------

    def _scope(self, actions: str) -> str:
        return f"repository:{self.path}:{actions}"

    def _absolute(self, location: str) -> str:
        return urljoin(self._base + "/", location)

    def _request(
        self,
        method: str,
        path: str,
        *,
        scope: str,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        once: bool = False,
        tolerate: bool = False,
    ) -> Any:
        def attempt() -> Any:
            return self._authorized(method, path, headers or {}, body, scope, tolerate=tolerate)

        return attempt() if once else self._again(attempt)

    def _again(self, attempt: Any) -> Any:
        """Try, and again after what may pass, with growing waits and the server's own word (Retry-After)."""
        wait = self._options.retry_delay_s or 0.5
        for left in range(self._options.retries, -1, -1):
            try:
                return attempt()
            except _MayPass as failure:
                if not left:
                    raise failure.error from failure
                pause = failure.retry_after_s or wait * (1 + random.random() / 4)  # noqa: S311 - not for secrets
                time.sleep(min(pause, _LONGEST_WAIT_S))
                wait = min(wait * 2, _LONGEST_WAIT_S)
        raise AssertionError("unreachable")

    def _authorized(
        self, method: str, path: str, headers: Mapping[str, str], body: Any, scope: str, *, tolerate: bool
    ) -> Any:
        for attempt in range(2):
            sent = dict(headers)
            known = self._authorizations.get(scope)
            if known:
                sent["Authorization"] = known
            response = self._send(method, path, sent, body)
            if response.status != 401 or attempt:
                break
            challenge = ", ".join(response.headers.getlist("WWW-Authenticate"))
            response.drain_conn()
            with self._lock:
                if self._authorizations.get(scope) == known:
                    self._authorizations[scope] = self._authorize(challenge, scope)
        if response.status >= 400 and not tolerate:
            raise self._failure(response, method)
        return response

    def _authorize(self, challenge: str, scope: str) -> str:
        answer = answer_challenge(
            challenge, self._credentials, scope=scope, registry_url=self._base, subject=self._subject
        )
        if not isinstance(answer, FetchToken):
            return answer
        response = self._raw("POST" if answer.body else "GET", answer.url, dict(answer.headers), answer.body or None)
        if response.status in (401, 403):
            response.drain_conn()
            word = "the login was refused" if self._credentials else "the registry wants a login"
            raise Unauthenticated(word, subject=self._subject, hint="run pycman login")
        if response.status >= 400:
            raise self._failure(response, "GET")
        return read_token(self._body(response, 1 << 20), subject=self._subject)

    def _send(self, method: str, path: str, headers: dict[str, str], body: Any) -> Any:
        url = path if path.startswith("http") else self._base + path
        if self._scheme_known or path.startswith("http") or not (self._insecure or is_loopback(self._endpoint.host)):
            return self._raw(method, url, headers, body)
        try:
            response = self._raw(method, url, headers, body, fallback=True)
        except _PlainHttp:
            self._base = f"http://{self._endpoint.host}"
            response = self._raw(method, self._base + path, headers, body)
        self._scheme_known = True
        return response

    def _raw(self, method: str, url: str, headers: dict[str, str], body: Any, *, fallback: bool = False) -> Any:
        sent = {"User-Agent": f"pycman/{__version__}", **headers}
        try:
            for _ in range(6):
                response = self._pool.request(
                    method,
                    url,
                    headers=sent,
                    body=body,
                    preload_content=False,
                    redirect=False,
                    retries=False,
                    timeout=_TIMEOUT,
                )
                if response.status not in (301, 302, 303, 307, 308):
                    return response
                target = urljoin(url, response.headers.get("Location", ""))
                response.drain_conn()
                if urlsplit(target).netloc != urlsplit(url).netloc:
                    sent.pop("Authorization", None)  # another host's business
                url = target
            raise Unavailable("too many redirects", subject=self._subject)
        except urllib3.exceptions.SSLError as error:
            if fallback and ("WRONG_VERSION_NUMBER" in str(error) or "record layer" in str(error).lower()):
                raise _PlainHttp from error
            raise self._certificate_failure(error) from error
        except urllib3.exceptions.HTTPError as error:
            if fallback and "refused" not in str(error) and isinstance(error, urllib3.exceptions.ProtocolError):
                raise _PlainHttp from error
            raise _MayPass(self._connection_failure(error)) from error

    def _certificate_failure(self, error: Exception) -> PycmanError:
        text = str(error)
        if "CERTIFICATE_VERIFY_FAILED" in text or "certificate" in text.lower():
            reason = text.partition("CERTIFICATE_VERIFY_FAILED]")[2].strip(" )'\"") or "x509 check failed"
            hint = f"put its CA into /etc/containers/certs.d/{self._endpoint.host}/ca.crt, or use --tls-verify=false"
            return Denied(
                f"the registry's certificate is not trusted (x509): {reason[:160]}", subject=self._subject, hint=hint
            )
        hint = "if it speaks plain HTTP, set insecure=true in registries.conf or use --tls-verify=false"
        return Unavailable(f"TLS with {self._endpoint.host} failed: {text[:160]}", subject=self._subject, hint=hint)

    def _connection_failure(self, error: Exception) -> PycmanError:
        host = self._endpoint.host
        if isinstance(error, urllib3.exceptions.NameResolutionError):
            return Unavailable(
                f"the name of {host} cannot be resolved", subject=self._subject, hint="check name and network"
            )
        if isinstance(error, urllib3.exceptions.TimeoutError) and "refused" not in str(error):
            return TimedOut(f"{host} does not answer", subject=self._subject, hint="try again later")
        reason = "refuses connections" if "refused" in str(error) else f"broke the connection ({type(error).__name__})"
        return Unavailable(f"{host} {reason}", subject=self._subject, hint="check that the registry runs")

    def _failure(self, response: Any, method: str) -> Exception:
        status = int(response.status)
        text = _message(response)
        response.drain_conn()
        if status == 401:
            word = "the login was refused" if self._credentials else "the registry wants a login"
            return Unauthenticated(word + text, subject=self._subject, hint=f"run pycman login {self._endpoint.host}")
        if status == 403:
            return Denied(
                f"the registry refuses access{text}", subject=self._subject, hint="check the name and your rights"
            )
        if status == 404:
            return NotFound("not found in the registry", subject=self._subject, hint="check name and tag")
        error = Unavailable(f"{self._endpoint.host} answered {status} to {method}{text}", subject=self._subject)
        if status in _RETRIED:
            after = str(response.headers.get("Retry-After", ""))
            return _MayPass(error, float(after) if after.isdigit() else 0.0)
        return error

    def _body(self, response: Any, limit: int) -> bytes:
        try:
            data = response.read(limit + 1)
        except urllib3.exceptions.HTTPError as error:
            raise self._connection_failure(error) from error
        if len(data) > limit:
            response.close()
            raise Corrupt(f"the registry's answer has more than {limit} bytes", subject=self._subject)
        response.drain_conn()
        return bytes(data)

    def retry_read(self, attempt: Any) -> Any:
        """Run a reading step with the client's own retries."""
        return self._again(attempt)

    def broken(self, error: Exception) -> Exception:
        """Return the retryable error for a connection that broke while reading."""
        return _MayPass(self._connection_failure(error))


class BlobReader:
    """Reads a blob; a connection that breaks is opened again where it broke."""

    def __init__(self, client: Client, digest: str, offset: int) -> None:
        self._client = client
        self._digest = digest
        self._response = client.open_blob(digest, offset)
        self.resumed = bool(offset) and self._response.status == 206
        self._offset = offset if self.resumed else 0

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes; b"" at the end."""
        return self._client.retry_read(lambda: self._read(size))  # type: ignore[no-any-return]

    def _read(self, size: int) -> bytes:
        if self._response is None:
            response = self._client.open_blob(self._digest, self._offset)
            if self._offset and response.status != 206:
                skip = self._offset
                while skip:
                    skip -= len(response.read(min(skip, _CHUNK)))
            self._response = response
        try:
            data = bytes(self._response.read(size if size > 0 else None))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            self._response.close()
            self._response = None
            raise self._client.broken(error) from error
        self._offset += len(data)
        return data


class _MayPass(Exception):
    """What may be gone at the next try."""

    def __init__(self, error: PycmanError, retry_after_s: float = 0.0) -> None:
        super().__init__(str(error))
        self.error = error
        self.retry_after_s = retry_after_s


class _PlainHttp(Exception):
    """The other side does not speak TLS."""


class _Counted:
    """A body that tells how much of it was sent."""

    def __init__(self, source: Readable, progress: Any) -> None:
        self._source = source
        self._progress = progress
        self._sent = 0

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(_CHUNK if size < 0 else size)
        self._sent += len(data)
        if self._progress is not None:
            self._progress(self._sent)
        return data


def _message(response: Any) -> str:
    """Return ": MESSAGE" of a registry's error body, which is read with a limit."""
    try:
        document = parse_json(response.read(_ERROR_BODY_BYTES))
        errors = document.get("errors") or []
        words = [str(each.get("message") or each.get("code")) for each in errors if isinstance(each, dict)]
    except Exception:  # a broken body says nothing
        return ""
    return f": {' '.join(words)[:200]}" if words else ""


def _pool(host: str, cert_dir: str, *, insecure: bool) -> Any:
    context = ssl.create_default_context()
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    for folder in filter(None, (cert_dir, f"{os.path.expanduser('~')}/.config/containers/certs.d/{host}",
                                f"/etc/containers/certs.d/{host}", f"/etc/docker/certs.d/{host}")):  # fmt: skip
        _add_certificates(context, folder)
    proxy = _proxy(host)
    if proxy:
        return urllib3.ProxyManager(proxy, ssl_context=context, maxsize=8)
    return urllib3.PoolManager(ssl_context=context, maxsize=8)


def _add_certificates(context: ssl.SSLContext, folder: str) -> None:
    if not os.path.isdir(folder):
        return
    for name in sorted(os.listdir(folder)):
        path = f"{folder}/{name}"
        if name.endswith(".crt"):
            context.load_verify_locations(cafile=path)
        elif name.endswith(".cert") and os.path.exists(path[:-5] + ".key"):
            context.load_cert_chain(path, path[:-5] + ".key")


def _proxy(host: str) -> str:
    if is_loopback(host):
        return ""
    name = host.partition(":")[0]
    for each in (os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or "").split(","):
        suffix = each.strip().lstrip(".")
        if suffix == "*" or (suffix and (name == suffix or name.endswith("." + suffix))):
            return ""
    return os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy") or ""
