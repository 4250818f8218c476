"""Look at the host and the store for what goes wrong: one check a cause, each with a stable id, a cause and a fix."""

from __future__ import annotations

from pycman.record import Record
from pycman.system.checks import components, host, store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session

OK, WARN, FAIL = "ok", "warn", "fail"


class Diagnosis(Record):
    """One check: `status` ok, warn or fail; `found` what there is; `fixed` if --fix mended it now."""

    id: str
    status: str
    found: str
    cause: str = ""
    fix: str = ""
    fixed: bool = False


def diagnose(session: Session, *, fix: bool = False) -> list[Diagnosis]:
    """Return the outcome of every check, in a fixed order; with `fix` fix what can be. Checks never raise."""
    found: list[Diagnosis] = []
    for check in (*host.CHECKS, *components.CHECKS, *store.CHECKS):
        try:
            outcome = check(session)
        except Exception as error:  # a check that cannot look says so, and the others go on
            outcome = {"id": check.__name__.replace("_", "-"), "status": WARN, "found": f"cannot be looked at: {error}"}
        found.append(
            Diagnosis(
                id=outcome["id"],
                status=outcome["status"],
                found=outcome["found"],
                cause=outcome.get("cause", ""),
                fix=outcome.get("fix", ""),
            )
        )
    return [_fix(session, each) for each in found] if fix else found


def _fix(session: Session, diagnosis: Diagnosis) -> Diagnosis:
    mender = store.MENDERS.get(diagnosis.id)
    if diagnosis.status == OK or mender is None:
        return diagnosis
    mender(session)
    return diagnosis.replace(status=OK, fixed=True)
