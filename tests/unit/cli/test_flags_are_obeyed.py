"""Every flag that is described has an effect, is refused, or is described as one without effect."""

from __future__ import annotations

import ast
import functools
import importlib
import re
from pathlib import Path

import pytest

from cli.describe.kinds import NO_EFFECT
from cli.generate.missing import _path
from cli.generate.read import read
from cli.habits import habits_of
from cli.main import _GLOBAL_ANYWHERE, _OWN_GLOBAL_FLAGS, _find, _refuse_unsupported, _run
from cli.parse import FlagTable, parse_flags
from cli.table import COMMANDS
from pycman.errors import NotFound, Unsupported

ROOT = Path(__file__).resolve().parent.parent.parent.parent


@functools.cache
def names_read(path: Path) -> frozenset[str]:
    """The string constants of an action and of all modules of cli/ that it imports: a flag is read by its name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= set(re.findall(r"[\w-]+", node.value))
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("cli."):
            module = ROOT / (node.module.replace(".", "/") + ".py")
            if module != path and module.exists() and "generate" not in module.parts:
                found |= names_read(module)
    return frozenset(found)


@pytest.mark.parametrize("name", sorted(read().verbs))
def test_every_flag_is_read_by_its_action(name: str) -> None:
    known = names_read(ROOT / "cli/actions" / _path(name))
    flags = [flag for flag in read().verbs[name].flags if not flag.refused and not flag.help.startswith(NO_EFFECT)]
    assert [flag.long for flag in flags if flag.long not in known] == []


REFUSED = [(name, flag) for name, row in COMMANDS.items() for flag in sorted(FlagTable(row[3]).refused)]


@pytest.mark.parametrize(("name", "flag"), REFUSED, ids=lambda value: value.replace(" ", "_"))
def test_what_is_not_supported_is_refused(name: str, flag: str) -> None:
    table = FlagTable(COMMANDS[name][3])
    value = {"b": "true", "i": "1"}.get(table.kinds[flag], "x")
    flags, _ = parse_flags(table, [f"--{flag}={value}"], stop_at_first=False)
    with pytest.raises(Unsupported) as refused:
        _refuse_unsupported(name, table.refused, flags)
    assert refused.value.subject == f"--{flag}"


def test_a_refused_flag_that_is_off_is_no_error() -> None:
    table = FlagTable("ingress:b! gw-priority:i!")
    flags, _ = parse_flags(table, ["--ingress=false", "--gw-priority", "0"], stop_at_first=False)
    _refuse_unsupported("network create", table.refused, flags)


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("ps", "pycman.containers.filters"),
        ("images", "pycman.images.filters"),
        ("network ls", "pycman.network.filters"),
        ("volume ls", "pycman.volumes.filters"),
        ("secret ls", "pycman.secrets.catalogue"),
        ("pod ps", "pods.catalogue"),
    ],
)
def test_the_filters_described_are_those_there_are(name: str, module: str) -> None:
    known = set(importlib.import_module(module)._CHECKS)
    (flag,) = (flag for flag in read().verbs[name].flags if flag.long == "filter")
    described = set(flag.help.removeprefix("Filter by ").split(", "))
    without_effect = {"is-task", "isolation", "manifest", "readonly", "should-start-on-boot"}
    assert described == known - without_effect
    assert {alternative.partition("=")[0] for alternative in flag.of.split("|")} <= described


def test_global_flags_with_an_effect_have_it_behind_a_command_too() -> None:
    """As podman takes them there, all but --module; those that are refused are in the command's table."""
    shown = {flag.long for flag in read().program.flags if not flag.refused and not flag.help.startswith(NO_EFFECT)}
    assert shown - set(_OWN_GLOBAL_FLAGS) - {"debug", "help", "module", "version"} <= _GLOBAL_ANYWHERE


def test_a_global_flag_behind_a_command_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    applied: list[dict[str, object]] = []
    monkeypatch.setattr("cli.main._check_global_flags", applied.append)
    for words in (["volume", "ls", "--tmpdir", "/x", "--help"], ["commit", "--config", "file", "--help"]):
        name, rest = _find(words)
        _run(name, rest, {}, habits_of("podman"), words, name)
    assert applied == [{"tmpdir": "/x"}, {}]


@pytest.mark.parametrize("words", ["logout", "image sign i", "manifest add m i", "kube play f.yaml", "pull i"], ids=str)
def test_a_file_of_logins_that_is_not_there_is_told_before_anything_else(words: str) -> None:
    name, rest = _find([*words.split(), "--authfile", "/nowhere/auth.json"])
    with pytest.raises(NotFound, match=r"/nowhere/auth\.json"):
        _run(name, rest, {}, habits_of("podman"), words.split(), words)
