"""After an error, what an operation brought into the store and nobody names goes at once, not at the next clean-up."""

from __future__ import annotations

import contextlib

from pycman.errors import PycmanError
from pycman.storage.gc import collect_garbage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pycman.state.session import Session


@contextlib.contextmanager
def swept_on_error(session: Session) -> Iterator[None]:
    """Collect garbage if the block fails. Leases of the block must be released inside it."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(PycmanError, OSError):  # the first error is the one to tell
            collect_garbage(session)
        raise
