"""Open what a build is of: the tree of the context, and the bytes of the Dockerfile.

DIRECTORY                    the tree; its Containerfile or Dockerfile, or the files of -f
-                            a tar (compressed or not) or a Dockerfile on standard input
http(s)://…/FILE             a tar or a Dockerfile
a git URL                    `git.py` knows them
(none)                       -f names the Dockerfile, whose directory is the context
"""

from __future__ import annotations

import os

from pycman.build.context.tree import SourceTree, clean, open_directory_tree
from pycman.contexts import contextmanager
from pycman.errors import Denied, InvalidInput, NotFound, from_os_error
from pycman.linux.attributes import reopen_regular
from pycman.linux.files import remove_tree
from pycman.linux.syscalls import openat2
from pycman.record import Record
from pycman.storage.scratch import scratch_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pycman.build.options import BuildOptions
    from pycman.digest import Readable
    from pycman.state.session import Session

DOCKERFILES = ("Containerfile", "Dockerfile")
"""Names that are looked for in the context, in this order."""
_IGNORE_FILES = (".containerignore", ".dockerignore")
_LIMIT_BYTES = 4 << 20
"""More than any Dockerfile or ignore file has."""
_URLS = ("http://", "https://")


class Opened(Record):
    """The context of a build. `tree` is None for a Dockerfile without context; `name` is what errors call the Dockerfile."""

    tree: SourceTree | None
    dockerfile: bytes
    name: str
    ignore: bytes | None = None
    ignore_name: str = ""


class _Descriptor:
    """A descriptor as something to read from."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes."""
        if size < 0:
            return b"".join(iter(lambda: self.read(1 << 18), b""))
        return os.read(self._descriptor, min(size, 1 << 20))


@contextmanager
def open_context(session: Session, options: BuildOptions) -> Iterator[Opened]:
    """Yield the context and the Dockerfile. Raises NotFound, InvalidInput, Unavailable, Corrupt (tar)."""
    scratch = scratch_path(session, "context")
    tree: SourceTree | None = None
    try:
        tree, dockerfile, name = _open(options, scratch)
        ignore, ignore_name = _ignore(options, tree, name)
        yield Opened(tree=tree, dockerfile=dockerfile, name=name, ignore=ignore, ignore_name=ignore_name)
    finally:
        if tree is not None:
            tree.close()
        remove_tree(scratch)


def _open(options: BuildOptions, scratch: str) -> tuple[SourceTree | None, bytes, str]:
    context = options.context
    from_stdin = "-" in options.dockerfiles
    if context == "-":
        if from_stdin:
            raise InvalidInput("standard input cannot be both context and Dockerfile", subject="-f -")
        return _from_stream(_Descriptor(_stdin(options)), options, scratch, "standard input")
    if context.startswith(_URLS) or _is_git(context):
        return _from_url(context, options, scratch)
    if not context and not options.dockerfiles:
        raise InvalidInput("a build needs a context", hint="name a directory, for example pycman build .")
    directory = context or (os.path.dirname(options.dockerfiles[0]) or ".")
    if from_stdin and not context:
        return None, _limited(_Descriptor(_stdin(options)), "standard input"), "Dockerfile"
    try:
        tree = open_directory_tree(directory, f"the context {_shown(directory)}")
    except NotADirectoryError:
        raise InvalidInput("the context is not a directory", subject=directory) from None
    except OSError as error:
        raise from_os_error(error, subject=directory, doing="cannot open the context") from error
    try:
        return tree, *_dockerfile(options, tree)
    except BaseException:
        tree.close()
        raise


def _shown(directory: str) -> str:
    return directory if directory.endswith("/") else f"{directory}/"


def _stdin(options: BuildOptions) -> int:
    if options.stdin < 0:
        raise InvalidInput("there is no standard input to read from", subject="-")
    return options.stdin


def _is_git(context: str) -> bool:
    from pycman.build.context.git import is_git_url  # only imported for contexts that are named

    return is_git_url(context)


def _from_url(url: str, options: BuildOptions, scratch: str) -> tuple[SourceTree | None, bytes, str]:
    if _is_git(url):
        from pycman.build.context.fetch import open_below  # only imported for git contexts
        from pycman.build.context.git import clone  # only imported for git contexts

        cloned = clone(url, scratch)
        tree = open_below(scratch, cloned.subdirectory, f"the repository {url}")
        try:
            return tree, *_dockerfile(options, tree)
        except BaseException:
            tree.close()
            raise
    from pycman.images.make.import_source import open_download  # only imported for URLs

    return _from_stream(open_download(url), options, scratch, url)


def _from_stream(
    source: Readable, options: BuildOptions, scratch: str, label: str
) -> tuple[SourceTree | None, bytes, str]:
    """Read a tar, which is unpacked below the store's tmp/, or else a Dockerfile."""
    from pycman.storage.archive_io import Pushback, open_decompressed, read_head  # not for directories
    from pycman.storage.tar_headers import BLOCK, has_checksum  # not for directories

    head = read_head(source, 1 << 16)
    if not head:
        raise InvalidInput("it is empty", subject=label, hint="pass a Dockerfile or a tar")
    plain = open_decompressed(Pushback(source, head))
    first = read_head(plain, BLOCK)
    if not (len(first) == BLOCK and has_checksum(first)):
        return None, _limited(Pushback(plain, first), label), "Dockerfile"
    from pycman.build.context.fetch import unpack_context  # only imported for contexts that are a tar

    unpack_context(Pushback(plain, first), scratch)
    tree = open_directory_tree(scratch, f"the context on {label}")
    try:
        return tree, *_dockerfile(options, tree)
    except BaseException:
        tree.close()
        raise


def _dockerfile(options: BuildOptions, tree: SourceTree) -> tuple[bytes, str]:
    """Return the Dockerfile's bytes and name: those of -f one after the other, else the one of the context."""
    if not options.dockerfiles:
        for name in DOCKERFILES:
            data = _read_inside(tree, name)
            if data is not None:
                return data, name
        where = os.path.abspath(options.context) if os.path.isdir(options.context) else tree.label
        sentence = "no Containerfile or Dockerfile specified or found in context directory"
        raise NoneInContext(f"{sentence}, {where}: no such file or directory")
    pieces = [
        _limited(_Descriptor(_stdin(options)), name) if name == "-" else _named(tree, name, inside=options.files_inside)
        for name in options.dockerfiles
    ]
    joined = b"\n".join(pieces) if len(pieces) > 1 else pieces[0]
    first = options.dockerfiles[0]
    return joined, "Dockerfile" if first == "-" else first


def _named(tree: SourceTree, name: str, *, inside: bool = False) -> bytes:
    """Return the file of -f: as the shell has it, else (`inside`: only) inside the context."""
    if inside:
        data = _read_inside(tree, name)
        if data is None:
            raise _no_dockerfile(name)
        return data
    if name.startswith(_URLS):
        from pycman.images.make.import_source import open_download  # only imported for URLs

        return _limited(open_download(name), name)
    try:
        with open(name, "rb", buffering=0) as file:
            return _limited(file, name)
    except IsADirectoryError:
        raise InvalidInput("it is a directory", subject=f"-f {name}", hint="name a file") from None
    except FileNotFoundError:
        data = None if os.path.isabs(name) else _read_inside(tree, name)
        if data is None:
            raise _no_dockerfile(name) from None
        return data
    except PermissionError:
        raise Denied("it cannot be read", subject=f"-f {name}") from None


def _no_dockerfile(name: str) -> NotFound:
    return NoDockerfile("no such file or directory", subject=name)


class NoneInContext(NotFound):
    """The context has no Dockerfile and -f names none. The problem is buildah's sentence, which scripts look for."""


class NoDockerfile(NotFound):
    """The file that -f names does not exist."""

    def describe(self) -> str:
        """Return the words of open(2)'s error, with the name in front."""
        return f"{self.subject}: {self.problem}"


def _read_inside(tree: SourceTree, name: str) -> bytes | None:
    """Return a file of the tree, links followed inside it; None if there is none."""
    try:
        exactly = openat2(tree.top, clean(name), os.O_PATH)
    except OSError:
        return None
    try:
        descriptor = reopen_regular(exactly, os.O_RDONLY)
    except OSError:
        return None
    finally:
        os.close(exactly)
    with open(descriptor, "rb", buffering=0) as file:
        return _limited(file, name)


def _limited(source: Readable, subject: str) -> bytes:
    data = b""
    while len(data) <= _LIMIT_BYTES and (piece := source.read(_LIMIT_BYTES + 1 - len(data))):
        data += piece
    if len(data) > _LIMIT_BYTES:
        raise InvalidInput(f"it is larger than {_LIMIT_BYTES} bytes", subject=subject)
    return data


def _ignore(options: BuildOptions, tree: SourceTree | None, dockerfile: str) -> tuple[bytes | None, str]:
    """Return the ignore file: --ignorefile, DOCKERFILE.dockerignore, .containerignore or .dockerignore of the context."""
    if tree is None:
        return None, ""
    if options.ignore_file:
        return _named(tree, options.ignore_file), options.ignore_file
    names: Sequence[str] = _IGNORE_FILES
    if options.dockerfiles and dockerfile and "-" not in options.dockerfiles:
        for ending in () if options.files_inside else (".containerignore", ".dockerignore"):
            path = f"{dockerfile}{ending}"
            if os.path.isfile(path):
                return _named(tree, path), os.path.basename(path)
        names = (*(f"{dockerfile}{ending}" for ending in _SUFFIXES if not os.path.isabs(dockerfile)), *names)
    elif not options.dockerfiles:
        names = (*(f"{dockerfile}{ending}" for ending in _SUFFIXES), *names)
    for name in names:
        data = _read_inside(tree, name)
        if data is not None:
            return data, name
    return None, ""


_SUFFIXES = (".containerignore", ".dockerignore")
"""An ignore file for one Dockerfile bears its name and one of these."""
