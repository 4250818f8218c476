"""Jobs of pull, load and push, several at a time: the first that fails ends the others, an interrupt waits for none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed, wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from typing import TypeVar

    T = TypeVar("T")

_WORKERS = 4
_LAST_SECOND_S = 1.0


def side_by_side(jobs: Sequence[Callable[[], T]], halt: Callable[[], None] | None = None, *, most: int = 0) -> list[T]:
    """Do all jobs, `most` at a time (0 is four), and return their results in order. Raises the error that came first, once the others have ended.

    `halt` is called then, so that those which wait for a server give up. When it is the user who interrupts, they have a
    second: one may be waiting for the download of another command, which nothing here can end.
    """
    pool = ThreadPoolExecutor(max_workers=most or _WORKERS)
    running: list[Future[T]] = []
    try:
        running += [pool.submit(job) for job in jobs]
        for done in as_completed(running):
            done.result()
        return [each.result() for each in running]
    except BaseException as error:
        pool.shutdown(wait=False, cancel_futures=True)
        if halt is not None:
            halt()
        begun = [each for each in running if not each.cancelled()]
        wait(begun, timeout=None if isinstance(error, Exception) else _LAST_SECOND_S)
        raise
    finally:
        pool.shutdown(wait=False)
