"""--output: the file system of the target stage as a directory (local) or tar, or the image as an archive (oci, docker).

A stranger has made the files: a directory is filled through its descriptor, links in it lead nowhere outside, and device
nodes are left out.
"""

from __future__ import annotations

import os

from pycman.build.context.tree import SourceTree
from pycman.build.execute.bases import ensure_stack
from pycman.build.execute.copy_files import FileCopy
from pycman.build.execute.root import open_root, readable_root
from pycman.contexts import contextmanager
from pycman.errors import InvalidInput, from_os_error
from pycman.images.archive.save import SaveOptions, save_image_as
from pycman.linux.files import make_directory
from pycman.linux.whole_file import whole_file
from pycman.storage.diff import write_tree_tar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from pycman.build.options import BuildOptions, BuildOutput
    from pycman.build.stack import Stack
    from pycman.state.session import Session


def write_files(session: Session, stack: Stack, output: BuildOutput, options: BuildOptions) -> None:
    """Write the file system of `stack` as a directory or a tar. Raises Denied, NoSpace, InvalidInput."""
    ensure_stack(session, stack)
    with readable_root(session, stack) as root:
        if output.kind == "local":
            _write_directory(open_root(root), output.target)
            return
        latest_ns = None if options.timestamp_s is None else options.timestamp_s * 10**9
        with _opened(output, options) as file:
            write_tree_tar(root.path, file, latest_ns=latest_ns)


def write_archive(
    session: Session, image_id: str, names: tuple[str, ...], output: BuildOutput, options: BuildOptions
) -> None:
    """Write an image of the store as an archive that bears `names`."""
    kind = "oci-archive" if output.kind == "oci" else "docker-archive"
    with _opened(output, options) as file:
        save_image_as(session, image_id, names, file, SaveOptions(format=kind))


def _write_directory(source: int, target: str) -> None:
    tree = SourceTree(source, "the image")
    try:
        try:
            make_directory(target, by_umask=True)
            top = os.open(target, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise from_os_error(error, subject=f"--output {target}", doing="cannot write") from error
        copy = FileCopy(top, owner=(os.geteuid(), os.getegid()), nodes=False)
        try:
            copy.content(tree, tree.matches(".")[0], "")
        except OSError as error:
            raise from_os_error(error, subject=f"--output {target}", doing="cannot write") from error
        finally:
            copy.close()
            os.close(top)
    finally:
        tree.close()


@contextmanager
def _opened(output: BuildOutput, options: BuildOptions) -> Iterator[BinaryIO]:
    """Yield the file that an output is written to; one that could not be completed is removed."""
    if output.target == "-":
        if options.output_descriptor < 0:
            raise InvalidInput("there is nothing to write to", subject="--output -")
        with open(options.output_descriptor, "wb", closefd=False) as file:
            yield file
        return
    try:
        with whole_file(output.target) as file:
            yield file
    except OSError as error:
        raise from_os_error(error, subject=f"--output {output.target}", doing="cannot write") from error
