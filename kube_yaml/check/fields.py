"""Check documents against the tables of schema/ and the rules: all problems at once, with lines. Pure.

An unknown field is an error (or a warning, or ignored, by --validate). A field that pycman does not support is always an error. A
field that has no effect on a single host is accepted, and reported once among the notes; so is a kind that nothing here acts on
(`kinds.py`), unless --validate=strict is asked for.
"""

from __future__ import annotations

from kube_yaml.check.kinds import (
    ACCEPTED,
    KINDS,
    REFUSED,
    SECURITY,
    nearest_kind,
    playable,
    version_problem,
    why_left_out,
)
from kube_yaml.check.rules import check_rules, notes_of
from kube_yaml.read.problems import Problem, format_path
from kube_yaml.schema import Table, all_tables
from kube_yaml.schema.types import TYPES, is_podman_name, is_qualified
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from kube_yaml.read.documents import Document, Path

_ANNOTATION_BYTES = 256 << 10
_NAMES = ("label", "subdomain", "volumename", "portname")
_OF_PODS = frozenset(("fsGroup", "fsGroupChangePolicy", "supplementalGroups", "sysctls"))
"""Fields of a pod's securityContext that widen what containers may do: podman leaves them out in a container's."""


class Report(Record):
    """Problems, warnings (unknown fields with --validate=warn), and notes on what has no effect."""

    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def check(
    documents: Sequence[Document], *, validate: str = "", cron_jobs: bool = False, podman_names: bool = False
) -> Report:
    """Return the problems of documents, sorted by place.

    `validate`: unknown fields are errors (""; strict: kinds that mean nothing here too), warnings (warn) or ignored (ignore).
    `podman_names`: a name that podman takes and Kubernetes does not is a warning.
    """
    checker = _Checker(validate, podman_names=podman_names)
    read, left_out = playable(documents)
    checker.notes += left_out
    counted = {id(document) for document in read}
    for document in documents:
        if id(document) in counted or document.kind not in KINDS or why_left_out(document):
            checker.document(document)
    problems = checker.problems
    files = {problem.file for problem in problems}  # rules read fields whose types have been checked
    valid = [document for document in read if document.file not in files]
    problems += check_rules(valid, cron_jobs=cron_jobs)
    for document in valid:
        checker.notes += notes_of(document)
    if documents and not read and not problems:
        problems.append(Problem(file=documents[0].file, line=0, path="", text="no document in it can be played"))
    return Report(
        problems=tuple(sorted(problems, key=lambda problem: (problem.file, problem.line, problem.path))),
        warnings=tuple(checker.warnings),
        notes=tuple(dict.fromkeys(checker.notes)),
    )


class _Checker:
    def __init__(self, validate: str, *, podman_names: bool) -> None:
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.notes: list[str] = []
        self._tables = all_tables()
        self._validate = validate
        self._podman_names = podman_names
        self._document: Document | None = None
        self._names: dict[tuple[str, str, str], Document] = {}

    def document(self, document: Document) -> None:
        """Check the fields of one document, and that no other has its kind, namespace and name."""
        self._document = document
        kind = document.kind
        if kind in ACCEPTED:
            self.notes.append(f"{kind} {document.name} has no effect ({ACCEPTED[kind]})")
            return
        if not kind or not document.api_version:
            self._report((), f"{'kind' if not kind else 'apiVersion'} is missing")
            return
        if kind in REFUSED or (kind in SECURITY and self._validate == "strict"):
            self._report(("kind",), f"{kind} is not supported: {REFUSED.get(kind) or SECURITY[kind]}")
            return
        if kind in SECURITY:
            self.notes.append(
                f"{kind} {document.name} is left out: nothing here forbids the access that it forbids"
                " (use a network of its own for each side; --validate=strict makes this an error)"
            )
            return
        reason = why_left_out(document)
        if reason and self._validate != "strict":
            self.notes.append(f"{' '.join(filter(None, (kind, document.name)))} is left out ({reason})")
            return
        if reason or kind not in KINDS:
            near = nearest_kind(kind) if not reason else ""
            text = f"{kind} is not supported: {reason}" if reason else f"no such kind: {kind}"
            self._report(("kind",), text + (f" (did you mean {near}?)" if near else ""))
            return
        wrong_version = version_problem(document)
        if wrong_version:
            self._report(("apiVersion",), wrong_version)
        self._object(document.value, self._tables[kind], ())
        key = (kind, document.namespace, document.name)
        if document.name and key in self._names:
            other = self._names[key]
            self._report(
                ("metadata", "name"),
                f"{kind} {document.name} is defined twice (first in {other.file}:{other.line(())})",
            )
        self._names.setdefault(key, document)

    def _report(self, path: Path, text: str) -> None:
        assert self._document is not None
        self.problems.append(
            Problem(file=self._document.file, line=self._document.line(path), path=format_path(path), text=text)
        )

    def _object(self, value: Any, table: Table, path: Path) -> None:
        if not isinstance(value, dict):
            self._report(path, f"{value!r} is not a mapping")
            return
        for name, field in table.items():
            if field.required and value.get(name) is None:
                self._report((*path, name), "this field is required")
        for name, content in value.items():
            if name not in table:
                self._unknown(name, table, (*path, name))
                continue
            if content is None:
                continue
            field = table[name]
            if field.support == "S":
                continue
            if field.support in ("L", "R"):
                reason = "not supported yet" if field.support == "L" else "not supported"
                self._report((*path, name), reason + (f": {field.note}" if field.note else ""))
                continue
            if field.support == "A":
                if content not in ({}, [], False) and content != field.type.partition("|")[0]:
                    self.notes.append(
                        f"{format_path((*path, name))} has no effect ({field.note or 'there is one node'})"
                    )
                continue
            self._value(content, field.type, (*path, name))

    def _unknown(self, name: str, table: Table, path: Path) -> None:
        if self._podman_names and not self._validate:
            if path[-2:-1] == ("securityContext",) and "containers" in str(path) and name in _OF_PODS:
                self.notes.append(f"{format_path(path)} has no effect (it belongs to the securityContext of the pod)")
                return
            if "securityContext" not in path:
                self.notes.append(f"{format_path(path)}: no such field: it has no effect")
                return
        import difflib  # 2 ms: only for an unknown field

        near = difflib.get_close_matches(name, table, 1)
        text = "no such field" + (f" (did you mean {near[0]}?)" if near else "")
        if self._validate in ("", "strict") or "securityContext" in path:
            self._report(path, text)
        elif self._validate == "warn":
            assert self._document is not None
            line = self._document.line(path)
            self.warnings.append(Problem(file=self._document.file, line=line, path=format_path(path), text=text))

    def _value(self, value: Any, kind: str, path: Path) -> None:
        if kind.startswith("["):
            if not isinstance(value, list):
                self._report(path, f"{value!r} is not a list")
                return
            for number, item in enumerate(value):
                self._value(item, kind[1:-1], (*path, number))
        elif kind.startswith("{"):
            self._mapping(value, kind[1:-1], path)
        elif kind in self._tables:
            self._object(value, self._tables[kind], path)
        elif kind in TYPES:
            problem = TYPES[kind](value)
            if problem and kind in _NAMES and is_podman_name(value):
                self._name_problem(path, problem)
            elif problem:
                self._report(path, problem)
        else:
            choices = kind.split("|")
            if str(value) not in choices or isinstance(value, bool):
                names = ", ".join(choice or '""' for choice in choices)
                self._report(
                    path, f"{value!r} is not {names}" if len(choices) == 1 else f"{value!r} is none of {names}"
                )

    def _mapping(self, value: Any, kind: str, path: Path) -> None:
        if not isinstance(value, dict):
            self._report(path, f"{value!r} is not a mapping")
            return
        if kind in ("labelvalue", "annotation"):
            for key in value:
                # as the API does: keys of annotations are compared in small letters (podman writes io.kubernetes.cri-o.TTY)
                if not is_qualified(key.lower() if kind == "annotation" else key):
                    what = "labels" if kind == "labelvalue" else "annotations"
                    self._name_problem((*path, key), f"{key!r} is not a valid key for {what}")
        if (
            kind == "annotation"
            and sum(len(key) + len(str(content)) for key, content in value.items()) > _ANNOTATION_BYTES
        ):
            self._report(path, f"the annotations are larger than {_ANNOTATION_BYTES >> 10} KiB in total")
        of_key, _, of_value = kind.rpartition(":")
        check_key: Callable[[Any], str] = TYPES[of_key or "any"]
        check_content: Callable[[Any], str] = TYPES[of_value]
        for key, content in value.items():
            problem = check_key(key) or check_content(content)
            if problem and kind == "labelvalue" and isinstance(content, str):
                self._name_problem((*path, key), problem)
            elif problem:
                self._report((*path, key), problem)

    def _name_problem(self, path: Path, problem: str) -> None:
        """Report a name that Kubernetes does not take and podman does: called podman, it is a warning."""
        if self._podman_names:
            self.notes.append(f"{format_path(path)}: {problem}: only podman takes it")
        else:
            self._report(path, problem)
