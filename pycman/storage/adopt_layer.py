"""Make a directory that a container has filled the layer of its changes, without unpacking them again from their blob.

upper directory ──packed──▶ blob
        └────────────── lock, row "creating", sync, rename ──────────▶ row "ready"

A kill before the rename leaves a row that the next command removes, and the directory where it was.
"""

from __future__ import annotations

import os

from pycman.errors import PycmanError, from_os_error
from pycman.linux.attributes import dress
from pycman.linux.files import locked, remove_below, remove_tree
from pycman.linux.syscalls import RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, openat2
from pycman.plan import crash_point
from pycman.storage.layers import Layer, chain_of, discard_layer, find_layer, finish_layer, layer_name, reserve_layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.state.session import Session


def adopt_layer(
    session: Session,
    directory: str,
    *,
    diff_id: str,
    parent_chain_id: str,
    blob_digest: str,
    size_bytes: int,
    left_out: Sequence[str] = (),
) -> Layer:
    """Move `directory`, an upper directory of overlayfs that was packed as `blob_digest`, into the store as its layer.

    It must be below the root and not be mounted any more. `left_out` are paths in it that are not in the tar (sockets);
    they are removed. If the store has the layer already, the directory is removed. Raises NoSpace and others.
    """
    chain = chain_of(parent_chain_id, diff_id)
    name = layer_name(chain)
    with locked(session.paths.lock("layer", name), subject=chain):
        existing = find_layer(session, chain)
        if existing is not None:
            remove_tree(directory)
            return existing
        layer = Layer(
            name=name,
            chain_id=chain,
            diff_id=diff_id,
            parent_chain_id=parent_chain_id,
            blob_digest=blob_digest,
            size_bytes=size_bytes,
        )
        reserve_layer(session, layer)
        try:
            _remove_each(directory, left_out)
            dress(directory, mode=0o755)
            remove_tree(session.paths.layer(name) + ".new")
            crash_point("adopt:reserved")
            os.rename(directory, session.paths.layer(name) + ".new")
            return finish_layer(session, layer)
        except OSError as error:
            discard_layer(session, name)
            raise from_os_error(error, subject=chain, doing="cannot keep the layer") from error
        except PycmanError:
            discard_layer(session, name)
            raise


def _remove_each(directory: str, paths: Sequence[str]) -> None:
    if not paths:
        return
    top = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for path in paths:
            above, _, last = path.rpartition("/")
            parent = openat2(
                top, above or ".", os.O_PATH | os.O_DIRECTORY, resolve=RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS
            )
            try:
                remove_below(parent, last)
            finally:
                os.close(parent)
    finally:
        os.close(top)
