"""References from pods to config maps and secrets. Pure."""

from __future__ import annotations

from kube_yaml.read.problems import Problem, written
from kube_yaml.read.rules import TEMPLATES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from kube_yaml.read.documents import Document, Path


def missing_references(documents: Sequence[Document], known: Mapping[str, frozenset[str]]) -> list[Problem]:
    """Return a problem for each reference, not optional, to what is neither among documents nor known."""
    there = {
        kind: known.get(kind, frozenset())
        | {f"{each.namespace}/{each.name}" for each in documents if each.kind == kind}
        for kind in ("ConfigMap", "Secret")
    }
    found = []
    for document in documents:
        if document.kind not in TEMPLATES:
            continue
        for kind, name, path in _references(document):
            if f"{document.namespace}/{name}" not in there[kind]:
                text = f"there is no {kind} {name} (add its document, play it first, or say optional: true)"
                found.append(Problem(file=document.file, line=document.line(path), path=written(path), text=text))
    return found


def _references(document: Document) -> Iterator[tuple[str, str, Path]]:
    """Give kind, name and place of each reference in a workload's pods."""
    template: Any = document.value
    for key in TEMPLATES[document.kind]:
        template = template.get(key) or {}
    spec = template.get("spec") or {}
    base: Path = (*TEMPLATES[document.kind], "spec")
    for field in ("initContainers", "containers"):
        for number, container in enumerate(spec.get(field) or ()):
            path = (*base, field, number)
            for position, each in enumerate(container.get("env") or ()):
                yield from _of(each.get("valueFrom") or {}, (*path, "env", position, "valueFrom"),
                               {"configMapKeyRef": "ConfigMap", "secretKeyRef": "Secret"})  # fmt: skip
            for position, each in enumerate(container.get("envFrom") or ()):
                yield from _of(each, (*path, "envFrom", position), {"configMapRef": "ConfigMap", "secretRef": "Secret"})
    for number, volume in enumerate(spec.get("volumes") or ()):
        path = (*base, "volumes", number)
        yield from _of(volume, path, {"configMap": "ConfigMap", "secret": "Secret"})
        for position, part in enumerate((volume.get("projected") or {}).get("sources") or ()):
            where = (*path, "projected", "sources", position)
            yield from _of(part, where, {"configMap": "ConfigMap", "secret": "Secret"})


def _of(value: Mapping[str, Any], path: Path, kinds: Mapping[str, str]) -> Iterator[tuple[str, str, Path]]:
    for key, kind in kinds.items():
        reference = value.get(key)
        if reference and not reference.get("optional"):
            field = "name" if "name" in reference else "secretName"
            yield kind, str(reference.get(field, "")), (*path, key, field)
