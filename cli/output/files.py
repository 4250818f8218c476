"""Archives to and from files, standard output and standard input; a terminal is refused."""

from __future__ import annotations

import os
import sys

from pycman.contexts import contextmanager
from pycman.errors import InvalidInput, NotFound, from_os_error
from pycman.linux.whole_file import whole_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO


@contextmanager
def output_stream(path: str) -> Iterator[BinaryIO]:
    """Yield a stream to write to; "" and "-" are standard output. A file gets its name after everything was written.

    Raises InvalidInput if standard output is a terminal, and what `from_os_error` makes of an OSError.
    """
    if not path or path == "-":
        if os.isatty(1):
            raise InvalidInput(
                "refusing to write an archive to a terminal",
                hint="use -o FILE, or redirect",
                code="archive-to-terminal",
            )
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, "wb") as device:
            yield device
        return
    try:
        with whole_file(path) as file:
            yield file
    except OSError as error:
        raise from_os_error(error, subject=path) from error


@contextmanager
def input_stream(path: str) -> Iterator[BinaryIO]:
    """Yield a stream to read from: a file, or standard input for "" and "-". Raises InvalidInput (a terminal), NotFound."""
    if not path or path == "-":
        if os.isatty(0):
            raise InvalidInput(
                "refusing to read an archive from a terminal",
                hint="name a file, or redirect",
                code="archive-from-terminal",
            )
        yield sys.stdin.buffer
        return
    try:
        file = open(path, "rb")  # noqa: SIM115 - closed below
    except FileNotFoundError:
        raise NotFound("no such file", subject=path) from None
    except OSError as error:
        raise from_os_error(error, subject=path) from error
    with file:
        yield file
