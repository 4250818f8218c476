"""One repository at one registry (distribution-spec v1.1, "API"): manifests, blobs, tags, uploads.

Failures become one kind each: 401 Unauthenticated, 403 Denied, 404 NotFound, 429 and 5xx and broken connections are tried again
with growing waits, then Unavailable or TimedOut. Threads share a client.
"""

from __future__ import annotations

import contextlib
import threading
from urllib.parse import quote, urljoin, urlsplit

from pycman.digest import digest_bytes, new_hash
from pycman.errors import Corrupt, NotFound, PycmanError, Unavailable
from pycman.jsontext import parse_json
from pycman.registry.auth import FetchToken, answer_challenge, read_token
from pycman.registry.blob_reader import BlobReader
from pycman.registry.transport import ClientOptions, Transport, discard
from pycman.registry.upload import Upload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, BinaryIO

    from urllib3 import BaseHTTPResponse

    from pycman.registry.auth import Credentials
    from pycman.registry.endpoints import Endpoint
    from pycman.registry.transport import Body

__all__ = ["Client", "ClientOptions"]

_MANIFEST_BYTES = 4 << 20
_TOKEN_BYTES = 1 << 20
_MOST_PAGES = 1000


class Client:
    """One repository's registry. `actions` is what tokens are asked for: "pull" or "pull,push"."""

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Credentials | None,
        options: ClientOptions,
        subject: str,
        *,
        actions: str = "pull",
    ) -> None:
        self._endpoint = endpoint
        self._credentials = credentials
        self._subject = subject
        self._transport = Transport(endpoint, options, subject)
        self._scope = f"repository:{endpoint.path}:{actions}"
        self._authorizations: dict[str, str] = {}
        self._lock = threading.Lock()

    @property
    def path(self) -> str:
        """Return the repository's path at this endpoint."""
        return self._endpoint.path

    @property
    def host(self) -> str:
        """Return the host that is asked."""
        return self._endpoint.host

    def halt(self) -> None:
        """End what other threads are waiting for: their next step raises Cancelled."""
        self._transport.halt()

    def close(self) -> None:
        """Give its connections back to the host."""
        self._transport.close()

    # -- reading ----------------------------------------------------------------------------------------------------

    def ping(self) -> None:
        """Check that the registry is there and that the credentials hold. Raises Unauthenticated, Denied, Unavailable."""
        discard(self.request("GET", "/v2/", scope=""))

    def manifest(self, reference: str, accepted: Sequence[str]) -> tuple[bytes, str, str]:
        """Return (bytes, media type, digest of the bytes) of a tag or digest.

        Raises NotFound, and Corrupt for bytes that are not what the digest asked for, or the registry's own, says.
        """

        def attempt() -> tuple[bytes, BaseHTTPResponse]:
            response = self.authorized("GET", self._manifest_path(reference), headers, scope=self._scope)
            return self._transport.whole(response, _MANIFEST_BYTES), response

        headers = {"Accept": ", ".join(accepted)}
        raw, response = self._transport.again(attempt)
        for told in (reference, response.headers.get("Docker-Content-Digest", "")):
            if ":" in told and (found := _digest_like(told, raw)) != told:
                raise Corrupt(f"{self.host} sent a manifest with digest {found} for {told}", subject=self._subject)
        return raw, response.headers.get("Content-Type", ""), digest_bytes(raw)

    def manifest_digest(self, reference: str, accepted: Sequence[str]) -> str:
        """Return the digest a tag points to, "" if there is no such tag (or the registry does not say)."""
        headers = {"Accept": ", ".join(accepted)}
        try:
            response = self.request("HEAD", self._manifest_path(reference), headers=headers, scope=self._scope)
        except NotFound:
            return ""
        discard(response)
        return response.headers.get("Docker-Content-Digest", "")

    def _manifest_path(self, reference: str) -> str:
        return f"/v2/{self.path}/manifests/{reference}"

    def blob(self, digest: str, offset: int = 0) -> BlobReader:
        """Return a reader of a blob from `offset` (or from 0, then `resumed` is false); it reconnects by itself."""
        return BlobReader(self._transport, lambda start: self._open_blob(digest, start), offset, subject=digest)

    def _open_blob(self, digest: str, offset: int) -> BaseHTTPResponse:
        headers = {"Range": f"bytes={offset}-"} if offset else {}
        tolerate = (416,) if offset else ()
        return self.authorized("GET", f"/v2/{self.path}/blobs/{digest}", headers, scope=self._scope, tolerate=tolerate)

    def has_blob(self, digest: str) -> bool:
        """Say whether the registry has a blob."""
        try:
            discard(self.request("HEAD", f"/v2/{self.path}/blobs/{digest}", scope=self._scope))
        except NotFound:
            return False
        return True

    def tags(self) -> list[str]:
        """Return all tags of the repository, page by page."""
        pages = self.pages(f"/v2/{self.path}/tags/list?n=1000", scope=self._scope)
        return [tag for page in pages for tag in self._names(page, "tags")]

    def repositories(self, limit: int) -> list[str]:
        """Return the names of up to `limit` repositories of the registry (distribution, "_catalog")."""
        found: list[str] = []
        for page in self.pages("/v2/_catalog?n=1000", scope="registry:catalog:*"):
            found += self._names(page, "repositories")
            if len(found) >= limit:
                break
        return found[:limit]

    def _names(self, page: Mapping[str, Any], key: str) -> list[str]:
        found = page.get(key) or []
        if not isinstance(found, list):
            raise Corrupt(f"{self.host} sent {key} that are no list", subject=self._subject)
        return [str(name) for name in found]

    def pages(self, path: str, *, scope: str) -> list[dict[str, Any]]:
        """Return the JSON objects of a listing that goes on in `Link: <…>; rel="next"` (RFC 8288)."""
        found: list[dict[str, Any]] = []
        seen: set[str] = set()
        while path not in seen and len(seen) < _MOST_PAGES:
            seen.add(path)
            document, link = self.get_json(path, scope=scope)
            found.append(document)
            target, _, rest = link.partition(">")
            if 'rel="next"' not in rest and "rel=next" not in rest:
                break
            try:
                next_page = urlsplit(urljoin(path, target.partition("<")[2]))
            except ValueError:
                break
            path = f"{next_page.path}?{next_page.query}"  # of this registry, whatever host the link names
        return found

    def get_json(self, path: str, *, scope: str = "") -> tuple[dict[str, Any], str]:
        """Return the JSON object at a path of the registry, and the Link header."""

        def attempt() -> tuple[bytes, BaseHTTPResponse]:
            response = self.authorized("GET", path, {}, scope=scope)
            return self._transport.whole(response, _MANIFEST_BYTES), response

        raw, response = self._transport.again(attempt)
        document = parse_json(raw, subject=f"the answer of {self.host}")
        if not isinstance(document, dict):
            raise Corrupt("not a JSON object", subject=f"the answer of {self.host}")
        return document, response.headers.get("Link", "")

    # -- writing ----------------------------------------------------------------------------------------------------

    def mount_blob(self, digest: str, from_path: str) -> bool:
        """Ask the registry to take a blob from another of its repositories; say whether it did. Never raises for a no."""
        scope = f"{self._scope} repository:{from_path}:pull"
        url = f"/v2/{self.path}/blobs/uploads/?mount={digest}&from={quote(from_path, safe='')}"
        try:
            response = self.request("POST", url, scope=scope)
        except PycmanError:
            return False  # it will be uploaded instead
        discard(response)
        if response.status != 201 and response.headers.get("Location"):  # it began an upload, which nobody will use
            with contextlib.suppress(PycmanError):
                discard(self.request("DELETE", self.location(response), scope=self._scope))
        return response.status == 201

    def upload_blob(
        self,
        digest: str,
        size_bytes: int,
        open_source: Callable[[], BinaryIO],
        progress: Callable[[int], None] | None = None,
    ) -> None:
        """Upload a blob; `open_source()` gives its bytes anew for each try. What broke off goes on where it broke."""
        upload = Upload(self, digest, size_bytes, open_source, progress)
        self._transport.again(upload.attempt)

    def put_manifest(self, reference: str, raw: bytes, media_type: str) -> str:
        """Put a manifest under a tag or digest and return its digest."""
        headers = {"Content-Type": media_type}
        response = self.request("PUT", self._manifest_path(reference), headers=headers, body=raw, scope=self._scope)
        discard(response)
        told = response.headers.get("Docker-Content-Digest", "")
        if told and told != _digest_like(told, raw):
            raise Corrupt(f"{self.host} took the manifest as {told}", subject=self._subject)
        return digest_bytes(raw)

    # -- requests -----------------------------------------------------------------------------------------------------

    @property
    def scope(self) -> str:
        """Return what tokens for this repository are asked for."""
        return self._scope

    def location(self, response: BaseHTTPResponse) -> str:
        """Return the Location of an answer as a full URL, "" if it has none. Raises Unavailable, Denied."""
        told = response.headers.get("Location", "")
        return self._transport.target(self._transport.origin(response), told) if told else ""

    def request(
        self,
        method: str,
        url: str,
        *,
        scope: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | Body | None = None,
    ) -> BaseHTTPResponse:
        """Make one request with retries. Raises the kind that fits an answer of 400 or more."""
        return self._transport.again(lambda: self.authorized(method, url, headers or {}, body, scope=scope))

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
        """Make one request, logging in when the registry asks. Raises MayPass for what may be gone at the next try."""
        ours = url.startswith("/") or urlsplit(url).netloc == self._endpoint.host
        known = self._authorizations.get(scope, "") if ours else ""
        response = self._transport.exchange(method, url, _with(headers, known), body)
        if response.status == 401 and ours:
            challenge = ", ".join(response.headers.getlist("WWW-Authenticate"))
            if challenge:
                discard(response)
                known = self._log_in(challenge, scope, known)
                response = self._transport.exchange(method, url, _with(headers, known), body)
        if not 200 <= response.status < 300 and response.status not in tolerate:
            raise self._transport.failure(response, method, logged_in=bool(known and self._credentials))
        return response

    def _log_in(self, challenge: str, scope: str, refused: str) -> str:
        """Return an Authorization that is not the one just refused; of several threads, one fetches it."""
        with self._lock:
            if self._authorizations.get(scope, "") == refused:
                self._authorizations[scope] = self._answer(challenge, scope)
            return self._authorizations[scope]

    def _answer(self, challenge: str, scope: str) -> str:
        answer = answer_challenge(
            challenge,
            self._credentials,
            scope=scope,
            registry_url=self._transport.base,
            subject=self._subject,
        )
        if not isinstance(answer, FetchToken):
            return answer
        method, body = ("POST", answer.body.encode()) if answer.body else ("GET", None)
        response = self._transport.exchange(method, answer.url, answer.headers, body)
        if not 200 <= response.status < 300:
            failure = self._transport.failure(response, method, logged_in=self._credentials is not None)
            if isinstance(failure, NotFound):  # the page for tokens is missing, not the image
                host = urlsplit(self._transport.origin(response)).netloc
                raise Unavailable(f"{host} answered {response.status} to a request for a token", subject=self._subject)
            raise failure
        return read_token(self._transport.whole(response, _TOKEN_BYTES), subject=self._subject)


def _with(headers: Mapping[str, str], authorization: str) -> dict[str, str]:
    return {**headers, "Authorization": authorization} if authorization else dict(headers)


def _digest_like(told: str, raw: bytes) -> str:
    """Return the digest of `raw` by the algorithm of `told`; `told` itself if that is none we know."""
    algorithm = told.partition(":")[0]
    if algorithm not in ("sha256", "sha384", "sha512"):
        return told
    hashed = new_hash(algorithm)
    hashed.update(raw)
    return f"{algorithm}:{hashed.hexdigest()}"
