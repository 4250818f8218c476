"""The root of a stage or an image as a tree to copy from, mounted read-only when it is needed."""

from __future__ import annotations

import os
import time

from pycman.build.context.tree import SourceTree
from pycman.build.execute.bases import ensure_stack
from pycman.build.execute.digest import digest_match
from pycman.build.execute.file_digests import FileDigests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextlib import ExitStack

    from pycman.build.context.tree import Match
    from pycman.build.ignore.rules import IgnoreRules
    from pycman.build.stack import Stack
    from pycman.state.session import Session


class StackTree(SourceTree):
    """The root of a stage or an image. It is mounted when something is read that is not known of its layers yet."""

    def __init__(self, session: Session, stack: Stack, label: str, exits: ExitStack) -> None:
        self._session = session
        self._stack = stack
        self._exits = exits
        self._top = -1
        super().__init__(-1, label, keeps_owner=True)

    @property
    def top(self) -> int:
        """Return the descriptor of the mounted root."""
        if self._top < 0:
            from pycman.build.execute.root import open_root, readable_root  # only for stages that are looked into

            ensure_stack(self._session, self._stack)
            root = self._exits.enter_context(readable_root(self._session, self._stack))
            self._top = open_root(root)
            self._exits.callback(os.close, self._top)
            self.path = root.path
        return self._top

    @top.setter
    def top(self, _value: int) -> None:
        """Take no descriptor: it is opened when it is needed."""

    @property
    def chain_id(self) -> str:
        """Return the chain id of the layers, which says what is in the tree."""
        return self._stack.chain_id

    def close(self) -> None:
        """Do nothing: the build's end closes it."""


def digest_of(session: Session, tree: SourceTree, match: Match, also: IgnoreRules | None, excluded: str) -> str:
    """Return `digest_match` of something in a tree; of layers, which never change, it is computed once and kept."""
    if not isinstance(tree, StackTree):
        kept = FileDigests(session)
        digest = digest_match(tree, match, also, kept)
        kept.write()
        return digest
    source = f"{match.path}\0{excluded}"
    known = session.db.value(
        "SELECT digest FROM build_digests WHERE chain_id = ? AND source = ?", (tree.chain_id, source)
    )
    if known is not None:
        return str(known)
    digest = digest_match(tree, match, also)
    session.db.change(
        "INSERT OR REPLACE INTO build_digests VALUES (?, ?, ?, ?)", (tree.chain_id, source, digest, time.time_ns())
    )
    return digest
