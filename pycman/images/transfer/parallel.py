"""Run the jobs of pull, load and push in threads: the first error cancels the others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed, wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from typing import TypeVar

    T = TypeVar("T")

_WORKERS = 4
_INTERRUPT_WAIT_S = 1.0


def run_parallel(jobs: Sequence[Callable[[], T]], halt: Callable[[], None] | None = None, *, most: int = 0) -> list[T]:
    """Run all jobs, at most `most` at a time (0 is four), and return their results in order.

    Raises the first error, once the running jobs have ended.

    `halt` is called after an error, so that jobs that wait for a server end. After an interrupt of the user they have
    one second for that: a job may be waiting for the download of another command, which cannot be cancelled here.
    """
    pool = ThreadPoolExecutor(max_workers=most or _WORKERS)
    running: list[Future[T]] = []
    try:
        running += [pool.submit(job) for job in jobs]
        for done in as_completed(running):
            done.result()
        return [future.result() for future in running]
    except BaseException as error:
        pool.shutdown(wait=False, cancel_futures=True)
        if halt is not None:
            halt()
        begun = [future for future in running if not future.cancelled()]
        wait(begun, timeout=None if isinstance(error, Exception) else _INTERRUPT_WAIT_S)
        raise
    finally:
        pool.shutdown(wait=False)
