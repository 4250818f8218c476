"""The source of `import` when it is a URL."""

from __future__ import annotations

from pycman.errors import Corrupt, NotFound, Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.digest import Readable

_TIMEOUT_S = 60.0


def open_download(url: str) -> Readable:
    """Open the body of a URL (http, https) for reading while it arrives. Raises NotFound, Unavailable."""
    return _Download(url)


class _Download:
    """The body of a GET response; an interrupted download raises Corrupt and does not look like the end of the file."""

    def __init__(self, url: str) -> None:
        import urllib3  # 100 ms: only imported for URLs

        self._url = url
        self._errors = urllib3.exceptions.HTTPError
        try:
            self._reply = urllib3.PoolManager().request(
                "GET", url, preload_content=False, timeout=_TIMEOUT_S, redirect=True, retries=3
            )
        except self._errors as error:
            raise Unavailable(f"cannot be fetched: {error}", subject=url) from error
        if self._reply.status == 404:
            raise NotFound("the server has no such file", subject=url)
        if self._reply.status != 200:
            raise Unavailable(f"the server answers {self._reply.status} {self._reply.reason}", subject=url)

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes."""
        try:
            return self._reply.read(None if size < 0 else size, decode_content=False)
        except self._errors as error:
            raise Corrupt(f"the download was interrupted: {error}", subject=self._url) from error

    def close(self) -> None:
        """Release the connection."""
        self._reply.release_conn()
