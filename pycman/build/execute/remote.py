"""ADD of a URL or a git repository: fetched below the store's tmp/, then copied as files of a tree are."""

from __future__ import annotations

import os
import posixpath

from pycman.build.context.fetch import open_below
from pycman.build.context.git import clone
from pycman.build.context.tree import SourceTree
from pycman.build.execute.parts import ArchivePart, TreePart, is_archive
from pycman.build.plan.sources import kind_of
from pycman.digest import new_hash
from pycman.errors import Corrupt, InvalidInput, from_os_error
from pycman.images.make.import_source import open_download
from pycman.linux.files import make_directory, remove_tree
from pycman.linux.folder import Folder
from pycman.storage.scratch import scratch_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextlib import ExitStack

    from pycman.build.execute.parts import Part
    from pycman.build.plan.values import CopyStep
    from pycman.state.session import Session

_CHUNK = 1 << 18


class FetchedPart(TreePart):
    """What was fetched, named by what it is: the commit of a repository."""

    def __init__(self, session: Session, tree: SourceTree, commit: str) -> None:
        super().__init__(session, tree, tree.matches(".")[0])
        self._commit = commit

    def digest(self) -> str:
        """Return the commit."""
        return f"git {self._commit}"


def fetch_remote(session: Session, step: CopyStep, source: str, exits: ExitStack) -> Part:
    """Return what ADD copies of a URL or a git repository. Raises Unavailable, NotFound, Corrupt (checksum), InvalidInput."""
    scratch = scratch_path(session, "add")
    exits.callback(remove_tree, scratch)
    if kind_of(source) == "git":
        cloned = clone(source, scratch, keep_git_dir=bool(step.keep_git_dir))
        if step.checksum and not cloned.commit.startswith(step.checksum):
            raise Corrupt(f"the commit is {cloned.commit} instead of {step.checksum}", subject=source)
        tree = open_below(scratch, cloned.subdirectory, source)
        exits.callback(tree.close)
        return FetchedPart(session, tree, f"{cloned.commit} {cloned.subdirectory} {bool(step.keep_git_dir)}")
    name = _file_name(source, step)
    make_directory(scratch, 0o700)
    _download(source, scratch, name, step.checksum)
    tree = open_below(scratch, "", source)
    exits.callback(tree.close)
    match = tree.matches(name.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?").replace("[", "\\["))[0]
    if step.unpack and is_archive(tree, match):
        return ArchivePart(session, tree, match)
    return TreePart(session, tree, match)


def _file_name(url: str, step: CopyStep) -> str:
    """Return the name that a download gets in a directory: the last part of the URL's path. Raises InvalidInput."""
    path = url.partition("://")[2].partition("#")[0].partition("?")[0].partition("/")[2]
    name = posixpath.basename(path.rstrip("/")) if not path.endswith("/") else ""
    if name in (".", "..") or "\0" in name:
        raise InvalidInput("the URL does not name a file", subject=url)
    if not name and step.target.endswith("/"):
        raise InvalidInput("the URL names no file", subject=url, hint="end the target without a /")
    return name or "file"


def _download(url: str, directory: str, name: str, checksum: str) -> None:
    """Write a URL's content to a file of mode 0600, as docker does, and compare its checksum ("sha256:…")."""
    algorithm, _, expected = checksum.partition(":")
    if checksum and (algorithm not in ("sha256", "sha384", "sha512") or not expected):
        raise InvalidInput("not a checksum", subject=f"--checksum={checksum}", hint="write it as sha256:DIGITS")
    content = new_hash(algorithm or "sha256")
    source = open_download(url)
    with Folder(directory) as folder:
        folder.make_file(name, mode=0o600)
        with folder.open(name, os.O_WRONLY) as file:
            while data := source.read(_CHUNK):
                content.update(data)
                try:
                    view = memoryview(data)
                    while view:
                        view = view[os.write(file.fileno(), view) :]
                except OSError as error:
                    raise from_os_error(error, subject=url, doing="cannot store the download") from error
    if checksum and content.hexdigest() != expected:
        raise Corrupt(f"its {algorithm} is {content.hexdigest()} instead of {expected}", subject=url)
