"""doctor: check the host and the store, with cause and fix for each problem."""

from __future__ import annotations

from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_MARKS = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}


def run(call: Call) -> int:
    """Print the diagnoses; return 1 if one of them is a failure."""
    diagnoses = call.engine.system.doctor(fix=call.flag("fix"))
    if call.string("format") == "json":
        call.print(format_json([diagnosis.to_dict() for diagnosis in diagnoses], indent=4))
    else:
        for diagnosis in diagnoses:
            if diagnosis.status == "ok" and not call.flag("all"):
                continue
            call.print(
                f"{_MARKS[diagnosis.status]}  {diagnosis.id}: {diagnosis.found}"
                + (" (fixed)" if diagnosis.fixed else "")
            )
            if diagnosis.fix and diagnosis.status != "ok":
                call.print(f"      cause: {diagnosis.cause}\n      fix:  {diagnosis.fix}")
        failed = sum(diagnosis.status == "fail" for diagnosis in diagnoses)
        warned = sum(diagnosis.status == "warn" for diagnosis in diagnoses)
        call.print(
            f"{len(diagnoses)} checks: {len(diagnoses) - failed - warned} ok, {warned} warnings, {failed} failures"
        )
    return 1 if any(diagnosis.status == "fail" for diagnosis in diagnoses) else 0
