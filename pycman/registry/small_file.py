"""Small files of web servers that are no registries, such as signatures in a lookaside storage."""

from __future__ import annotations

from urllib.parse import urlsplit

from pycman.registry.endpoints import Endpoint
from pycman.registry.transport import Transport, discard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

    from pycman.registry.transport import ClientOptions


class SmallFiles:
    """GET requests to one web server. Close it."""

    def __init__(self, url: str, options: ClientOptions) -> None:
        """`url` is any of the server's; `options` are those of the image's registry, as for containers/image."""
        self._transport = Transport(Endpoint(host=urlsplit(url).netloc, path=""), options, url)

    def get(self, url: str, limit_bytes: int) -> bytes | None:
        """Return the file at a full URL, None if there is none (404). Raises Corrupt (too large), Denied, Unavailable, TimedOut."""

        def attempt() -> bytes | None:
            response: BaseHTTPResponse = self._transport.exchange("GET", url, {})
            if response.status == 404:
                discard(response)
                return None
            if response.status != 200:
                raise self._transport.failure(response, "GET", logged_in=False)
            return self._transport.read_body(response, limit_bytes)

        return self._transport.with_retries(attempt)

    def close(self) -> None:
        """Close its connections."""
        self._transport.close()
