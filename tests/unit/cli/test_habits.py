"""Whose habits hold, and that they are asked for by name and nowhere by the program's name."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.habits import habits_of, habits_table

ROOT = Path(__file__).resolve().parents[3]
STARTER = "import sys\nsys.argv[0] = sys.argv.pop(1)\nfrom cli.main import main\nsys.exit(main(sys.argv[1:]))\n"


def version_of(name: str, folder: Path, **variables: str) -> str:
    environment = {**os.environ, "XDG_CONFIG_HOME": str(folder), "PYTHONPATH": str(ROOT), **variables}
    done = subprocess.run(
        [sys.executable, "-c", STARTER, name, "--version"], env=environment, capture_output=True, text=True, check=False
    )
    return (done.stdout + done.stderr).strip()


def test_no_code_compares_the_name_of_the_program() -> None:
    found = []
    for path in [
        *ROOT.glob("cli/*.py"),
        *(each for room in ("actions", "output", "specs") for each in ROOT.glob(f"cli/{room}/**/*.py")),
    ]:
        if path.name in ("habits.py", "call.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            compared = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
            words = {value.value for value in compared if isinstance(value, ast.Constant)}
            asks = any("program" in ast.unparse(value) or "argv" in ast.unparse(value) for value in compared)
            if asks and words & {"podman", "docker", "pycman"}:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not found, "name the habit in cli/habits.py"


def test_every_habit_differs_and_has_a_meaning() -> None:
    table = habits_table()
    assert len({name for name, *_ in table}) == len(table) >= 30
    assert not [name for name, docker, podman, meaning in table if docker == podman or not meaning]
    assert {name: getattr(habits_of("podman"), name) for name, *_ in table} == {row[0]: row[2] for row in table}
    assert {name: getattr(habits_of("docker"), name) for name, *_ in table} == {row[0]: row[1] for row in table}


@pytest.mark.parametrize(
    ("name", "variable", "setting", "begins"),
    [
        ("/usr/bin/docker", "", "", "Docker version 28."),
        ("podman", "", "", "podman version 5."),
        ("pycman", "", "", "pycman version "),
        ("docker", "podman", "", "podman version 5."),
        ("pycman", "", 'compat = "podman"\n', "podman version 5."),
        ("podman", "", '# docker\'s\ncompat = "docker"\n', "Docker version 28."),
        ("podman", "podman", 'compat = "docker"\n', "podman version 5."),
        ("podman", "", "", "podman version 5."),
        ("podman", "moby", "", "Error: "),
        ("podman", "", 'compat = "moby"\n', "Error: "),
        ("podman", "", 'compat = "docker"\nother = 1\n', "Error: "),
    ],
)
def test_the_variable_wins_over_the_setting_and_that_over_the_name(
    name: str, variable: str, setting: str, begins: str, tmp_path: Path
) -> None:
    (tmp_path / "pycman").mkdir()
    if setting:
        (tmp_path / "pycman/pycman.conf").write_text(setting)
    said = version_of(name, tmp_path, PYCMAN_COMPAT=variable)
    assert said.startswith(begins), said
    assert begins != "Error: " or ("moby" in said or "other" in said)


def test_units_written_for_podman_have_its_habits_unless_the_variable_says_otherwise(tmp_path: Path) -> None:
    (tmp_path / "pycman").mkdir()
    (tmp_path / "pycman/pycman.conf").write_text('compat = "docker"\n')
    assert version_of("pycman", tmp_path, PODMAN_SYSTEMD_UNIT="web.service").startswith("podman version ")
    both = version_of("pycman", tmp_path, PODMAN_SYSTEMD_UNIT="web.service", PYCMAN_COMPAT="docker")
    assert both.startswith("Docker version ")
