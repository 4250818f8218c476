"""YAML into documents: lines, scalars as Kubernetes reads them, bounds."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kube_yaml.read.documents import read_documents
from pycman.errors import InvalidInput


def value(text: str):
    return read_documents(f"apiVersion: v1\nkind: X\nv: {text}\n", file="f")[0].value["v"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("0644", 420), ("0o644", 420), ("0x10", 16), ("yes", True), ("on", True), ("Off", False), ("true", True), ("~", None),
     ('"yes"', "yes"), ("1.5", 1.5), ("1e3", 1000), ("1.0", 1), ("1e30", 1e30), ("-2.50", -2.5), ("1e400", float("inf")), ("2026-11-21", "2026-11-21"), ("12:30:45", "12:30:45"), ("-7", -7),
     ("09", "09"), ("1_000", 1000), ("100m", "100m"), ("!!str 5", "5"), ("|\n  a\n  b\n", "a\nb\n"), ("[a, {b: c}]", ["a", {"b": "c"}])],
)  # fmt: skip
def test_scalars_are_read_as_kubernetes_reads_them(text: str, wanted) -> None:
    found = value(text)
    assert found == wanted
    assert type(found) is type(wanted)


def test_every_field_has_its_line_and_documents_their_numbers() -> None:
    text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: c\n    image: i\n---\n---\nkind: B\n"
    first, second = read_documents(text, file="pod.yaml")
    assert first.line(("spec", "containers", 0, "image")) == 8
    assert first.line(("spec", "containers", 0, "nosuch")) == 7
    assert (second.kind, second.line(())) == ("B", 11)


def test_lists_are_opened_and_json_is_yaml() -> None:
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [
        {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a", "namespace": "n"}},
        {"kind": "ConfigMapList", "apiVersion": "v1", "items": [{"metadata": {"name": "m"}}]}]}, indent=1)  # fmt: skip
    found = read_documents(text, file="-")
    assert [(each.kind, each.name, each.namespace) for each in found] == [
        ("Pod", "a", "n"),
        ("ConfigMap", "m", "default"),
    ]
    assert found[0].line(("metadata", "name")) > 5


def test_anchors_and_merges_are_followed() -> None:
    text = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: *a\nkind: K\n"
    assert read_documents(text, file="f")[0].value["b"] == {"x": 1, "y": 3}


BOMB = "a: &a [" + ",".join(["x"] * 100) + "]\n" + "".join(
    f"b{n}: &b{n} [{','.join(['*' + ('a' if n == 0 else f'b{n - 1}')] * 50)}]\n" for n in range(6)
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "says"),
    [("a: 1\nb: 2\na: 3\n", "f:3: the key a is defined twice (first in line 1)"), ("a: [\n", "f:2: not valid YAML"),
     ("- a\n", "f:1: a document must be a mapping"), ("a: *b\n", "no anchor"), (BOMB, "values with its aliases expanded"),
     ("[" * 2000, "nest"), ("a:\n\t- b\n", "f:2: not valid YAML"), ("? [a]\n: b\n", "a key must be a string"),
     ("a: 1\nb: \x01\n", "f:2: not valid YAML: control characters are not allowed"),
     (b"a: 1\nb:\n- \xff", "f:3: not valid YAML: invalid leading UTF-8 octet"), ("a:\n- \ud800", "f:2: not valid YAML: invalid"),
     ("x" * (11 << 20), "10 MiB"), ("a: " + "{a: " * 200 + "}" * 200, "deep")],
    ids=range(13),
)  # fmt: skip
def test_what_cannot_be_read_is_reported_with_its_line(text: str | bytes, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_documents(text, file="f")
    assert says in str(caught.value)


@settings(max_examples=300)
@given(st.text(max_size=300) | st.binary(max_size=300))
def test_no_text_brings_the_reader_down(text) -> None:
    with contextlib.suppress(InvalidInput):
        read_documents(text, file="f")


WORDS = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=20)
"""YAML has no pairs of surrogates, as JSON writes what lies beyond."""


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**40), 2**40) | WORDS, lambda x: st.lists(
    x, max_size=4) | st.dictionaries(WORDS.filter(lambda k: k not in ("", "<<")), x, max_size=4), max_leaves=25))  # fmt: skip
def test_json_means_the_same_in_yaml(tree) -> None:
    text = json.dumps({"kind": "K", "v": tree}, ensure_ascii=True)
    assert read_documents(text, file="f")[0].value["v"] == tree
