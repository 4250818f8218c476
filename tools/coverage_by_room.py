"""Run tests with coverage of every process they start, and print a table of the rooms, the least covered first.

    python tools/coverage_by_room.py [--files N] [PYTEST ARGUMENT…]

A room is a folder with Python files of its own. With `--files`, the N files with the most lines that never ran follow.
The exit status is pytest's.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import coverage
from tabulate import tabulate

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Run, combine what the processes left, and print."""
    parser = argparse.ArgumentParser(description="coverage of the tests by room")
    parser.add_argument(
        "--files", type=int, default=0, metavar="N", help="also list the N files with most lines never run"
    )
    options, tests = parser.parse_known_args()
    folder = Path(tempfile.mkdtemp(prefix="pycman-coverage-"))
    try:
        folder.chmod(0o1777)  # commands under test run as other users
        status = _run_tests(tests, folder)
        files = _measured(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(_table_of_rooms(files))
    if options.files:
        print("\n" + _table_of_files(files, options.files))
    return status


def _run_tests(tests: list[str], folder: Path) -> int:
    environment = {**os.environ, "COVERAGE_FILE": str(folder / "data"), "PYCMAN_TEST_COVERAGE": str(folder)}
    command = [sys.executable, "-m", "coverage", "run", "-m", "pytest", "-q", *tests]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def _measured(folder: Path) -> dict[str, tuple[int, int]]:
    """Return lines and lines that ran of each file, by its path in the tree."""
    os.chdir(ROOT)  # where relative paths of the settings begin
    measured = coverage.Coverage(data_file=str(folder / "data"), config_file=str(ROOT / "pyproject.toml"))
    measured.combine([str(folder)])
    found = {}
    for room in measured.config.source or []:
        for path in sorted((ROOT / room).rglob("*.py")):
            _, lines, _, missing, _ = measured.analysis2(str(path))
            name = str(path.relative_to(ROOT))
            if lines and not name.startswith(("cri_server/proto/", "cli/describe/")):
                found[name] = (len(lines), len(lines) - len(missing))
    return found


def _table_of_rooms(files: dict[str, tuple[int, int]]) -> str:
    rooms: dict[str, list[tuple[int, int]]] = {}
    for name, counts in files.items():
        rooms.setdefault(os.path.dirname(name), []).append(counts)
    rows = [(room, len(counts), sum(a for a, _ in counts), sum(b for _, b in counts)) for room, counts in rooms.items()]
    rows.sort(key=lambda row: row[3] / row[2])
    rows.append(("all", len(files), sum(row[2] for row in rows), sum(row[3] for row in rows)))
    table = [(room, number, lines, f"{100 * ran / lines:.1f}") for room, number, lines, ran in rows]
    return tabulate(table, headers=("room", "files", "lines", "covered %"), floatfmt=".1f")


def _table_of_files(files: dict[str, tuple[int, int]], most: int) -> str:
    rows = sorted(((lines - ran, name, lines) for name, (lines, ran) in files.items()), reverse=True)[:most]
    return tabulate([(name, lines, missing) for missing, name, lines in rows], headers=("file", "lines", "never run"))


if __name__ == "__main__":
    sys.exit(main())
