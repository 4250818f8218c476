"""Signatures below a URL: BASE/REPOSITORY@ALGORITHM=HEX/signature-1, -2 and so on (containers/image, signature-protocols.md).

They are read from file, http and https, and written to file only.
"""

from __future__ import annotations

import os
import stat
from urllib.parse import quote, unquote, urlsplit

from pycman.contexts import suppress
from pycman.errors import Corrupt, InvalidInput, WrongState, from_os_error
from pycman.images.signatures.blob import MAX_BYTES, MAX_COUNT
from pycman.linux.files import make_directory, sync_directory
from pycman.registry.small_file import SmallFiles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pycman.registry.transport import ClientOptions


def default_base(home: str, *, rootless: bool) -> str:
    """Return the URL that holds where registries.d names none."""
    return (
        f"file://{quote(home)}/.local/share/containers/sigstore" if rootless else "file:///var/lib/containers/sigstore"
    )


def place_of(base: str, repository_path: str, digest: str) -> str:
    """Return the URL below which the signatures of a manifest are. Raises InvalidInput for a URL that is none."""
    try:
        parts = urlsplit(base)
        valid = parts.scheme == "file" or bool(parts.hostname)
    except ValueError:
        valid = False
    if not valid or "@" in parts.netloc or parts.fragment or parts.query:
        raise InvalidInput("it is not a URL of a directory", subject=base, hint="correct it in registries.d")
    return f"{base.rstrip('/')}/{repository_path}@{digest.replace(':', '=')}"


def read_signatures(place: str, options: ClientOptions) -> list[bytes]:
    """Return all signatures at a place. Raises Corrupt (too many, too large), Unavailable, TimedOut, Denied."""
    if place.startswith("file:"):
        return read_folder(file_path(place))
    files = SmallFiles(place, options)
    try:
        return _read_all(lambda number: files.get(f"{place}/signature-{number}", MAX_BYTES), place)
    finally:
        files.close()


def read_folder(folder: str) -> list[bytes]:
    """Return all signatures in a directory. Raises Corrupt (too many, too large, no file), Denied."""
    return _read_all(lambda number: _read_file(f"{folder}/signature-{number}"), folder)


def file_path(place: str) -> str:
    """Return the directory of a file URL. Raises InvalidInput for one that cannot be written to."""
    if not place.startswith("file:///"):
        hint = "name a lookaside-staging of file:/// in registries.d"
        raise InvalidInput("signatures cannot be written there", subject=place, hint=hint)
    return unquote(urlsplit(place).path)


def _read_all(read: Callable[[int], bytes | None], place: str) -> list[bytes]:
    found: list[bytes] = []
    while (blob := read(len(found) + 1)) is not None:
        found.append(blob)
        if len(found) > MAX_COUNT:
            raise Corrupt(f"there are more than {MAX_COUNT} signatures", subject=place)
    return found


def _read_file(path: str) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise from_os_error(error, subject=path, doing="cannot read the signature") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Corrupt("it is no ordinary file", subject=path)
    with open(descriptor, "rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Corrupt(f"a signature has at most {MAX_BYTES} bytes", subject=path)
    return data


def check_writable(folder: str) -> None:
    """Raise Denied, Unavailable or NoSpace unless a file can be made in `folder`, or in what is to become it."""
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    if not os.path.isdir(folder):
        raise InvalidInput("it is no directory, so no signature can be stored there", subject=folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise WrongState("no signature can be stored there: this user may not write in it", subject=folder)


def add_signature(folder: str, blob: bytes) -> None:
    """Store a signature beside those that are there, under the first free number. Raises Denied, NoSpace, WrongState."""
    temporary = f"{folder}/.signature.{os.getpid()}.tmp"
    try:
        make_directory(folder, by_umask=True)
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        try:
            with open(descriptor, "wb") as file:
                file.write(blob)
                file.flush()
                os.fsync(descriptor)
            _link(temporary, folder)
        finally:
            os.unlink(temporary)
        sync_directory(folder)
    except OSError as error:
        raise from_os_error(error, subject=folder, doing="cannot store the signature") from error


def _link(temporary: str, folder: str) -> None:
    """Give the file the first name that is free; another command may be taking names at the same time."""
    for number in range(1, MAX_COUNT + 1):
        with suppress(FileExistsError):
            os.link(temporary, f"{folder}/signature-{number}", follow_symlinks=False)
            return
    raise WrongState(f"there are already {MAX_COUNT} signatures, the most that are read", subject=folder)
