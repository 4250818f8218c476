"""What podman takes in Kubernetes YAML and Kubernetes does not: under podman's name it is played, with a warning where it has no effect."""

from __future__ import annotations

from kube_yaml.check.fields import check
from kube_yaml.read.documents import read_documents
from kube_yaml.read.host_ports import complete_ports
from kube_yaml.read.scalar_text import complete_texts

POD = """
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  unknown: 1
  containers:
  - name: c
    image: i:1
    securityContext: {SECURITY}
    ports: [PORT]
"""


def problems(
    security: str = "{}", port: str = "{containerPort: 80}", *, podman: bool
) -> tuple[list[str], tuple[str, ...]]:
    documents = read_documents(POD.replace("{SECURITY}", security).replace("PORT", port), file="p.yaml")
    if podman:
        complete_ports([document.value for document in documents])
    report = check(documents, podman_names=podman)
    return [problem.path for problem in report.problems], report.notes


def test_unknown_fields_are_errors_and_under_podmans_name_warnings() -> None:
    assert problems(podman=False)[0] == ["spec.unknown"]
    found, notes = problems("{fsGroup: 1}", podman=True)
    assert not found
    assert any("spec.unknown" in note for note in notes) and any("fsGroup has no effect" in note for note in notes)


def test_a_misspelt_field_that_would_protect_is_an_error_under_any_name() -> None:
    assert problems("{readOnlyRootFileSystem: true}", podman=True)[0] == [
        "spec.containers[0].securityContext.readOnlyRootFileSystem"
    ]


def test_a_port_of_the_host_alone_is_the_containers_too_for_podman() -> None:
    assert "spec.containers[0].ports[0].containerPort" in problems(port="{hostPort: 80}", podman=False)[0]
    assert not problems(port="{hostPort: 80}", podman=True)[0]


def test_numbers_and_booleans_are_the_texts_that_podman_makes_of_them() -> None:
    value = {
        "kind": "Pod",
        "metadata": {"name": "p", "annotations": {"a": True}},
        "spec": {"containers": [{"name": "c", "image": "i", "command": [True, 5, 1.5, "x"], "tty": True,
                                 "env": [{"name": "N", "value": 1}], "ports": [{"containerPort": 80}]}]},
    }  # fmt: skip
    complete_texts(value, "Pod")
    container = value["spec"]["containers"][0]
    assert container["command"] == ["true", "5", "1.5", "x"]
    assert container["env"] == [{"name": "N", "value": "1"}]
    assert (container["tty"], container["ports"]) == (True, [{"containerPort": 80}])
    assert value["metadata"]["annotations"] == {"a": "true"}


def test_ports_that_are_no_list_are_left_for_the_check() -> None:
    document = read_documents(POD.replace("[PORT]", "8080").replace("{SECURITY}", "{}"), file="p.yaml")[0]
    complete_ports([document.value])
    assert [problem.text for problem in check([document], podman_names=True).problems] == ["8080 is not a list"]


def test_a_number_as_the_value_of_a_dns_option_is_its_text() -> None:
    text = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {dnsConfig: {options: [{name: ndots, value: 2}]}}\n"
    document = read_documents(text, file="p.yaml")[0]
    complete_texts(document.value, document.kind)
    assert document.value["spec"]["dnsConfig"]["options"] == [{"name": "ndots", "value": "2"}]
