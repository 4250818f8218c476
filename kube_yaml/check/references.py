"""References of pods to config maps and secrets that do not exist. Pure."""

from __future__ import annotations

from kube_yaml.check.kinds import TEMPLATES
from kube_yaml.read.problems import Problem, format_path
from kube_yaml.translate.sources import is_of_cluster

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from kube_yaml.read.documents import Document, Path


def missing_references(documents: Sequence[Document], known: Mapping[str, frozenset[str]]) -> list[Problem]:
    """Return a problem for each reference, unless it is optional, to an object neither in `documents` nor in `known`.

    `known` has namespace/name of stored objects by kind.
    """
    existing = {
        kind: known.get(kind, frozenset())
        | {f"{document.namespace}/{document.name}" for document in documents if document.kind == kind}
        for kind in ("ConfigMap", "Secret")
    }
    problems = []
    for document in documents:
        if document.kind not in TEMPLATES:
            continue
        for kind, name, path in _references(document):
            if is_of_cluster(kind, name):
                continue
            if f"{document.namespace}/{name}" not in existing[kind]:
                text = f"there is no {kind} {name} (add its document, play it first, or set optional: true)"
                problems.append(
                    Problem(file=document.file, line=document.line(path), path=format_path(path), text=text)
                )
    return problems


def _references(document: Document) -> Iterator[tuple[str, str, Path]]:
    """Yield kind, name and path of each reference in the pod template of a workload."""
    template: Any = document.value
    for key in TEMPLATES[document.kind]:
        template = template.get(key) or {}
    spec = template.get("spec") or {}
    base: Path = (*TEMPLATES[document.kind], "spec")
    for field in ("initContainers", "containers"):
        for number, container in enumerate(spec.get(field) or ()):
            path = (*base, field, number)
            for position, variable in enumerate(container.get("env") or ()):
                yield from _required(variable.get("valueFrom") or {}, (*path, "env", position, "valueFrom"),
                               {"configMapKeyRef": "ConfigMap", "secretKeyRef": "Secret"})  # fmt: skip
            for position, source in enumerate(container.get("envFrom") or ()):
                yield from _required(
                    source, (*path, "envFrom", position), {"configMapRef": "ConfigMap", "secretRef": "Secret"}
                )
    for number, volume in enumerate(spec.get("volumes") or ()):
        path = (*base, "volumes", number)
        yield from _required(volume, path, {"configMap": "ConfigMap", "secret": "Secret"})
        for position, part in enumerate((volume.get("projected") or {}).get("sources") or ()):
            where = (*path, "projected", "sources", position)
            yield from _required(part, where, {"configMap": "ConfigMap", "secret": "Secret"})


def _required(value: Mapping[str, Any], path: Path, kinds: Mapping[str, str]) -> Iterator[tuple[str, str, Path]]:
    """Yield the references among the fields of `value` that are not optional; `kinds` has the kind of object by field."""
    for key, kind in kinds.items():
        reference = value.get(key)
        if reference and not reference.get("optional"):
            field = "name" if "name" in reference else "secretName"
            yield kind, str(reference.get(field, "")), (*path, key, field)
