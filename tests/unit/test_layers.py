"""Who may import whom: rooms of the engine by line, the doors, and what hot commands may load."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LINES = {
    "errors": 0, "record": 0, "jsontext": 0, "digest": 0, "plan": 0, "spec": 0, "version": 0,
    "linux": 1, "config": 1, "state": 2, "storage": 3, "registry": 3, "network": 3, "runtime": 3,
    "images": 4, "volumes": 4, "secrets": 4, "containers": 5, "build": 6, "supervisor": 6, "system": 6,
    "worker": 7, "engine": 8,
}  # fmt: skip
DOORS = {
    "cli": {"pycman", "pods", "kube_yaml", "cri_server"},
    "pods": {"pycman"},
    "kube_yaml": {"pycman", "pods"},
    "cri_server": {"pycman", "pods"},
}
"""Which of the project's other packages each door may import."""


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_rooms_import_only_from_lines_below_their_own() -> None:
    wrong = []
    for path in (ROOT / "pycman").rglob("*.py"):
        parts = path.relative_to(ROOT / "pycman").with_suffix("").parts
        room = parts[0]
        if room in ("__init__", "__main__"):
            continue
        for name in imported(path):
            words = name.split(".")
            if words[0] in DOORS:
                wrong.append(f"{path.name} imports the door {name}")
            if words[0] != "pycman" or len(words) < 2 or words[1] == room:
                continue
            if LINES[words[1]] > LINES[room] or (LINES[words[1]] == LINES[room] and LINES[room] > 0):
                wrong.append(
                    f"pycman/{'/'.join(parts)}.py (line {LINES[room]}) imports {name} (line {LINES[words[1]]})"
                )
    assert not wrong


def test_doors_import_only_what_stands_behind_them() -> None:
    ours = {"pycman", *DOORS}
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for door, allowed in DOORS.items()
        for path in (ROOT / door).rglob("*.py")
        for name in imported(path)
        if (top := name.partition(".")[0]) in ours and top != door and top not in allowed
    ]
    assert not wrong


def test_only_the_linux_room_calls_the_kernel_by_itself() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "pycman").rglob("*.py")
        if "linux" not in path.parts and imported(path) & {"ctypes", "fcntl", "prctl"}
    ]
    assert not wrong


def test_what_is_generated_is_fresh() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli.generate", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_every_command_has_its_action() -> None:
    from cli.main import _module
    from cli.table import COMMANDS

    missing = [
        name for name in COMMANDS if not (ROOT / "cli/actions" / (_module(name).replace(".", "/") + ".py")).exists()
    ]
    assert not missing


EXPENSIVE_IMPORTS = {"re", "json", "typing", "dataclasses", "subprocess", "pathlib", "argparse", "tempfile", "logging", "ssl", "tarfile",
        "asyncio", "typer", "click", "tabulate", "pyroute2", "urllib3", "yaml", "tomllib", "concurrent.futures", "shutil"}  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        ["--version"],
        ["--help"],
        ["ps", "-a"],
        ["images"],
        ["stop", "x"],
        ["rm", "x"],
        ["exec", "x", "y"],
        ["logs", "x"],
        ["inspect", "x"],
        ["__complete", "start", ""],
    ],
    ids=" ".join,
)
def test_hot_commands_load_nothing_dear(words: list[str], tmp_path: Path) -> None:
    options = [] if words[0].startswith("--") else ["--root", f"{tmp_path}/a", "--runroot", f"{tmp_path}/b"]
    program = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); before = set(sys.modules)\n"
        "from cli.main import main\nmain(sys.argv[1:])\n"
        "sys.stderr.write('\\nLOADED ' + ' '.join(sorted(set(sys.modules) - before)))"
    )
    command = [sys.executable, "-I", "-S", "-c", program, str(ROOT), *options, *words]
    subprocess.run(
        command, capture_output=True, check=False
    )  # the first run parses settings, which later ones find kept
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = set(done.stderr.rpartition("LOADED ")[2].split())
    assert not loaded & EXPENSIVE_IMPORTS


def test_the_public_names_are_there() -> None:
    import pycman

    assert all(getattr(pycman, name) is not None for name in pycman.__all__)
