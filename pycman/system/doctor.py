"""Diagnose the host and the store: run every check, each with a stable id, a cause and a fix."""

from __future__ import annotations

from pycman.record import Record
from pycman.system.checks import components, firewall, host, kubelet, store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session

OK, WARN, FAIL = "ok", "warn", "fail"


class Diagnosis(Record):
    """The outcome of one check: `status` is ok, warn or fail, `found` what was observed, `fixed` whether --fix fixed it."""

    id: str
    status: str
    found: str
    cause: str = ""
    fix: str = ""
    fixed: bool = False


def diagnose(session: Session, *, fix: bool = False) -> list[Diagnosis]:
    """Return the outcome of every check, in a fixed order; `fix` fixes what it can. A check that raises becomes a warning."""
    diagnoses: list[Diagnosis] = []
    for check in (*host.CHECKS, *components.CHECKS, *firewall.CHECKS, *store.CHECKS, *kubelet.CHECKS):
        try:
            outcome = check(session)
        except Exception as error:  # one failing check must not hide the others' outcomes
            outcome = {"id": check.__name__.replace("_", "-"), "status": WARN, "found": f"the check failed: {error}"}
        diagnoses.append(
            Diagnosis(
                id=outcome["id"],
                status=outcome["status"],
                found=outcome["found"],
                cause=outcome.get("cause", ""),
                fix=outcome.get("fix", ""),
            )
        )
    return [_fix(session, diagnosis) for diagnosis in diagnoses] if fix else diagnoses


def _fix(session: Session, diagnosis: Diagnosis) -> Diagnosis:
    fix = store.FIXES.get(diagnosis.id)
    if diagnosis.status == OK or fix is None:
        return diagnosis
    fix(session)
    return diagnosis.replace(status=OK, fixed=True)
