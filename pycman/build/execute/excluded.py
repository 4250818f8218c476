"""Show a context in a bind mount without what its ignore file leaves out: an overlay whose upper layer has whiteouts for it."""

from __future__ import annotations

import os
import stat

from pycman.build.ignore.rules import NOT_MATCHED
from pycman.contexts import contextmanager
from pycman.linux.files import make_directory, remove_tree
from pycman.linux.syscalls import openat2
from pycman.storage.driver import choose_driver
from pycman.storage.scratch import scratch_path
from pycman.storage.tree import Tree
from pycman.storage.unpack import OverlayStyle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pycman.build.context.tree import Match, SourceTree
    from pycman.build.ignore.rules import IgnoreRules
    from pycman.state.session import Session


@contextmanager
def hide_excluded(session: Session, tree: SourceTree, match: Match) -> Iterator[str]:
    """Yield a path that shows `tree` without what its rules leave out below `match`. Raises MountFailed."""
    assert tree.rules is not None
    left_out = list(_left_out(tree, tree.rules, match))
    if not left_out:
        yield tree.path
        return
    base = scratch_path(session, "build")
    driver = choose_driver(session)
    style = OverlayStyle(rootless=session.rootless)
    try:
        make_directory(f"{base}/hidden")
        make_directory(f"{base}/merged")
        top = os.open(f"{base}/hidden", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        names = Tree(top, lambda _descriptor: None, style.make_opaque)
        try:
            for path in left_out:
                above, _, name = path.rpartition("/")
                style.hide(names.directory(above), name)
        finally:
            names.close()
            os.close(top)
        driver.mount([f"{base}/hidden", tree.path], "", "", f"{base}/merged")
        try:
            yield f"{base}/merged"
        finally:
            driver.unmount(f"{base}/merged")
    finally:
        remove_tree(base)


def _left_out(tree: SourceTree, rules: IgnoreRules, match: Match) -> Iterator[str]:
    if not stat.S_ISDIR(match.status.st_mode):
        return
    yield from _below(tree.top, match.path, rules, _state(rules, match.path))


def _state(rules: IgnoreRules, path: str) -> int:
    state = NOT_MATCHED
    for end in [place for place, letter in enumerate(path) if letter == "/"] + ([len(path)] if path else []):
        state = rules.enter(path[:end], state)
    return state


def _below(top: int, path: str, rules: IgnoreRules, above: int) -> Iterator[str]:
    directory = openat2(top, path or ".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        with os.scandir(directory) as entries:
            names = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    finally:
        os.close(directory)
    for name, is_directory in names:
        here = f"{path}/{name}" if path else name
        state = rules.enter(here, above)
        if rules.is_excluded(state) and not (is_directory and not rules.prunes(here, state)):
            yield here
        elif is_directory:
            yield from _below(top, here, rules, state)
