"""Check documents against the tables and rules: all problems at once, with lines. Pure.

A field the API does not know is an error (or a warning, as --validate says), one that would mean something but is not done
is always an error, and one that means nothing on one host is named once among the notes.
"""

from __future__ import annotations

import difflib

from kube_yaml.check.rules import check_rules, notes_of
from kube_yaml.read.problems import Problem, written
from kube_yaml.schema import Table, all_tables
from kube_yaml.schema.types import TYPES, is_qualified
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from kube_yaml.read.documents import Document, Path

KINDS = {
    "Pod": "v1", "ConfigMap": "v1", "Secret": "v1", "PersistentVolumeClaim": "v1", "Service": "v1", "Namespace": "v1",
    "Deployment": "apps/v1", "ReplicaSet": "apps/v1", "StatefulSet": "apps/v1", "DaemonSet": "apps/v1", "Job": "batch/v1",
    "CronJob": "batch/v1", "RuntimeClass": "node.k8s.io/v1",
}  # fmt: skip
ACCEPTED = {
    "PersistentVolume": "claims are volumes by themselves", "StorageClass": "claims are volumes by themselves",
    "ServiceAccount": "there is no API server", "Role": "there is no API server", "ClusterRole": "there is no API server",
    "RoleBinding": "there is no API server", "ClusterRoleBinding": "there is no API server",
    "PodDisruptionBudget": "there is one node", "HorizontalPodAutoscaler": "there is one node",
    "VerticalPodAutoscaler": "there is one node", "PriorityClass": "there is one node",
    "ResourceQuota": "there is no API server", "LimitRange": "there is no API server",
}  # fmt: skip
REFUSED = {
    "ReplicationController": "use a Deployment", "Endpoints": "only Services with a selector are known",
    "EndpointSlice": "only Services with a selector are known", "Ingress": "publish the Service with type: NodePort",
    "Gateway": "publish the Service with type: NodePort", "HTTPRoute": "publish the Service with type: NodePort",
    "NetworkPolicy": "a rule that is dropped would be a hole: give each side a network of its own",
}  # fmt: skip
_OLD_VERSIONS = ("extensions/v1beta1", "apps/v1beta1", "apps/v1beta2", "batch/v1beta1", "batch/v2alpha1")
_ANNOTATION_BYTES = 256 << 10


class Report(Record):
    """What was found: problems, warnings (--validate=warn) and notes on what means nothing here."""

    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def check(documents: Sequence[Document], *, validate: str = "strict", cron_jobs: bool = False) -> Report:
    """Return all that is wrong with documents. `validate`: unknown fields are errors (strict), warnings, or let be."""
    checker = _Checker(validate)
    for document in documents:
        checker.document(document)
    problems = checker.problems
    sane = [each for each in documents if each.kind in KINDS and not any(p.file == each.file for p in problems)]
    problems += check_rules(sane, cron_jobs=cron_jobs)
    for document in sane:
        checker.notes += notes_of(document)
    if documents and all(each.kind not in KINDS for each in documents) and not problems:
        first = documents[0]
        problems.append(Problem(file=first.file, line=0, path="", text="nothing in it can be played"))
    return Report(
        problems=tuple(sorted(problems, key=lambda each: (each.file, each.line, each.path))),
        warnings=tuple(checker.warnings),
        notes=tuple(dict.fromkeys(checker.notes)),
    )


class _Checker:
    def __init__(self, validate: str) -> None:
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.notes: list[str] = []
        self._tables = all_tables()
        self._validate = validate
        self._document: Document | None = None
        self._names: dict[tuple[str, str, str], Document] = {}

    def document(self, document: Document) -> None:
        """Check one document."""
        self._document = document
        kind = document.kind
        if kind in ACCEPTED:
            self.notes.append(f"{kind} {document.name}: it means nothing here ({ACCEPTED[kind]})")
            return
        if not kind or not document.api_version:
            self._tell((), f"{'kind' if not kind else 'apiVersion'} is missing")
            return
        if kind in REFUSED:
            self._tell(("kind",), f"{kind} is not supported: {REFUSED[kind]}")
            return
        if kind not in KINDS:
            near = difflib.get_close_matches(kind, (*KINDS, *ACCEPTED, *REFUSED), 1)
            self._tell(("kind",), f"no such kind: {kind}" + (f" (did you mean {near[0]}?)" if near else ""))
            return
        if document.api_version != KINDS[kind]:
            old = "was removed from Kubernetes, now it is" if document.api_version in _OLD_VERSIONS else "is not"
            self._tell(("apiVersion",), f"{document.api_version} {old} {KINDS[kind]}, the version of a {kind}")
        self._object(document.value, self._tables[kind], ())
        key = (kind, document.namespace, document.name)
        if document.name and key in self._names:
            other = self._names[key]
            self._tell(
                ("metadata", "name"), f"{kind} {document.name} is there twice (before in {other.file}:{other.line(())})"
            )
        self._names.setdefault(key, document)

    def _tell(self, path: Path, text: str) -> None:
        assert self._document is not None
        self.problems.append(
            Problem(file=self._document.file, line=self._document.line(path), path=written(path), text=text)
        )

    def _object(self, value: Any, table: Table, path: Path) -> None:
        if not isinstance(value, dict):
            self._tell(path, f"{value!r} is not a mapping")
            return
        for name, field in table.items():
            if field.required and value.get(name) is None:
                self._tell((*path, name), "it is missing")
        for name, each in value.items():
            if name not in table:
                self._unknown(name, table, (*path, name))
                continue
            if each is None:
                continue
            field = table[name]
            if field.support in ("L", "R"):
                word = "not supported yet" if field.support == "L" else "not supported"
                self._tell((*path, name), f"{word}" + (f": {field.note}" if field.note else ""))
                continue
            if field.support == "A":
                if name != "status" and each not in ({}, []):
                    self.notes.append(
                        f"{written((*path, name))} means nothing here ({field.note or 'there is one node'})"
                    )
                continue
            self._value(each, field.type, (*path, name))

    def _unknown(self, name: str, table: Table, path: Path) -> None:
        near = difflib.get_close_matches(name, table, 1)
        text = "no such field" + (f" (did you mean {near[0]}?)" if near else "")
        if self._validate == "strict" or "securityContext" in path:
            self._tell(path, text)
        elif self._validate == "warn":
            assert self._document is not None
            line = self._document.line(path)
            self.warnings.append(Problem(file=self._document.file, line=line, path=written(path), text=text))

    def _value(self, value: Any, kind: str, path: Path) -> None:
        if kind.startswith("["):
            if not isinstance(value, list):
                self._tell(path, f"{value!r} is not a list")
                return
            for number, each in enumerate(value):
                self._value(each, kind[1:-1], (*path, number))
        elif kind.startswith("{"):
            self._mapping(value, kind[1:-1], path)
        elif kind in self._tables:
            self._object(value, self._tables[kind], path)
        elif kind in TYPES:
            problem = TYPES[kind](value)
            if problem:
                self._tell(path, problem)
        else:
            choices = kind.split("|")
            if str(value) not in choices or isinstance(value, bool):
                named = ", ".join(choice or '""' for choice in choices)
                self._tell(path, f"{value!r} is not {named}" if len(choices) == 1 else f"{value!r} is none of {named}")

    def _mapping(self, value: Any, kind: str, path: Path) -> None:
        if not isinstance(value, dict):
            self._tell(path, f"{value!r} is not a mapping")
            return
        if kind in ("labelvalue", "annotation"):
            for key in value:
                if not is_qualified(key):
                    self._tell(
                        (*path, key), f"{key!r} is not a key for {'labels' if kind == 'labelvalue' else 'annotations'}"
                    )
        if kind == "annotation" and sum(len(key) + len(str(each)) for key, each in value.items()) > _ANNOTATION_BYTES:
            self._tell(path, f"annotations are more than {_ANNOTATION_BYTES >> 10} KiB together")
        of_key, _, of_value = kind.rpartition(":")
        check_key: Callable[[Any], str] = TYPES[of_key or "any"]
        check_one: Callable[[Any], str] = TYPES[of_value]
        for key, each in value.items():
            problem = check_key(key) or check_one(each)
            if problem:
                self._tell((*path, key), problem)
