"""Run all checks of documents before a play; references may also lead to config maps and secrets that are stored already."""

from __future__ import annotations

from kube_yaml.check.fields import check
from kube_yaml.check.kinds import playable
from kube_yaml.check.references import missing_references
from kube_yaml.check.rules import uses_selinux_options
from kube_yaml.read.problems import InvalidYaml
from pycman.errors import InvalidInput
from pycman.linux.host_limits import has_selinux

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from kube_yaml.read.documents import Document
    from pycman.state.session import Session


def check_all(
    session: Session,
    documents: Sequence[Document],
    *,
    validate: str = "",
    cron_jobs: bool = False,
    podman_names: bool = False,
) -> list[str]:
    """Return warnings. Raises InvalidYaml with every problem of every document, InvalidInput if there is none.

    `validate`: "", strict, warn or ignore, as `fields.check` takes it. `cron_jobs`: CronJobs are allowed, because each is run once now.
    """
    if not documents:
        raise InvalidInput(
            "there is nothing to play: no document in it", hint="write documents with apiVersion and kind"
        )
    report = check(documents, validate=validate, cron_jobs=cron_jobs, podman_names=podman_names)
    problems = list(report.problems)
    if not problems:
        config_maps = session.db.rows("SELECT namespace, name FROM kube_objects WHERE kind = 'ConfigMap'")
        secrets = session.db.rows("SELECT namespace, name FROM kube_objects WHERE kind = 'Secret'")
        stored = session.db.rows("SELECT name FROM secrets WHERE state = 'ready'")
        known = {
            "ConfigMap": frozenset(f"{row['namespace']}/{row['name']}" for row in config_maps),
            "Secret": frozenset(f"{row['namespace']}/{row['name']}" for row in secrets)
            | {f"default/{row['name']}" for row in stored},
        }
        problems += missing_references(playable(documents)[0], known)
    if problems:
        raise InvalidYaml(problems=problems)
    notes = [*(warning.describe() for warning in report.warnings), *report.notes]
    if any(uses_selinux_options(document) for document in documents) and not has_selinux():
        notes.append("seLinuxOptions have no effect (this host has no SELinux)")
    return notes
