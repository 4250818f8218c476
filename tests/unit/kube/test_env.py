"""Environment variables, files and credentials from config maps, secrets and fields."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kube_yaml.translate.env import Environment, FieldValues, expand, resource_value
from kube_yaml.translate.files import FileReader
from kube_yaml.translate.pull_secrets import pull_credentials
from kube_yaml.translate.sources import Sources, config_map_entries, secret_entries
from pycman.containers.bundle.process_env import with_addresses
from pycman.errors import InvalidInput, NotFound
from pycman.spec.container import POD_IP, POD_IPS

FIELDS = FieldValues(
    metadata={"name": "p", "namespace": "n", "labels": {"a": "b", "c": 'd"'}, "annotations": {}},
    uid="u-1", node_name="node", host_ips=("192.0.2.1",),
)  # fmt: skip
SOURCES = Sources(
    config_maps={"n/m": {"A": b"1", "bad=name": b"2"}},
    secrets={"n/s": {"k": b"v"}, "n/r": {".dockerconfigjson": json.dumps({"auths": {
        "https://index.docker.io/v1/": {"auth": base64.b64encode(b"me:pw").decode()},
        "r.example:5000": {"username": "x", "password": "y"}}}).encode()}},
)  # fmt: skip


def environment(container: dict) -> Environment:
    made = Environment(SOURCES, FIELDS, {"c": {"name": "c", **container}}, {"GIVEN": "g"})
    made.read({"name": "c", **container})
    return made


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("$(A)", "1"), ("x$(A)$(A)y", "x11y"), ("$$(A)", "$(A)"), ("$$$(A)", "$1"), ("$(B)", "$(B)"), ("$(A", "$(A"), ("$", "$"),
     ("$A", "$A"), ("$$", "$"), ("", "")],
)  # fmt: skip
def test_variables_are_expanded_as_kubernetes_does(text: str, wanted: str) -> None:
    assert expand(text, {"A": "1"}) == wanted


@given(st.text(alphabet="$()AB x", max_size=20))
def test_no_text_brings_the_expansion_down(text: str) -> None:
    expand(text, {"A": "1"})


def test_variables_come_in_order_and_see_those_before() -> None:
    found = environment({
        "envFrom": [{"prefix": "P_", "configMapRef": {"name": "m"}}, {"secretRef": {"name": "no", "optional": True}}],
        "env": [
            {"name": "X", "value": "$(P_A)-$(Y)-$(GIVEN)"},
            {"name": "Y", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
            {"name": "Z", "valueFrom": {"configMapKeyRef": {"name": "m", "key": "no", "optional": True}}},
            {"name": "N", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['a']"}}},
            {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1m"}}},
        ],
        "resources": {"limits": {"cpu": "1500m"}},
    })  # fmt: skip
    assert found.values == {"GIVEN": "g", "P_A": "1", "X": "1-$(Y)-g", "Y": "v", "N": "b", "CPU": "1500"}
    assert found.at_start == {"IP": POD_IP}
    assert "'P_bad=name' is not a valid name of a variable" in found.warnings[0]


@pytest.mark.parametrize(
    "source",
    [{"configMapKeyRef": {"name": "no", "key": "x"}}, {"secretKeyRef": {"name": "s", "key": "no"}},
     {"fieldRef": {"fieldPath": "status.nosuch"}}, {"resourceFieldRef": {"resource": "limits.cpu", "containerName": "no"}}],
)  # fmt: skip
def test_references_that_lead_nowhere_are_errors(source: dict) -> None:
    with pytest.raises((NotFound, InvalidInput)):
        environment({"env": [{"name": "X", "valueFrom": source}]})


def test_resources_are_rounded_up_and_requests_fall_back_to_limits() -> None:
    container = {"resources": {"limits": {"cpu": "1500m", "memory": "1.5Gi"}}}
    assert resource_value(container, "limits.cpu") == "2"
    assert resource_value(container, "requests.memory", "1Mi") == "1536"
    assert resource_value(container, "limits.ephemeral-storage") == "0"


@pytest.mark.parametrize("limits", [{}, {"cpu": "0", "memory": 0}, {"memory": "0"}])
def test_a_limit_that_is_not_there_is_what_the_node_has_and_a_request_is_not(limits: dict) -> None:
    node = {"cpu": 4, "memory": 8 << 30}
    container = {"resources": {"limits": limits}}
    assert resource_value(container, "limits.cpu", node=node) == "4"
    assert resource_value(container, "limits.memory", "1Gi", node=node) == "8"
    assert resource_value(container, "requests.cpu", node=node) == "0"


def test_the_pods_address_is_put_into_what_names_it_at_each_start() -> None:
    found = environment({
        "env": [
            {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            {"name": "URL", "value": "http://$(IP):80/$(GIVEN)"},
            {"name": "TWICE", "value": "$(URL),$$(IP)"},
            {"name": "GIVEN", "value": "$(IP)"},
        ],
    })  # fmt: skip
    assert found.values == {}
    url = f"http://{POD_IP}:80/g"
    assert found.at_start == {"IP": POD_IP, "URL": url, "TWICE": f"{url},$(IP)", "GIVEN": POD_IP}
    assert found.expand("--at=$(IP) $$(IP) $(NO)") == f"--at={POD_IP} $(IP) $(NO)"
    assert with_addresses(found.at_start["TWICE"], ("10.0.0.1", "fd00::1")) == "http://10.0.0.1:80/g,$(IP)"
    assert with_addresses(POD_IPS, ("10.0.0.1", "fd00::1")) == "10.0.0.1,fd00::1"


BINARY = Sources(
    config_maps={"n/m": {"TEXT": b"hello", "BIN": b"\0\1\xff"}}, binary={"n/m": frozenset(("BIN",))},
    secrets={"n/s": {"TEXT": b"x", "BIN": b"\xff", "NUL": b"a\0"}},
)  # fmt: skip


def test_binary_data_are_no_variables() -> None:
    made = Environment(BINARY, FIELDS, {}, {})
    made.read({"name": "c", "envFrom": [{"configMapRef": {"name": "m"}}, {"prefix": "S_", "secretRef": {"name": "s"}}]})
    assert made.values == {"TEXT": "hello", "S_TEXT": "x"}
    assert [warning.partition(":")[0] for warning in made.warnings] == ["Secret s", "Secret s"]
    for source in ({"configMapKeyRef": {"name": "m", "key": "BIN"}}, {"secretKeyRef": {"name": "s", "key": "BIN"}}):
        with pytest.raises((NotFound, InvalidInput)):
            made.read({"name": "c", "env": [{"name": "X", "valueFrom": source}]})


def test_binary_data_are_files() -> None:
    files = FileReader(BINARY, FIELDS, {}).read({"name": "v", "configMap": {"name": "m"}})
    assert {file.path: file.content for file in files} == {"TEXT": b"hello", "BIN": b"\0\1\xff"}


def test_volumes_hold_the_files_they_name() -> None:
    reader = FileReader(SOURCES, FIELDS, {})
    projected = {"name": "v", "projected": {"defaultMode": 0o400, "sources": [
        {"configMap": {"name": "m", "items": [{"key": "A", "path": "d/a", "mode": 0o600}]}},
        {"secret": {"name": "s"}},
        {"downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
        {"configMap": {"name": "no", "optional": True}}]}}  # fmt: skip
    found = {each.path: (each.content, each.mode) for each in reader.read(projected)}
    assert found == {"d/a": (b"1", 0o600), "k": (b"v", 0o400), "labels": (b'a="b"\nc="d\\""', 0o400)}
    with pytest.raises(NotFound):
        reader.read({"name": "v", "configMap": {"name": "m", "items": [{"key": "no", "path": "x"}]}})


def test_maps_and_secrets_are_decoded() -> None:
    assert config_map_entries({"data": {"a": "x"}, "binaryData": {"b": "AAE="}}) == {"a": b"x", "b": b"\0\1"}
    assert secret_entries({"data": {"a": "eA=="}, "stringData": {"a": "y"}}) == {"a": b"y"}
    with pytest.raises(InvalidInput):
        secret_entries({"data": {"a": "***"}})
    with pytest.raises(InvalidInput):
        config_map_entries({"data": {"a": "x"}, "binaryData": {"a": "eA=="}})


def test_pull_secrets_give_credentials_by_registry() -> None:
    assert pull_credentials([{"name": "r"}], SOURCES, "n", "") == ({"docker.io": "me:pw", "r.example:5000": "x:y"}, [])
    credentials, warnings = pull_credentials([{"name": "no"}, {"name": "r"}], SOURCES, "n", "")
    assert (len(credentials), len(warnings)) == (2, 1)
    assert "there is no Secret no" in warnings[0]
    with pytest.raises(InvalidInput):
        pull_credentials([{"name": "s"}], SOURCES, "n", "")
