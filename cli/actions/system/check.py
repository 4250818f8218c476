"""system check: verify the store and, with --repair, fix it."""

from __future__ import annotations

from pycman.storage.check import CheckOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print the problems; return 0 if there are none or all were fixed, else 1."""
    recovered = call.engine.system.recover() if call.flag("repair") else []
    report = call.engine.system.check(
        CheckOptions(quick=call.flag("quick"), repair=call.flag("repair"), force=call.flag("force"))
    )
    for line in recovered:
        call.print(f"fixed: {line}")
    for problem in report.problems:
        state = "fixed: " if problem.repaired else ""
        call.print(f"{state}{problem.subject}: {problem.problem} [{problem.reference}]")
    left = [problem for problem in report.problems if not problem.repaired]
    call.print(
        f"{report.blobs} blobs and {report.layers} layers checked, {len(report.problems)} problems, {len(left)} left"
    )
    return 1 if left else 0
