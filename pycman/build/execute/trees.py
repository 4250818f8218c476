"""The trees that files of a build are taken from: the context, named contexts, other stages, images, what ADD fetched.

Each is opened when it is first needed, and closed at the build's end; stages and images are mounted read-only.
"""

from __future__ import annotations

from contextlib import ExitStack

from pycman.build.context.tree import open_directory_tree
from pycman.build.execute.stack_tree import StackTree
from pycman.errors import NotFound, from_os_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from pycman.build.context.open_context import Opened
    from pycman.build.context.tree import SourceTree
    from pycman.build.execute.bases import Bases
    from pycman.build.execute.parts import Part
    from pycman.build.options import BuildOptions
    from pycman.build.plan.values import CopyStep, Origin
    from pycman.build.stack import StageState
    from pycman.state.session import Session

_IMAGES = ("docker-image://", "container-image://")


class Trees:
    """All trees of one build."""

    def __init__(self, session: Session, options: BuildOptions, opened: Opened, bases: Bases) -> None:
        self._session = session
        self._options = options
        self._opened = opened
        self._bases = bases
        self._exits = ExitStack()
        self._known: dict[object, SourceTree] = {}

    def close(self) -> None:
        """Unmount and close everything."""
        self._exits.close()

    def tree(self, origin: Origin, states: Mapping[int, StageState]) -> SourceTree:
        """Return the tree of an origin. Raises NotFound (no context, image), and what pulling raises."""
        if origin.kind == "context" and not origin.name:
            if self._opened.tree is None:
                raise NotFound("there is no build context", hint="name a directory after build")
            return self._opened.tree
        key = (origin.kind, origin.name, origin.stage, origin.platform)
        if key not in self._known:
            self._known[key] = self._open(origin, states)
        return self._known[key]

    def _open(self, origin: Origin, states: Mapping[int, StageState]) -> SourceTree:
        if origin.kind == "stage":
            state = states[origin.stage]
            return StackTree(self._session, state.stack, f"stage {origin.name or origin.stage}", self._exits)
        where = self._options.contexts.get(origin.name, "")
        if origin.kind == "image" or where.startswith(_IMAGES):
            image = self._bases.image(origin.name, origin.platform)
            return StackTree(self._session, self._bases.stack(image), f"image {origin.name}", self._exits)
        return self._named(origin.name, where)

    def _named(self, name: str, where: str) -> SourceTree:
        """Return a --build-context: a directory, or a git or http(s) URL."""
        from pycman.build.context.fetch import fetch_tree  # only imported for named contexts

        if "://" in where or where.startswith("git@"):
            tree = self._exits.enter_context(fetch_tree(self._session, where, f"context {name}"))
        else:
            try:
                tree = open_directory_tree(where, f"context {name} ({where})")
            except OSError as error:
                raise from_os_error(error, subject=f"--build-context {name}={where}", doing="cannot open it") from error
            self._exits.callback(tree.close)
        return tree

    def remote(self, step: CopyStep, source: str) -> Part:
        """Return what ADD fetches from a URL or a git repository."""
        from pycman.build.execute.remote import fetch_remote  # only imported for ADD of URLs

        return fetch_remote(self._session, step, source, self._exits)
