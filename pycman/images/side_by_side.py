"""Jobs of pull, load and push, several at a time: the first that fails ends the others, an interrupt waits for none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    T = TypeVar("T")

_WORKERS = 4


def side_by_side(jobs: Sequence[Callable[[], T]], halt: Callable[[], None] | None = None) -> list[T]:
    """Do all jobs and return their results in order. Raises the error that came first, once the others have ended.

    `halt` is called then, so that those which wait for a server give up. When it is the user who interrupts, nobody waits
    for them: one may be waiting for the download of another command, which nothing here can end.
    """
    pool = ThreadPoolExecutor(max_workers=_WORKERS)
    patient = True
    try:
        running = [pool.submit(job) for job in jobs]
        for done in as_completed(running):
            done.result()
        return [each.result() for each in running]
    except BaseException as error:
        patient = isinstance(error, Exception)
        if halt is not None:
            halt()
        raise
    finally:
        pool.shutdown(wait=patient, cancel_futures=True)
