"""Digests and descriptors, and a reader that checks both while bytes pass (OCI image-spec v1.1, descriptor.md)."""

from __future__ import annotations

from pycman.errors import Corrupt, InvalidInput
from pycman.record import Record

try:
    from _sha256 import sha256  # type: ignore[import-not-found]  # OpenSSL's is faster, but takes 3 ms to load
except ImportError:
    from _sha2 import sha256  # type: ignore[import-not-found]  # Python 3.12 and later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Protocol

    class Readable(Protocol):
        """Anything with `read(n)`."""

        def read(self, size: int = -1, /) -> bytes:
            """Return up to `size` bytes; b"" at the end."""
            ...


_HEX_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}
_HEX = frozenset("0123456789abcdef")


def check_digest(text: str) -> str:
    """Return `text` if it is a digest of a registered algorithm. Raises InvalidInput."""
    algorithm, _, encoded = text.partition(":")
    if len(encoded) != _HEX_LENGTHS.get(algorithm, -1) or not _HEX.issuperset(encoded):
        raise InvalidInput("not a digest", subject=text, hint="write sha256: and 64 lower case hexadecimal digits")
    return text


def hex_of(digest: str) -> str:
    """Return the encoded part of a digest: "sha256:ab…" gives "ab…"."""
    return digest.rpartition(":")[2]


def new_hash(algorithm: str = "sha256") -> Any:
    """Return a fresh OpenSSL hash object; `hashlib` itself is not imported (5 ms)."""
    import _hashlib  # OpenSSL, 3 ms: `run` of an image that is there hashes no blob

    return _hashlib.new(algorithm)


def digest_bytes(data: bytes) -> str:
    """Return the sha256 digest of `data`."""
    return f"sha256:{sha256(data).hexdigest()}"


def chain_id(diff_ids: tuple[str, ...] | list[str]) -> str:
    """Return the chain id of a stack of layers, bottom first (image-spec, config.md, "Layer ChainID")."""
    chain = ""
    for diff_id in diff_ids:
        chain = digest_bytes(f"{chain} {diff_id}".encode()) if chain else diff_id
    return chain


class Descriptor(Record):
    """What a manifest says of one blob: its media type, digest (of the bytes as received) and size in bytes."""

    media_type: str
    digest: str
    size_bytes: int
    annotations: Mapping[str, str] = {}
    urls: tuple[str, ...] = ()


class VerifiedReader:
    """Reads from `source`, hashing and counting; at the end it knows whether all was as `descriptor` says.

    `read` raises Corrupt as soon as there are more bytes than promised, or at the end if bytes are missing or wrong.
    A size of -1 is not checked.
    """

    def __init__(self, source: Readable, digest: str, size_bytes: int = -1) -> None:
        self._source = source
        self._digest = check_digest(digest)
        self._size_bytes = size_bytes
        self._hash = new_hash(digest.partition(":")[0])
        self.read_bytes = 0
        self.finished = False

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes; b"" only at a verified end."""
        data = self._source.read(size)
        self._hash.update(data)
        self.read_bytes += len(data)
        if 0 <= self._size_bytes < self.read_bytes:
            raise Corrupt(f"more than the {self._size_bytes} bytes its descriptor promises", subject=self._digest)
        if not self.finished and (not data and size != 0 or size < 0):
            self._check()
        return data

    def _check(self) -> None:
        self.finished = True
        if 0 <= self._size_bytes != self.read_bytes:
            raise Corrupt(f"{self.read_bytes} bytes instead of {self._size_bytes}", subject=self._digest)
        found = self._digest.partition(":")[0] + ":" + self._hash.hexdigest()
        if found != self._digest:
            raise Corrupt(f"the content has digest {found}", subject=self._digest)
