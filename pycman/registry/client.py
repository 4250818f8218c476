"""The client of one repository (distribution-spec v1.1, "API"): manifests, blobs, tags, uploads.

401 raises Unauthenticated, 403 Denied, 404 NotFound; 429, 5xx and broken connections are retried with growing waits,
and then raise Unavailable or TimedOut. Threads may share a client.
"""

from __future__ import annotations

from urllib.parse import quote, urljoin, urlsplit

from pycman.contexts import suppress
from pycman.digest import digest_bytes, new_hash
from pycman.errors import Cancelled, Corrupt, NotFound, PycmanError
from pycman.jsontext import parse_json
from pycman.registry.blob_reader import BlobReader
from pycman.registry.failures import Retryable
from pycman.registry.repository import Repository
from pycman.registry.transport import ClientOptions, Transport, discard
from pycman.registry.upload import Upload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, BinaryIO

    from urllib3 import BaseHTTPResponse

    from pycman.registry.auth import Credentials
    from pycman.registry.endpoints import Endpoint

__all__ = ["Client", "ClientOptions"]

_MAX_BODY_BYTES = 4 << 20
_MAX_PAGES = 1000


class Client:
    """A client for one repository. `actions` are those of the token scope: "pull" or "pull,push".

    `login_host` is the registry's name in references: docker.io for registry-1.docker.io.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Credentials | None,
        options: ClientOptions,
        subject: str,
        *,
        actions: str = "pull",
    ) -> None:
        self._subject = subject
        self.login_host = endpoint.login_host
        self._transport = Transport(endpoint, options, subject)
        self._scope = f"repository:{endpoint.path}:{actions}"
        self._repository = Repository(endpoint, credentials, self._transport, self._scope, subject)

    @property
    def path(self) -> str:
        """Return the repository's path at this endpoint."""
        return self._repository.path

    @property
    def host(self) -> str:
        """Return the registry's host."""
        return self._repository.host

    def halt(self) -> None:
        """Make requests of other threads fail: their next step raises Cancelled."""
        self._transport.halt()

    def close(self) -> None:
        """Close its connections."""
        self._transport.close()

    # -- reading ----------------------------------------------------------------------------------------------------

    def ping(self) -> None:
        """Check that the registry answers and accepts the credentials. Raises Unauthenticated, Denied, Unavailable."""
        discard(self._repository.request("GET", "/v2/", scope=""))

    def manifest(self, reference: str, accepted: Sequence[str]) -> tuple[bytes, str, str]:
        """Return (bytes, media type, digest of the bytes) of a tag or digest.

        Raises NotFound; Corrupt if the bytes do not have the requested digest, or that of Docker-Content-Digest.
        """

        def attempt() -> tuple[bytes, BaseHTTPResponse]:
            response = self._repository.authorized("GET", self._manifest_path(reference), headers, scope=self._scope)
            return self._transport.read_body(response, _MAX_BODY_BYTES), response

        headers = {"Accept": ", ".join(accepted)}
        raw, response = self._transport.with_retries(attempt)
        for expected in (reference, response.headers.get("Docker-Content-Digest", "")):
            if ":" in expected and (actual := _digest_like(expected, raw)) != expected:
                raise Corrupt(f"{self.host} sent a manifest with digest {actual} for {expected}", subject=self._subject)
        return raw, response.headers.get("Content-Type", ""), digest_bytes(raw)

    def manifest_digest(self, reference: str, accepted: Sequence[str]) -> str:
        """Return the digest of a tag, "" if there is no such tag or the registry does not send the digest."""
        headers = {"Accept": ", ".join(accepted)}
        try:
            response = self._repository.request(
                "HEAD", self._manifest_path(reference), headers=headers, scope=self._scope
            )
        except NotFound:
            return ""
        discard(response)
        return response.headers.get("Docker-Content-Digest", "")

    def _manifest_path(self, reference: str) -> str:
        return f"/v2/{self.path}/manifests/{reference}"

    def blob(self, digest: str, offset: int = 0) -> BlobReader:
        """Return a reader of a blob from `offset`, or from 0 if its `resumed` is false; it reconnects by itself."""
        return BlobReader(self._transport, lambda start: self._open_blob(digest, start), offset, subject=digest)

    def _open_blob(self, digest: str, offset: int) -> BaseHTTPResponse:
        headers = {"Range": f"bytes={offset}-"} if offset else {}
        tolerate = (416,) if offset else ()
        return self._repository.authorized(
            "GET", f"/v2/{self.path}/blobs/{digest}", headers, scope=self._scope, tolerate=tolerate
        )

    def has_blob(self, digest: str) -> bool:
        """Say whether the registry has a blob."""
        return self._repository.has_blob(digest)

    def tags(self) -> list[str]:
        """Return all tags of the repository, of all pages."""
        pages = self.pages(f"/v2/{self.path}/tags/list?n=1000", scope=self._scope)
        return [tag for page in pages for tag in self._names(page, "tags")]

    def repositories(self, limit: int) -> list[str]:
        """Return the names of up to `limit` repositories of the registry (distribution, "_catalog")."""
        names: list[str] = []
        for page in self.pages("/v2/_catalog?n=1000", scope="registry:catalog:*"):
            names += self._names(page, "repositories")
            if len(names) >= limit:
                break
        return names[:limit]

    def _names(self, page: Mapping[str, Any], key: str) -> list[str]:
        names = page.get(key) or []
        if not isinstance(names, list):
            raise Corrupt(f"{self.host} sent {key} that are not a list", subject=self._subject)
        return [str(name) for name in names]

    def pages(self, path: str, *, scope: str) -> list[dict[str, Any]]:
        """Return the JSON objects of a listing and its next pages, `Link: <…>; rel="next"` (RFC 8288)."""
        documents: list[dict[str, Any]] = []
        seen: set[str] = set()
        while path not in seen and len(seen) < _MAX_PAGES:
            seen.add(path)
            document, link = self.get_json(path, scope=scope)
            documents.append(document)
            target, _, rest = link.partition(">")
            if 'rel="next"' not in rest and "rel=next" not in rest:
                break
            try:
                next_page = urlsplit(urljoin(path, target.partition("<")[2]))
            except ValueError:
                break
            path = f"{next_page.path}?{next_page.query}"  # never the host of the link: a page is this registry's
        return documents

    def get_json(self, path: str, *, scope: str = "") -> tuple[dict[str, Any], str]:
        """Return (JSON object, Link header) of a path of the registry. Raises Corrupt."""

        def attempt() -> tuple[bytes, BaseHTTPResponse]:
            response = self._repository.authorized("GET", path, {}, scope=scope)
            return self._transport.read_body(response, _MAX_BODY_BYTES), response

        raw, response = self._transport.with_retries(attempt)
        document = parse_json(raw, subject=f"the response of {self.host}")
        if not isinstance(document, dict):
            raise Corrupt("not a JSON object", subject=f"the response of {self.host}")
        return document, response.headers.get("Link", "")

    # -- writing ----------------------------------------------------------------------------------------------------

    def mount_blob(self, digest: str, from_path: str) -> bool:
        """Mount a blob from another repository of the registry; say whether it did. It is tried once, and raises no error but Cancelled."""
        scope = f"{self._scope} repository:{from_path}:pull"
        url = f"/v2/{self.path}/blobs/uploads/?mount={digest}&from={quote(from_path, safe='')}"
        try:
            response = self._repository.authorized("POST", url, {}, scope=scope)
        except Cancelled:
            raise
        except (PycmanError, Retryable):
            return False  # the caller uploads it instead
        discard(response)
        if response.status != 201 and response.headers.get("Location"):  # it started an upload instead: cancel that
            with suppress(PycmanError):
                discard(self._repository.request("DELETE", self._repository.location(response), scope=self._scope))
        return response.status == 201

    def upload_blob(
        self,
        digest: str,
        size_bytes: int,
        open_source: Callable[[], BinaryIO],
        progress: Callable[[int], None] | None = None,
    ) -> None:
        """Upload a blob; `open_source()` opens its bytes for each try. An interrupted upload is resumed."""
        upload = Upload(self._repository, digest, size_bytes, open_source, progress)
        self._transport.with_retries(upload.attempt)

    def put_manifest(self, reference: str, raw: bytes, media_type: str) -> str:
        """Upload a manifest under a tag or digest and return its digest.

        Raises Corrupt if the registry reports another.
        """
        headers = {"Content-Type": media_type}
        response = self._repository.request(
            "PUT", self._manifest_path(reference), headers=headers, body=raw, scope=self._scope
        )
        discard(response)
        reported = response.headers.get("Docker-Content-Digest", "")
        if reported and reported != _digest_like(reported, raw):
            raise Corrupt(f"{self.host} stored the manifest as {reported}", subject=self._subject)
        return digest_bytes(raw)


def _digest_like(expected: str, raw: bytes) -> str:
    """Return the digest of `raw` with the algorithm of `expected`; `expected` itself if that is not supported."""
    algorithm = expected.partition(":")[0]
    if algorithm not in ("sha256", "sha384", "sha512"):
        return expected
    hashed = new_hash(algorithm)
    hashed.update(raw)
    return f"{algorithm}:{hashed.hexdigest()}"
