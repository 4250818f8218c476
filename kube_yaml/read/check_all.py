"""All checks of documents before a play, with what the database knows already."""

from __future__ import annotations

from kube_yaml.read.check import check
from kube_yaml.read.problems import InvalidYaml
from kube_yaml.read.references import missing_references
from kube_yaml.read.rules import asks_for_labels
from kube_yaml.translate.security import has_selinux

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from kube_yaml.read.documents import Document
    from pycman.state.session import Session


def check_all(
    session: Session, documents: Sequence[Document], *, validate: str = "strict", cron_jobs: bool = False
) -> list[str]:
    """Return notes and warnings. Raises InvalidYaml with every problem of every document."""
    report = check(documents, validate=validate, cron_jobs=cron_jobs)
    problems = list(report.problems)
    if not problems:
        rows = session.db.rows("SELECT namespace, name FROM kube_objects WHERE kind = 'ConfigMap'")
        secrets = session.db.rows("SELECT namespace, name FROM kube_objects WHERE kind = 'Secret'")
        stored = session.db.rows("SELECT name FROM secrets WHERE state = 'ready'")
        known = {
            "ConfigMap": frozenset(f"{row['namespace']}/{row['name']}" for row in rows),
            "Secret": frozenset(f"{row['namespace']}/{row['name']}" for row in secrets)
            | {f"default/{row['name']}" for row in stored},
        }
        problems += missing_references(documents, known)
    if problems:
        raise InvalidYaml(problems=problems)
    notes = [*(each.describe() for each in report.warnings), *report.notes]
    if any(asks_for_labels(each) for each in documents) and not has_selinux():
        notes.append("seLinuxOptions mean nothing here (this host has no SELinux)")
    return notes
