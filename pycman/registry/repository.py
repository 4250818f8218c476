"""Requests to one repository, with the login that the registry demands (distribution-spec v1.1, "API"; RFC 6750).

    request ── retries ──▶ authorized ── 401 ──▶ answer_challenge (auth.py) ── token or password ──▶ the same again

Authorization headers are kept by scope and shared by threads: of several threads that get a 401, one fetches the token.
"""

from __future__ import annotations

import threading
from urllib.parse import urlsplit

from pycman.errors import NotFound, Unavailable
from pycman.registry.auth import FetchToken, answer_challenge, read_token
from pycman.registry.transport import discard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from urllib3 import BaseHTTPResponse

    from pycman.registry.auth import Credentials
    from pycman.registry.endpoints import Endpoint
    from pycman.registry.transport import Body, Transport

_MAX_TOKEN_BYTES = 1 << 20


class Repository:
    """One repository at one endpoint; `scope` is the token scope of requests that name no other."""

    def __init__(
        self, endpoint: Endpoint, credentials: Credentials | None, transport: Transport, scope: str, subject: str
    ) -> None:
        self._endpoint = endpoint
        self._credentials = credentials
        self._transport = transport
        self._scope = scope
        self._subject = subject
        self._authorizations: dict[str, str] = {}
        self._lock = threading.Lock()

    @property
    def path(self) -> str:
        """Return the repository's path at this endpoint."""
        return self._endpoint.path

    @property
    def host(self) -> str:
        """Return the registry's host."""
        return self._endpoint.host

    @property
    def scope(self) -> str:
        """Return the token scope of this repository."""
        return self._scope

    def location(self, response: BaseHTTPResponse) -> str:
        """Return the Location of a response as a full URL, "" if it has none. Raises Unavailable, Denied."""
        location = response.headers.get("Location", "")
        return self._transport.target(self._transport.origin(response), location) if location else ""

    def request(
        self,
        method: str,
        url: str,
        *,
        scope: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | Body | None = None,
    ) -> BaseHTTPResponse:
        """Make one request with retries. Raises the error for a status of 400 or more."""
        return self._transport.with_retries(lambda: self.authorized(method, url, headers or {}, body, scope=scope))

    def authorized(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | Body | None = None,
        *,
        scope: str,
        tolerate: tuple[int, ...] = (),
    ) -> BaseHTTPResponse:
        """Make one request, and log in if the registry demands it.

        Raises Retryable for errors that a retry may solve.
        """
        to_registry = url.startswith("/") or urlsplit(url).netloc == self._endpoint.host
        authorization = self._authorizations.get(scope, "") if to_registry else ""
        response = self._transport.exchange(method, url, _with(headers, authorization), body)
        if response.status == 401 and to_registry:
            challenge = ", ".join(response.headers.getlist("WWW-Authenticate"))
            if challenge:
                discard(response)
                authorization = self._log_in(challenge, scope, authorization)
                response = self._transport.exchange(method, url, _with(headers, authorization), body)
        if not 200 <= response.status < 300 and response.status not in tolerate:
            raise self._transport.failure(response, method, logged_in=bool(authorization and self._credentials))
        return response

    def _log_in(self, challenge: str, scope: str, refused: str) -> str:
        """Return another Authorization header than the refused one; of several threads, one fetches it."""
        with self._lock:
            if self._authorizations.get(scope, "") == refused:
                self._authorizations[scope] = self._authorize(challenge, scope)
            return self._authorizations[scope]

    def _authorize(self, challenge: str, scope: str) -> str:
        step = answer_challenge(
            challenge,
            self._credentials,
            scope=scope,
            registry_url=self._transport.base,
            subject=self._subject,
        )
        if not isinstance(step, FetchToken):
            return step
        method, body = ("POST", step.body.encode()) if step.body else ("GET", None)
        response = self._transport.exchange(method, step.url, step.headers, body)
        if not 200 <= response.status < 300:
            failure = self._transport.failure(response, method, logged_in=self._credentials is not None)
            if isinstance(failure, NotFound):  # the token URL does not exist, which says nothing about the image
                host = urlsplit(self._transport.origin(response)).netloc
                raise Unavailable(f"{host} answered {response.status} to a request for a token", subject=self._subject)
            raise failure
        return read_token(self._transport.read_body(response, _MAX_TOKEN_BYTES), subject=self._subject)

    def has_blob(self, digest: str) -> bool:
        """Say whether the registry has a blob."""
        try:
            discard(self.request("HEAD", f"/v2/{self.path}/blobs/{digest}", scope=self._scope))
        except NotFound:
            return False
        return True


def _with(headers: Mapping[str, str], authorization: str) -> dict[str, str]:
    return {**headers, "Authorization": authorization} if authorization else dict(headers)
