"""One blob on its way to a registry: begun (POST), sent (PATCH), finished (PUT); distribution-spec v1.1, "Pushing blobs in
chunks". All bytes go in one PATCH, as docker and podman send them; after a break the registry is asked how many arrived, and the
rest follows.
"""

from __future__ import annotations

from pycman.contexts import contextmanager
from pycman.errors import Corrupt, NotFound, PycmanError, Unavailable
from pycman.registry.failures import MayPass
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
    """What is known of one upload between tries."""

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
        """Bring the blob there, or raise: MayPass if the next call may go on from here."""
        try:
            self._attempt()
        except MayPass as failure:
            failure.moved = self._offset > self._farthest
            self._farthest = max(self._farthest, self._offset)
            raise

    def _attempt(self) -> None:
        if self._finishing and self._repository.has_blob(self._digest):
            return  # it was finished, and only the answer got lost
        self._finishing = False
        if self._location:
            self._ask()
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
            raise Unavailable(f"{self._repository.host} names no place for the upload", subject=self._digest)

    @property
    def _scope(self) -> str:
        return self._repository.scope

    def _ask(self) -> None:
        """Learn how much of a broken upload arrived; one the registry does not know any more begins anew."""
        try:
            response = self._repository.authorized("GET", self._location, {}, scope=self._scope)
        except PycmanError:
            self._location = ""
            return
        discard(response)
        self._note(response, response.headers.get("Range", ""))

    def _note(self, response: BaseHTTPResponse, told: str) -> None:
        """Take over where to go on (Range: 0-N; distribution counts an empty upload as 0-0)."""
        self._location = self._repository.location(response) or self._location
        last = told.rpartition("-")[2].strip()
        arrived = int(last) + 1 if last.isdecimal() else 0
        if arrived > self._size_bytes:
            self._location = ""
            raise MayPass(Corrupt("the registry counts more bytes than were sent", subject=self._digest))
        self._offset = 0 if arrived == 1 else arrived

    def _send(self) -> None:
        begin, end = self._offset, self._size_bytes - 1
        headers = {"Content-Type": "application/octet-stream"}
        if begin:
            headers["Content-Range"] = f"{begin}-{end}"
        body = _Rest(self._open_source, begin, self._size_bytes, self._progress)
        response = self._repository.authorized("PATCH", self._location, headers, body, scope=self._scope)
        discard(response)
        told = response.headers.get("Range", "")
        self._note(response, told or f"0-{end}")
        if self._offset < self._size_bytes and self._size_bytes > 1:
            raise MayPass(
                Unavailable(f"the registry took {self._offset} of {self._size_bytes} bytes", subject=self._digest)
            )

    def _finish(self) -> None:
        url = f"{self._location}{'&' if '?' in self._location else '?'}digest={self._digest}"
        self._finishing = True
        try:
            discard(self._repository.authorized("PUT", url, {"Content-Length": "0"}, scope=self._scope))
        except NotFound as error:
            self._finishing, self._location = False, ""  # it was forgotten in between; the next try begins anew
            raise MayPass(Unavailable("the registry lost the upload", subject=self._digest)) from error


class _Rest:
    """The bytes from `offset` on, opened anew for each try; tells how far it is."""

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
        """Return a reader of what is still to be sent."""
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
