"""No circles of imports, folders of the container room in one order, and the modules of the engine that doors may use."""

from __future__ import annotations

import ast
import re

import pytest

from tests.support.imports import ROOT, circles, graph, modules

CONTAINER_FOLDERS = {
    "networks": 1, "mounts": 1, "bundle": 2, "process": 3, "cleanup": 4, "hooks": 4, "inspect": 5, "diagnose": 5, "start": 6,
    "end": 7, "attach": 8, "change": 8, "checks": 8, "create": 9, "files": 9, "checkpoint": 10,
}  # fmt: skip
"""Folders of pycman/containers; each imports only from lower ones. pycman/containers/__init__.py tells them in this order."""
DOORS = ("cli", "pods", "kube_yaml", "cri_server", "api_server")


@pytest.fixture(scope="module")
def edges() -> dict[str, set[str]]:
    return graph()


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set()}) == [["a", "b", "c"]]


def test_no_module_imports_itself_by_way_of_others(edges: dict[str, set[str]]) -> None:
    """Annotations and imports inside functions count: what needs a trick to be imported is in the wrong place."""
    assert circles(edges) == []


def test_folders_of_containers_import_only_from_lower_ones(edges: dict[str, set[str]]) -> None:
    def level(name: str) -> int:
        parts = name.split(".")
        return CONTAINER_FOLDERS[parts[2]] if len(parts) > 3 else 0

    ours = {name: targets for name, targets in edges.items() if name.startswith("pycman.containers.")}
    wrong = [
        f"{name} imports {target}"
        for name, targets in ours.items()
        for target in sorted(targets & ours.keys())
        if level(target) > level(name)
        or (level(target) == level(name) != 0 and name.split(".")[2] != target.split(".")[2])
    ]
    assert not wrong


def public_modules() -> set[str]:
    """Return the modules that docs/architecture.md lists for doors."""
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    section = text.partition("## What doors may use")[2].partition("\n## ")[0]
    names = set(re.findall(r"`(pycman(?:\.\w+)*)`", section))
    for folder, files in re.findall(r"`(pycman(?:\.\w+)*)\.\{([\w, ]+)\}`", section):
        names |= {f"{folder}.{file.strip()}" for file in files.split(",")}
    return names


def test_doors_use_only_what_the_architecture_lists(edges: dict[str, set[str]]) -> None:
    """The list is short on purpose: a door that needs more asks for a verb of the engine, or the list grows in plain sight."""
    used = {
        target: name
        for name, targets in edges.items()
        for target in targets
        if name.partition(".")[0] in DOORS and target.startswith("pycman")
    }
    listed = public_modules()
    assert {target: name for target, name in used.items() if target not in listed} == {}
    assert sorted(listed - used.keys()) == [], "docs/architecture.md lists what no door uses"


LOADED_AT_FIRST_USE = ("pycman/engine/", "pods/api.py", "kube_yaml/api.py", "cli/main.py", "pycman/__main__.py")
"""Where each function stands for one verb or stage and imports it: `ps` must not pay for `pull`."""


def test_an_import_inside_a_function_says_for_whom_or_at_what_price() -> None:
    silent = []
    for path in modules().values():
        name = str(path.relative_to(ROOT))
        if name.startswith(LOADED_AT_FIRST_USE) or name.startswith("cri_server/proto/"):
            continue
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        silent += [
            f"{name}:{node.lineno}"
            for function in ast.walk(ast.parse(text))
            if isinstance(function, ast.FunctionDef)
            for node in ast.walk(function)
            if isinstance(node, ast.Import | ast.ImportFrom)
            and not any("#" in line for line in lines[node.lineno - 1 : node.end_lineno])
        ]
    assert sorted(set(silent)) == []
