"""system check: verify the store and fix it."""

from __future__ import annotations

from pycman.storage.check import CheckOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print what is wrong; status 0 if nothing is, or all was mended."""
    mended = call.engine.system.recover() if call.flag("repair") else []
    report = call.engine.system.check(
        CheckOptions(quick=call.flag("quick"), repair=call.flag("repair"), force=call.flag("force"))
    )
    for line in mended:
        call.print(f"mended: {line}")
    for problem in report.problems:
        state = "mended: " if problem.mended else ""
        call.print(f"{state}{problem.subject}: {problem.problem} [{problem.reference}]")
    left = [problem for problem in report.problems if not problem.mended]
    call.print(
        f"{report.blobs} blobs and {report.layers} layers looked at, {len(report.problems)} problems, {len(left)} left"
    )
    return 1 if left else 0
