"""Coverage reaches a process that neither `site` nor the environment reaches: conmon's exit command is one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import coverage
import pytest

from tests.support import measuring

ROOT = Path(__file__).resolve().parent.parent.parent


def test_a_copy_that_measures_itself_says_which_lines_ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, data = tmp_path / "source", tmp_path / "data"
    data.mkdir()
    for folder in ("pycman", "cli"):
        shutil.copytree(ROOT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = len((source / "pycman/__main__.py").read_text().splitlines())
    monkeypatch.setattr(measuring, "DATA_FOLDER", str(data))
    measuring.measure_copy(source)
    assert len((source / "pycman/__main__.py").read_text().splitlines()) == before
    main = str(source / "pycman/__main__.py")
    done = subprocess.run(
        [sys.executable, "-I", "-S", main, "--version"], env={}, cwd="/", capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    (left,) = os.listdir(data)
    found = coverage.CoverageData(str(data / left))
    found.read()
    assert found.lines(str(source / "cli/main.py"))
