"""Which claims `kube down --force` takes with the documents of a file, by the rows that plays made."""

from __future__ import annotations

import pytest

from kube_yaml.play.down import _claims_of
from kube_yaml.play.objects import StoredObject
from kube_yaml.read.documents import read_documents

HEAD = "apiVersion: v1\nkind: {}\nmetadata: {{name: web, namespace: n}}\nspec: {}"
STORED = [
    StoredObject(kind=kind, namespace=namespace, name=name, play="p", hash="")
    for kind, namespace, name in (
        ("PersistentVolumeClaim", "n", "data"), ("PersistentVolumeClaim", "m", "data"), ("Secret", "n", "data"),
        ("PersistentVolumeClaim", "n", "www-web-0"), ("PersistentVolumeClaim", "n", "www-web-11"),
        ("PersistentVolumeClaim", "n", "www-web-x"), ("PersistentVolumeClaim", "n", "www-webs-0"),
    )
]  # fmt: skip
VOLUMES = "volumes: [{name: v, persistentVolumeClaim: {claimName: data}}, {name: w, emptyDir: {}}]"


@pytest.mark.parametrize(
    ("kind", "spec", "wanted"),
    [
        ("Pod", f"{{{VOLUMES}}}", ["data"]),
        ("Deployment", f"{{template: {{spec: {{{VOLUMES}}}}}}}", ["data"]),
        ("StatefulSet", "{volumeClaimTemplates: [{metadata: {name: www}}]}", ["www-web-0", "www-web-11"]),
        ("ConfigMap", f"{{{VOLUMES}}}", []),
        ("Pod", "{volumes: data}", []),
        ("Pod", "[volumes]", []),
        ("Pod", "{volumes: [data, {persistentVolumeClaim: data}]}", []),
        ("StatefulSet", "{volumeClaimTemplates: {metadata: x}}", []),
    ],
)
def test_the_claims_of_a_workload_are_those_it_names_in_its_namespace(kind: str, spec: str, wanted: list[str]) -> None:
    (document,) = read_documents(HEAD.format(kind, spec), file="f")
    assert [key[2] for key in _claims_of(document, STORED)] == wanted
