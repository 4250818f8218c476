"""Every field of docker's and podman's listings (listing_fields.txt) is a key of the rows that are printed."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
CLI = HERE.parent.parent.parent / "cli"
FIELDS = {
    module: fields.split()
    for line in (HERE / "listing_fields.txt").read_text().splitlines()
    if not line.startswith("#")
    for module, _, fields in [line.partition(":")]
}


def keys_of(module: str) -> set[str]:
    """Return the constant keys of all dictionaries that a module writes."""
    tree = ast.parse((CLI / module).read_text(encoding="utf-8"))
    dictionaries = (node for node in ast.walk(tree) if isinstance(node, ast.Dict))
    return {str(key.value) for node in dictionaries for key in node.keys if isinstance(key, ast.Constant)}


@pytest.mark.parametrize("module", FIELDS)
def test_rows_have_the_fields_of_docker_and_podman(module: str) -> None:
    assert set(FIELDS[module]) - keys_of(module) == set()
