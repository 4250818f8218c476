"""HTTP with one registry: connections shared by threads, retries, redirects, plain HTTP where it is allowed.

The requests come from `client.py` and its parts; `failures.py` converts errors.
"""

from __future__ import annotations

import os
import random
import threading
import time
from urllib.parse import urljoin, urlsplit
from weakref import WeakKeyDictionary

import urllib3

from pycman.contexts import contextmanager, suppress
from pycman.errors import Cancelled, Corrupt, Denied, Unavailable
from pycman.record import Record
from pycman.registry.certificates import tls_context
from pycman.registry.connections import Connections
from pycman.registry.endpoints import is_loopback
from pycman.registry.failures import Peer, Retryable, connection_failure, may_be_plain_http, response_failure
from pycman.registry.proxies import proxy_for
from pycman.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from typing import Protocol, TypeVar

    from urllib3 import BaseHTTPResponse

    from pycman.digest import Readable
    from pycman.registry.endpoints import Endpoint

    T = TypeVar("T")

    class Body(Protocol):
        """A request body that can be opened for each try: a login or a retry sends it again."""

        size_bytes: int

        def open(self) -> AbstractContextManager[Readable]:
            """Return a reader of `size_bytes` bytes."""


_CONNECT_S = 10
_MAX_ERROR_BYTES = 8192
_FIRST_WAIT_S = 0.5
_MAX_WAIT_S = 30.0
_MAX_RETRY_AFTER_S = 120.0
"""A request with a longer Retry-After fails instead of waiting."""
_MAX_NAME_CHARACTERS = 100
_MAX_REDIRECTS = 6
_BODY_TIMEOUTS = 4
"""Time limit for a whole manifest, token or list of tags, in multiples of `timeout_s`."""


class ClientOptions(Record):
    """Options of a client. `tls_verify` None is the endpoint's own setting; `retries` counts tries after the first.

    A `retry_delay_s` is the wait before each of them; 0 is half a second and then twice as long each time. `awaited` says that
    a host that nobody listens at is asked again too. `timeout_s` is the longest time without data; `notify` gets a line before
    each wait; `home` is the user's home directory, with certs.d.
    """

    tls_verify: bool | None = None
    cert_dir: str = ""
    home: str = ""
    retries: int = 3
    retry_delay_s: float = 0.0
    awaited: bool = False
    timeout_s: float = 30.0
    notify: Callable[[str], None] | None = None
    environment: Mapping[str, str] | None = None
    """Where proxies are looked up; None is this process's."""


class Transport:
    """Requests to one endpoint. Threads may share it."""

    def __init__(self, endpoint: Endpoint, options: ClientOptions, subject: str) -> None:
        insecure = endpoint.insecure if options.tls_verify is None else not options.tls_verify
        self._host = endpoint.host
        self._options = options
        self._environment = os.environ if options.environment is None else options.environment
        self._subject = subject
        self._may_be_plain = insecure or (options.tls_verify is None and is_loopback(endpoint.host))
        self._verify = not insecure
        self._peer = Peer(host=endpoint.host, subject=subject, login_host=endpoint.login_host, awaited=options.awaited)
        certs_host = endpoint.login_host
        self._connections = Connections(
            lambda: tls_context(certs_host, cert_dir=options.cert_dir, home=options.home, verify=not insecure),
            verify=not insecure,
            environment=self._environment,
        )
        self._lock = threading.Lock()
        self._halted = threading.Event()
        self._open: set[BaseHTTPResponse] = set()
        self._origins: WeakKeyDictionary[BaseHTTPResponse, str] = WeakKeyDictionary()
        self.base = f"https://{endpoint.host}"

    # -- trying ----------------------------------------------------------------------------------------------------

    def with_retries(self, attempt: Callable[[], T]) -> T:
        """Call `attempt`, and again after Retryable, with growing waits or those of Retry-After.

        Raises the error of the last try; Cancelled after `halt`.
        """
        wait = self._options.retry_delay_s or _FIRST_WAIT_S
        left = max(self._options.retries, 0)
        while True:
            if self._halted.is_set():
                raise Cancelled("stopped", subject=self._subject)
            try:
                return attempt()
            except Retryable as failure:
                if self._halted.is_set():  # `halt` has cut the connection
                    raise Cancelled("stopped", subject=self._subject) from failure
                if failure.moved:
                    left, wait = max(self._options.retries, 0), self._options.retry_delay_s or _FIRST_WAIT_S
                if not left or failure.retry_after_s > _MAX_RETRY_AFTER_S:
                    raise failure.error from failure
                left -= 1
                pause = min(failure.retry_after_s or wait, _MAX_RETRY_AFTER_S)
                pause *= 1 + random.random() / 4  # noqa: S311 - spreads the retries of many clients
                if self._options.notify is not None:
                    self._options.notify(f"{failure.error.problem}; trying again in {pause:.1f} s")
                self._halted.wait(pause)
                if not self._options.retry_delay_s:
                    wait = min(wait * 2, _MAX_WAIT_S)

    def halt(self) -> None:
        """Make requests of other threads fail: their next step raises Cancelled."""
        self._halted.set()
        self._connections.cut()
        with self._lock:
            running = list(self._open)
        for response in running:  # urllib3 has given up the connections that it will not keep
            with suppress(ValueError, OSError, RuntimeError):
                response.shutdown()

    def close(self) -> None:
        """Close all connections, also those of responses that were not read to their end."""
        with self._lock:
            responses = list(self._origins)
        for response in responses:
            response.close()
        self._connections.close()

    # -- one exchange ----------------------------------------------------------------------------------------------

    def exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | Body | None = None
    ) -> BaseHTTPResponse:
        """Send one request to a path of the registry or a full URL, follow redirects, return the response of any
        status.

        The first request finds out whether the registry has TLS, if plain HTTP is allowed. Raises Retryable,
        Unavailable, TimedOut, Denied (certificate).
        """
        if not url.startswith("/"):
            return self._follow(method, url, headers, body)
        if self._peer.reached or not self._may_be_plain:
            return self._follow(method, self.base + url, headers, body)
        try:
            return self._follow(method, self.base + url, headers, body, first=True)
        except urllib3.exceptions.HTTPError as error:
            if not may_be_plain_http(error, has_port=":" in self._host.rpartition("]")[2]):
                raise connection_failure(error, self._peer_at(self.base)) from error
        self.base = f"http://{self._host}"
        try:
            return self._follow(method, self.base + url, headers, body, first=True)
        except urllib3.exceptions.HTTPError as error:
            plain, self.base = self.base, f"https://{self._host}"
            raise connection_failure(error, self._peer_at(plain)) from error

    def _follow(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | Body | None, *, first: bool = False
    ) -> BaseHTTPResponse:
        """Send a request and follow redirects.

        Raises `connection_failure`; on the `first` request urllib3's own error.
        """
        own_headers = {"User-Agent": f"pycman/{__version__}", **headers}
        for number in range(_MAX_REDIRECTS):
            try:
                response = self._send(method, url, own_headers, body)
            except urllib3.exceptions.HTTPError as error:
                if first and not number:
                    raise
                raise connection_failure(error, self._peer_at(url)) from error
            with self._lock:
                self._origins[response] = url
            if urlsplit(url).netloc == self._host and not self._peer.reached:
                self._peer = self._peer.replace(reached=True)
            location = response.headers.get("Location", "")
            redirects = (301, 302, 303, 307, 308) if method in ("GET", "HEAD") else (307, 308)
            if response.status not in redirects or not location:
                return response
            discard(response)
            target = self.target(url, location)
            if _origin(target) != _origin(url):
                own_headers.pop("Authorization", None)  # the login is for this host only
                if isinstance(body, bytes):  # a login or manifest is for this host only; blobs may go elsewhere
                    raise Denied(
                        f"{urlsplit(url).netloc} redirects to {urlsplit(target).netloc[:_MAX_NAME_CHARACTERS]},"
                        f" which is not sent logins or manifests",
                        subject=self._subject,
                        hint="ask who runs the registry",
                    )
            url = target
        raise Unavailable(f"{self._host} redirects too often", subject=self._subject)

    def target(self, url: str, location: str) -> str:
        """Return the full URL of a Location header in a response from `url`; within one host the scheme does not
        change.

        (Registries behind a proxy that terminates TLS often send the wrong one.) Raises Unavailable if it is not an
        HTTP URL, Denied for a redirect from verified TLS to plain HTTP.
        """
        here = urlsplit(url)
        try:
            there = urlsplit(urljoin(url, location))
            usable = there.scheme in ("http", "https") and bool(there.hostname) and there.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise Unavailable(f"{here.netloc} redirects to something other than an HTTP URL", subject=self._subject)
        if there.netloc == here.netloc:
            return there._replace(scheme=here.scheme).geturl()
        if self._verify and here.scheme == "https" and there.scheme == "http":
            raise Denied(
                f"{here.netloc} redirects to plain HTTP at {there.netloc[:_MAX_NAME_CHARACTERS]}",
                subject=self._subject,
                hint="ask who runs the registry, or use --tls-verify=false",
            )
        return there.geturl()

    def _peer_at(self, url: str) -> Peer:
        """Return the peer of a URL: the registry, or a host it redirects to (for tokens or blobs)."""
        proxy = proxy_for(url, self._environment)
        return self._peer.replace(host=urlsplit(url).netloc, proxy=urlsplit(proxy).netloc.rpartition("@")[2])

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | Body | None) -> BaseHTTPResponse:
        if body is None or isinstance(body, bytes):
            return self._request(method, url, headers, body)
        with body.open() as source:
            sized = {**headers, "Content-Length": str(body.size_bytes)}
            return self._request(method, url, sized, source)

    def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | Readable | None
    ) -> BaseHTTPResponse:
        return self._connections.pool(url).request(
            method,
            url,
            headers=headers,
            body=body,  # type: ignore[arg-type]  # anything with read() is sent in blocks
            preload_content=False,
            decode_content=False,  # nothing was asked to be packed, and a small answer could unpack to any size
            redirect=False,
            retries=False,
            timeout=urllib3.Timeout(connect=min(_CONNECT_S, self._options.timeout_s), read=self._options.timeout_s),
        )

    # -- responses -----------------------------------------------------------------------------------------------------

    def failure(self, response: BaseHTTPResponse, method: str, *, logged_in: bool) -> Exception:
        """Return the error for a response of 400 or more; at most 8 KiB of its body are read."""
        body = b""
        with suppress(urllib3.exceptions.HTTPError, OSError):
            body = response.read(_MAX_ERROR_BYTES)
        response.close()
        peer = self._peer_at(self.origin(response)).replace(logged_in=logged_in)
        return response_failure(response.status, body, response.headers.get("Retry-After", ""), peer, method)

    def origin(self, response: BaseHTTPResponse) -> str:
        """Return the URL that a response came from, after redirects."""
        with self._lock:
            return self._origins.get(response, self.base)

    def body_failure(self, error: Exception, response: BaseHTTPResponse) -> Exception:
        """Return the error for a response whose body was interrupted."""
        return connection_failure(error, self._peer_at(self.origin(response)))

    def read_body(self, response: BaseHTTPResponse, limit: int) -> bytes:
        """Return the whole body of a small response.

        Raises Corrupt if it has more than `limit` bytes, Retryable if it is interrupted or takes too long.
        """
        deadline = time.monotonic() + _BODY_TIMEOUTS * self._options.timeout_s
        data = b""
        try:
            while len(data) <= limit and (chunk := response.read1(limit + 1 - len(data))):
                data += chunk
                if time.monotonic() > deadline:
                    raise TimeoutError
        except (urllib3.exceptions.HTTPError, OSError) as error:
            response.close()
            raise self.body_failure(error, response) from error
        if len(data) > limit:
            response.close()
            host = urlsplit(self.origin(response)).netloc
            raise Corrupt(f"the response of {host} has more than {limit} bytes", subject=self._subject)
        response.release_conn()
        return data

    @contextmanager
    def interruptible(self, response: BaseHTTPResponse) -> Iterator[None]:
        """Let `halt` interrupt reads of `response` in this block. Raises Cancelled."""
        with self._lock:
            self._open.add(response)
        try:
            if self._halted.is_set():  # `halt` was called before the response was registered
                raise Cancelled("stopped", subject=self._subject)
            yield
        finally:
            with self._lock:
                self._open.discard(response)


def discard(response: BaseHTTPResponse) -> None:
    """Discard a response: a short rest is read, so that its connection can be reused; otherwise it is closed."""
    rest = getattr(response, "length_remaining", None)
    if rest is not None and rest <= _MAX_ERROR_BYTES:
        response.drain_conn()
    else:
        response.close()


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
