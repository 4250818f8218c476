"""The upload of one blob (distribution-spec v1.1, "Pushing a blob in chunks").

    POST ─▶ Location ─▶ PATCH all bytes ─▶ PUT digest
                ▲           │ interrupted
                └── GET ────┘ how many bytes arrived (Range); the rest follows

All bytes are sent in one PATCH, as docker and podman do.
"""

from __future__ import annotations

from pycman.contexts import contextmanager
from pycman.errors import Corrupt, NotFound, PycmanError, Unavailable
from pycman.registry.failures import Retryable
from pycman.registry.transport import discard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from urllib3 import BaseHTTPResponse

    from pycman.digest import Readable
    from pycman.registry.repository import Repository

_CHUNK = 1 << 18


class Upload:
    """The state of one upload between tries."""

    def __init__(
        self,
        repository: Repository,
        digest: str,
        size_bytes: int,
        open_source: Callable[[], BinaryIO],
        progress: Callable[[int], None] | None,
    ) -> None:
        self._repository = repository
        self._digest = digest
        self._size_bytes = size_bytes
        self._open_source = open_source
        self._progress = progress
        self._location = ""
        self._offset = 0
        self._farthest = 0
        self._finishing = False

    def attempt(self) -> None:
        """Upload the blob, or the rest of it. Raises Retryable if the next call can resume."""
        try:
            self._attempt()
        except Retryable as failure:
            failure.moved = self._offset > self._farthest
            self._farthest = max(self._farthest, self._offset)
            raise

    def _attempt(self) -> None:
        if self._finishing and self._repository.has_blob(self._digest):
            return  # the upload was complete, and only the response was lost
        self._finishing = False
        if self._location:
            self._query_offset()
        if not self._location:
            self._begin()
        if self._offset < self._size_bytes:
            self._send()
        self._finish()

    def _begin(self) -> None:
        response = self._repository.authorized(
            "POST", f"/v2/{self._repository.path}/blobs/uploads/", {}, scope=self._scope
        )
        discard(response)
        self._offset = 0
        self._location = self._repository.location(response)
        if not self._location:
            raise Unavailable(f"{self._repository.host} sent no Location for the upload", subject=self._digest)

    @property
    def _scope(self) -> str:
        return self._repository.scope

    def _query_offset(self) -> None:
        """Query how much of an interrupted upload arrived; one that the registry has forgotten is started again."""
        try:
            response = self._repository.authorized("GET", self._location, {}, scope=self._scope)
        except PycmanError:
            self._location = ""
            return
        discard(response)
        self._update(response, response.headers.get("Range", ""))

    def _update(self, response: BaseHTTPResponse, range_: str) -> None:
        """Set location and offset from a response (Range: 0-N; distribution sends 0-0 for an empty upload)."""
        self._location = self._repository.location(response) or self._location
        last = range_.rpartition("-")[2].strip()
        arrived = int(last) + 1 if last.isdecimal() else 0
        if arrived > self._size_bytes:
            self._location = ""
            raise Retryable(Corrupt("the registry reports more bytes than were sent", subject=self._digest))
        self._offset = 0 if arrived == 1 else arrived

    def _send(self) -> None:
        begin, end = self._offset, self._size_bytes - 1
        headers = {"Content-Type": "application/octet-stream"}
        if begin:
            headers["Content-Range"] = f"{begin}-{end}"
        body = _Rest(self._open_source, begin, self._size_bytes, self._progress)
        response = self._repository.authorized("PATCH", self._location, headers, body, scope=self._scope)
        discard(response)
        range_ = response.headers.get("Range", "")
        self._update(response, range_ or f"0-{end}")
        if self._offset < self._size_bytes and self._size_bytes > 1:
            raise Retryable(
                Unavailable(
                    f"the registry stored only {self._offset} of {self._size_bytes} bytes", subject=self._digest
                )
            )

    def _finish(self) -> None:
        url = f"{self._location}{'&' if '?' in self._location else '?'}digest={self._digest}"
        self._finishing = True
        try:
            discard(self._repository.authorized("PUT", url, {"Content-Length": "0"}, scope=self._scope))
        except NotFound as error:
            self._finishing, self._location = False, ""  # it has forgotten the upload: the next try starts again
            raise Retryable(Unavailable("the registry lost the upload", subject=self._digest)) from error


class _Rest:
    """A request body with the bytes from `offset` on; reports progress."""

    def __init__(
        self,
        open_source: Callable[[], BinaryIO],
        offset: int,
        end: int,
        progress: Callable[[int], None] | None,
    ) -> None:
        self._open_source = open_source
        self._offset = offset
        self._progress = progress
        self.size_bytes = end - offset

    @contextmanager
    def open(self) -> Iterator[Readable]:
        """Return a reader of the remaining bytes."""
        with self._open_source() as source:
            source.seek(self._offset)
            yield _Counted(source, self._offset, self._progress)


class _Counted:
    def __init__(self, source: BinaryIO, offset: int, progress: Callable[[int], None] | None) -> None:
        self._source = source
        self._sent = offset
        self._progress = progress

    def read(self, size: int = -1, /) -> bytes:
        data = self._source.read(size if size > 0 else _CHUNK)
        self._sent += len(data)
        if self._progress is not None and data:
            self._progress(self._sent)
        return data
