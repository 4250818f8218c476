"""The tables of words and the errors they are about hold together: codes that are raised, facts that are given."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import pycman.errors
from cli.actions.cp import as_typed
from cli.output.docker_words import DOCKER_WORDS
from cli.output.error_words import worded
from cli.output.podman_words import PODMAN_WORDS
from pycman.errors import NotFound, PycmanError, decode_error, encode_error

_TREE = Path(pycman.errors.__file__).parents[1]
_ADDED_LATER = {"build": {"place", "step"}, "cp": set(as_typed(("", "a"), ("c", "b")))}
"""Facts that a command adds to the errors it ends with."""
_IN_A_CLASS = {"volume-in-use": {"containers"}, "build-step-failed": {"place", "step"}}
"""Facts that a class of errors, or the build, makes of other arguments."""


def _codes(value: ast.expr) -> Iterator[str]:
    """Yield the codes of `code=…`; one that ends in a value is yielded up to it, with a star."""
    if isinstance(value, ast.Constant):
        yield str(value.value)
    elif isinstance(value, ast.IfExp):
        yield from _codes(value.body)
        yield from _codes(value.orelse)
    elif isinstance(value, ast.JoinedStr):
        yield f"{ast.literal_eval(value.values[0])}*"


def _raised() -> dict[str, list[set[str]]]:
    """Return each code with the names of the facts at each place that raises it."""
    found: dict[str, list[set[str]]] = {}
    for folder in ("pycman", "pods", "cli", "kube_yaml", "cri_server", "api_server"):
        for path in (_TREE / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            if "code=" not in text:
                continue
            tree = ast.parse(text)
            chosen = {
                target.id: node.value
                for node in ast.walk(tree)
                if isinstance(node, ast.Assign)
                for target in node.targets
                if isinstance(target, ast.Name) and target.id == "code"
            }
            for node in ast.walk(tree):
                arguments = {entry.arg: entry.value for entry in node.keywords} if isinstance(node, ast.Call) else {}
                code = arguments.get("code")
                if code is None:
                    continue
                facts = arguments.get("facts")
                names = {ast.literal_eval(key) for key in facts.keys if key} if isinstance(facts, ast.Dict) else set()
                for name in _codes(chosen.get("code", code) if isinstance(code, ast.Name) else code):
                    found.setdefault(name, []).append(names)
    return found


def test_each_row_is_about_a_problem_that_is_raised_with_the_facts_it_tells() -> None:
    raised = _raised()
    kinds = {getattr(kind, "reference", "") for _, kind in inspect.getmembers(pycman.errors, inspect.isclass)}
    wrong = []
    for row, sentence in (*DOCKER_WORDS.items(), *PODMAN_WORDS.items()):
        command, _, code = row.rpartition(" ")
        places = next((raised[known] for known in raised if known in (code, f"{code[: len(known) - 1]}*")), None)
        if places is None and code not in kinds | set(_IN_A_CLASS):
            wrong.append(f"{row}: nothing raises it")
        told = {name for _, name, _, _ in Formatter().parse(sentence) if name} if isinstance(sentence, str) else set()
        given = {"subject", "problem"} | _IN_A_CLASS.get(code, set()) | _ADDED_LATER.get(command, set())
        wrong += [f"{row}: {told - given - facts} is not given" for facts in places or [set()] if told - given - facts]
    assert wrong == []


def test_no_other_module_decides_by_the_text_of_a_problem() -> None:
    """Words are for people; whatever changes with a problem asks for its code."""
    asking = [
        f"{path.relative_to(_TREE)}:{node.lineno}"
        for path in (_TREE / "cli").rglob("*.py")
        if ".problem" in (text := path.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(text))
        if (isinstance(node, ast.Compare) and any(_is_problem(side) for side in (node.left, *node.comparators)))
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_problem(node.func.value))
        or (isinstance(node, ast.Assign) and any(_is_problem(target) for target in node.targets))
    ]
    assert asking == []


def _is_problem(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "problem"
        and isinstance(node.value, ast.Name)
        and node.value.id != "self"
    )


def test_code_and_facts_survive_the_way_from_another_process() -> None:
    error = NotFound("no such x", subject="s", code="no-such-x", facts={"a": "b"})
    again = decode_error(encode_error(error))
    assert (type(again), again.code, again.facts) == (NotFound, "no-such-x", {"a": "b"})


@pytest.mark.parametrize(
    ("command", "text"),
    [("rm", "rm: s"), ("stop", "any: s it is gone"), ("", "any: s it is gone")],
)
def test_the_row_of_a_command_comes_before_that_of_every_command(command: str, text: str) -> None:
    table = {"rm gone": "rm: {subject}", "gone": "any: {subject} {problem} {nobody-gave-it}"}
    assert worded(table, PycmanError("it is gone", subject="s", code="gone"), command) == text


def test_what_a_stranger_named_is_no_template_and_no_second_line() -> None:
    error = PycmanError("p", subject="{problem}\nError: x", code="c")
    assert worded({"c": "<{subject}>"}, error) == "<{problem} Error: x>"
