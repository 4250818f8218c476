"""What Kubernetes' API takes as not said is not there: null, "" and, where its types say so, 0 (API conventions, "Optional vs. Required")."""

from __future__ import annotations

import pytest

from kube_yaml.check.fields import check
from kube_yaml.read.documents import read_documents
from kube_yaml.schema import all_tables
from pycman.errors import InvalidInput
from tests.support.plays import container_of, play_of, pod_of


def problems(text: str) -> list[str]:
    return [problem.describe() for problem in check(read_documents(text, file="f")).problems]


def test_null_is_not_there_in_every_field_of_every_table() -> None:
    for kind, table in all_tables().items():
        if "kind" not in table:
            continue
        text = f"kind: {kind}\nx: null\n" + "".join(f"{name}: null\n" for name in table if name != "kind")
        assert read_documents(text, file="f")[0].value == {"kind": kind}


@pytest.mark.parametrize("nothing", ["null", "~", "", "''"])
@pytest.mark.parametrize(
    "field",
    [
        "workingDir",
        "imagePullPolicy",
        "terminationMessagePolicy",
        "livenessProbe",
        "env",
        "securityContext",
        "lifecycle",
    ],
)
def test_a_container_field_that_says_nothing_is_as_if_it_were_not_there(field: str, nothing: str) -> None:
    assert container_of(f"{field}: {nothing}") == container_of("")


@pytest.mark.parametrize(
    "field",
    ["restartPolicy: ''", "dnsPolicy:", "hostname: ''", "subdomain: ''", "runtimeClassName: ''", "volumes: []", "priority: 0",
     "schedulerName: default-scheduler", "serviceAccountName: default", "resources: {}", "ephemeralContainers: []"],
)  # fmt: skip
def test_a_pod_field_that_says_nothing_is_as_if_it_were_not_there(field: str) -> None:
    container = "containers: [{name: c, image: i:1}]\n"
    assert pod_of(container + field) == pod_of(container)


def test_a_variable_of_null_is_empty_and_not_a_word() -> None:
    env = container_of("env: [{name: A, value: null}, {name: B, value: 'x$(A)y'}]").spec.env
    assert (env["A"], env["B"]) == ("", "xy")


def test_a_handler_of_null_beside_another_is_not_there() -> None:
    spec = container_of("livenessProbe: {exec: null, httpGet: null, tcpSocket: {port: 80}}").spec
    assert spec.liveness_probe.handler.kind == "tcp"


def test_zeros_of_probes_and_ports_are_the_defaults() -> None:
    probe = container_of("readinessProbe: {tcpSocket: {port: 80}, periodSeconds: 0, timeoutSeconds: 0, failureThreshold: 0, successThreshold: 0}")  # fmt: skip
    assert probe == container_of("readinessProbe: {tcpSocket: {port: 80}}")
    ports = "containers: [{{name: c, image: i:1, ports: [{{containerPort: 80{}}}]}}]"
    assert pod_of(ports.format(", hostPort: 0, hostIP: '', protocol: '', name: ''")) == pod_of(ports.format(""))


SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {a: b}, %s}"


def test_zeros_and_empty_texts_of_services_are_the_defaults() -> None:
    said = play_of(SERVICE % "type: '', clusterIP: '', sessionAffinity: '', ports: [{port: 80, targetPort: 0, nodePort: 0, name: ''}]")  # fmt: skip
    assert said.services == play_of(SERVICE % "ports: [{port: 80}]").services


@pytest.mark.parametrize(
    "pod",
    ["terminationGracePeriodSeconds: 0", "securityContext: {runAsUser: 0}", "securityContext: {fsGroup: 0}"],
)
def test_zero_of_a_pointer_field_is_zero(pod: str) -> None:
    """In the API these are pointers: root and "at once" can be said."""
    assert container_of("", pod=pod) != container_of("")


def test_null_in_a_mapping_of_strings_is_the_empty_string() -> None:
    document = read_documents(
        "kind: ConfigMap\napiVersion: v1\nmetadata: {name: m, labels: {a: }}\ndata: {k: }", file="f"
    )[0]
    assert (document.value["data"], document.value["metadata"]["labels"]) == ({"k": ""}, {"a": ""})


def test_null_in_a_list_is_the_empty_value_of_its_type() -> None:
    assert container_of("args: [a, null]").spec.command == ("a", "")
    assert "f:1: spec.containers[0].name: this field is required" in problems(
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [null]}}"
    )


def test_a_required_field_of_nothing_is_missing() -> None:
    for name in ("null", "''"):
        text = f"apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{{name: {name}, image: i}}]}}"
        assert problems(text) == ["f:4: spec.containers[0].name: this field is required"]


def test_an_empty_text_that_is_a_value_stays() -> None:
    spec = container_of("readinessProbe: {httpGet: {port: 80, httpHeaders: [{name: X, value: ''}]}}\nargs: ['']").spec
    assert (spec.readiness_probe.handler.headers, spec.command) == ((("X", ""),), ("",))


def test_a_binary_scalar_is_the_text_it_encodes() -> None:
    assert read_documents("kind: X\nv: !!binary aGVsbG8=", file="f")[0].value["v"] == "hello"
    for text in ("AAEC/w==", "'***'"):
        with pytest.raises(InvalidInput, match="!!binary is not"):
            read_documents(f"kind: X\nv: !!binary {text}", file="f")
