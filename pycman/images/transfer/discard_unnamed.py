"""After an error, remove at once what the failed operation stored, instead of at the next garbage collection."""

from __future__ import annotations

from pycman.contexts import contextmanager, suppress
from pycman.errors import PycmanError
from pycman.storage.gc import collect_garbage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pycman.state.session import Session


@contextmanager
def discard_on_error(session: Session) -> Iterator[None]:
    """Collect garbage if the block fails. The block must release its leases itself."""
    try:
        yield
    except BaseException:
        with suppress(PycmanError, OSError):  # the error of the block is the one to report
            collect_garbage(session)
        raise
