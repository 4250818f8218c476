"""HTTP with one registry: connections kept and shared by threads, retries, redirects, plain HTTP where it is allowed.

What is sent is decided in `client.py`, what failures mean in `failures.py`.
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
from pycman.registry.failures import MayPass, Peer, answer_failure, connection_failure, speaks_no_tls
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
        """What is sent: opened anew for each try, as a login or a retry may make several."""

        size_bytes: int

        def open(self) -> AbstractContextManager[Readable]:
            """Return a reader of `size_bytes` bytes."""


_CONNECT_S = 10
_ERROR_BODY_BYTES = 8192
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0
_LONGEST_ASKED_S = 120.0
"""A server that asks for more patience than this is told to the user instead."""
_NAME_LENGTH = 100
_REDIRECTS = 6
_WHOLE_TIMES = 4
"""How many times the patience with silence a manifest, token or list of tags may take."""


class ClientOptions(Record):
    """How to talk. `tls_verify` None is the endpoint's own setting; `retries` after the first try.

    `timeout_s` is how long a registry may say nothing; `notify` is told a line before each wait; `home` is where the
    user's certs.d is.
    """

    tls_verify: bool | None = None
    cert_dir: str = ""
    home: str = ""
    retries: int = 3
    retry_delay_s: float = 0.0
    timeout_s: float = 30.0
    notify: Callable[[str], None] | None = None
    environment: Mapping[str, str] | None = None
    """Where proxies are looked up; None is this process's."""


class Transport:
    """Requests to one endpoint. Threads share it."""

    def __init__(self, endpoint: Endpoint, options: ClientOptions, subject: str) -> None:
        insecure = endpoint.insecure if options.tls_verify is None else not options.tls_verify
        self._host = endpoint.host
        self._options = options
        self._environment = os.environ if options.environment is None else options.environment
        self._subject = subject
        self._may_be_plain = insecure or (options.tls_verify is None and is_loopback(endpoint.host))
        self._verify = not insecure
        self._peer = Peer(host=endpoint.host, subject=subject, login_host=endpoint.login_host)
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

    def again(self, attempt: Callable[[], T]) -> T:
        """Try, and again after what may pass, with growing waits or the server's own word (Retry-After).

        Raises what the last try failed with; Cancelled after `halt`.
        """
        wait = self._options.retry_delay_s or _FIRST_WAIT_S
        left = max(self._options.retries, 0)
        while True:
            if self._halted.is_set():
                raise Cancelled("stopped", subject=self._subject)
            try:
                return attempt()
            except MayPass as failure:
                if self._halted.is_set():  # we cut the connection ourselves
                    raise Cancelled("stopped", subject=self._subject) from failure
                if failure.moved:
                    left, wait = max(self._options.retries, 0), self._options.retry_delay_s or _FIRST_WAIT_S
                if not left or failure.retry_after_s > _LONGEST_ASKED_S:
                    raise failure.error from failure
                left -= 1
                pause = min(failure.retry_after_s or wait, _LONGEST_ASKED_S)
                pause *= 1 + random.random() / 4  # noqa: S311 - so that many clients do not come back as one
                if self._options.notify is not None:
                    self._options.notify(f"{failure.error.problem}; trying again in {pause:.1f} s")
                self._halted.wait(pause)
                wait = min(wait * 2, _LONGEST_WAIT_S)

    def halt(self) -> None:
        """End what other threads are waiting for: their next step raises Cancelled."""
        self._halted.set()
        self._connections.end()
        with self._lock:
            running = list(self._open)
        for response in running:  # one whose connection will not be kept is out of its hands
            with suppress(ValueError, OSError, RuntimeError):
                response.shutdown()

    def close(self) -> None:
        """Give all connections back to the host, also those of answers that nobody read to their end."""
        with self._lock:
            answers = list(self._origins)
        for response in answers:
            response.close()
        self._connections.close()

    # -- one exchange ----------------------------------------------------------------------------------------------

    def exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | Body | None = None
    ) -> BaseHTTPResponse:
        """Send one request to a path of the registry or a full URL, follow redirects, return the answer whatever it is.

        The first contact finds out whether the registry speaks TLS, where plain HTTP is allowed. Raises MayPass,
        Unavailable, TimedOut, Denied (certificate).
        """
        if not url.startswith("/"):
            return self._follow(method, url, headers, body)
        if self._peer.reached or not self._may_be_plain:
            return self._follow(method, self.base + url, headers, body)
        try:
            return self._follow(method, self.base + url, headers, body, first=True)
        except urllib3.exceptions.HTTPError as error:
            if not speaks_no_tls(error, has_port=":" in self._host.rpartition("]")[2]):
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
        """Send and follow. A connection's failure is told as such; of the `first` contact it is raised as it came."""
        sent = {"User-Agent": f"pycman/{__version__}", **headers}
        for number in range(_REDIRECTS):
            try:
                response = self._send(method, url, sent, body)
            except urllib3.exceptions.HTTPError as error:
                if first and not number:
                    raise
                raise connection_failure(error, self._peer_at(url)) from error
            with self._lock:
                self._origins[response] = url
            if urlsplit(url).netloc == self._host and not self._peer.reached:
                self._peer = self._peer.replace(reached=True)
            location = response.headers.get("Location", "")
            wanted = (301, 302, 303, 307, 308) if method in ("GET", "HEAD") else (307, 308)
            if response.status not in wanted or not location:
                return response
            discard(response)
            target = self.target(url, location)
            if _origin(target) != _origin(url):
                sent.pop("Authorization", None)  # another host's business
                if isinstance(body, bytes):  # a password or token for who was asked; content of blobs may go elsewhere
                    raise Denied(
                        f"{urlsplit(url).netloc} leads on to {urlsplit(target).netloc[:_NAME_LENGTH]}, which is not sent"
                        f" what was meant for it",
                        subject=self._subject,
                        hint="ask who runs the registry",
                    )
            url = target
        raise Unavailable(f"{self._host} redirects in a circle", subject=self._subject)

    def target(self, url: str, location: str) -> str:
        """Return where a Location header of an answer from `url` leads; within one host the scheme stays.

        (Registries behind a proxy that speaks TLS for them often name the wrong one.) Raises Unavailable for what is no
        address of HTTP, Denied for a way from checked TLS to plain HTTP.
        """
        here = urlsplit(url)
        try:
            there = urlsplit(urljoin(url, location))
            usable = there.scheme in ("http", "https") and bool(there.hostname) and there.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise Unavailable(f"{here.netloc} leads on to what is no address of HTTP", subject=self._subject)
        if there.netloc == here.netloc:
            return there._replace(scheme=here.scheme).geturl()
        if self._verify and here.scheme == "https" and there.scheme == "http":
            raise Denied(
                f"{here.netloc} leads on to plain HTTP at {there.netloc[:_NAME_LENGTH]}",
                subject=self._subject,
                hint="ask who runs the registry, or use --tls-verify=false",
            )
        return there.geturl()

    def _peer_at(self, url: str) -> Peer:
        """Return whom a failure at a URL came from: the registry, or a host it named (tokens, blobs elsewhere)."""
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
            body=body,  # type: ignore[arg-type]  # anything with read() is sent piece by piece
            preload_content=False,
            decode_content=False,  # nothing was asked to be packed, and a small answer could unpack to any size
            redirect=False,
            retries=False,
            timeout=urllib3.Timeout(connect=min(_CONNECT_S, self._options.timeout_s), read=self._options.timeout_s),
        )

    # -- answers -----------------------------------------------------------------------------------------------------

    def failure(self, response: BaseHTTPResponse, method: str, *, logged_in: bool) -> Exception:
        """Return what an answer of 400 or more means; its body is read with a limit."""
        body = b""
        with suppress(urllib3.exceptions.HTTPError, OSError):
            body = response.read(_ERROR_BODY_BYTES)
        response.close()
        peer = self._peer_at(self.origin(response)).replace(logged_in=logged_in)
        return answer_failure(response.status, body, response.headers.get("Retry-After", ""), peer, method)

    def origin(self, response: BaseHTTPResponse) -> str:
        """Return the URL that an answer came from, after redirects."""
        with self._lock:
            return self._origins.get(response, self.base)

    def broken(self, error: Exception, response: BaseHTTPResponse) -> Exception:
        """Return what an answer that broke off means."""
        return connection_failure(error, self._peer_at(self.origin(response)))

    def whole(self, response: BaseHTTPResponse, limit: int) -> bytes:
        """Return the body of a small answer.

        Raises Corrupt if it has more than `limit` bytes, MayPass if it breaks off or drips for longer than it may.
        """
        deadline = time.monotonic() + _WHOLE_TIMES * self._options.timeout_s
        data = b""
        try:
            while len(data) <= limit and (piece := response.read1(limit + 1 - len(data))):
                data += piece
                if time.monotonic() > deadline:
                    raise TimeoutError
        except (urllib3.exceptions.HTTPError, OSError) as error:
            response.close()
            raise self.broken(error, response) from error
        if len(data) > limit:
            response.close()
            host = urlsplit(self.origin(response)).netloc
            raise Corrupt(f"the answer of {host} has more than {limit} bytes", subject=self._subject)
        response.release_conn()
        return data

    @contextmanager
    def watched(self, response: BaseHTTPResponse) -> Iterator[None]:
        """Let `halt` end a read of `response` that goes on in this block."""
        with self._lock:
            self._open.add(response)
        try:
            if self._halted.is_set():  # `halt` came between the last look and this
                raise Cancelled("stopped", subject=self._subject)
            yield
        finally:
            with self._lock:
                self._open.discard(response)


def discard(response: BaseHTTPResponse) -> None:
    """Be done with an answer: a short rest is read, so that its connection serves again; a long one is hung up on."""
    rest = getattr(response, "length_remaining", None)
    if rest is not None and rest <= _ERROR_BODY_BYTES:
        response.drain_conn()
    else:
        response.close()


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
