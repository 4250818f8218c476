"""doctor: what goes wrong on this host, with cause and fix."""

from __future__ import annotations

from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_MARKS = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}


def run(call: Call) -> int:
    """Print what was found; status 1 if something fails."""
    found = call.engine.system.doctor(fix=call.flag("fix"))
    if call.string("format") == "json":
        call.print(format_json([each.to_dict() for each in found], indent=4))
    else:
        for each in found:
            if each.status == "ok" and not call.flag("all"):
                continue
            call.print(f"{_MARKS[each.status]}  {each.id}: {each.found}" + (" (mended)" if each.fixed else ""))
            if each.fix and each.status != "ok":
                call.print(f"      cause: {each.cause}\n      fix:  {each.fix}")
        bad = sum(each.status == "fail" for each in found)
        warned = sum(each.status == "warn" for each in found)
        call.print(f"{len(found)} checks: {len(found) - bad - warned} ok, {warned} warnings, {bad} failures")
    return 1 if any(each.status == "fail" for each in found) else 0
