"""Starts of several containers that were begun side by side: how each of them ended is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pycman.errors import PycmanError
from pycman.runtime.oci_runtime import OciRuntime


def runtime(folder: Path, script: str) -> OciRuntime:
    program = folder / "runtime"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return OciRuntime("runtime", str(program), str(folder))


def test_the_words_of_each_failure_are_its_own(tmp_path: Path) -> None:
    """The container is the last argument."""
    fails = runtime(tmp_path, 'for id; do :; done; [ "$id" = good ] || { echo "no luck with $id" >&2; exit 1; }')
    begun = {name: fails.begin_start(name) for name in ("one", "good", "two")}
    fails.finish_start("good", begun["good"])
    for name in ("two", "one"):
        with pytest.raises(PycmanError, match=f"no luck with {name}"):
            fails.finish_start(name, begun[name])
    open_before = set(os.listdir("/proc/self/fd"))
    fails.finish_start("good", fails.begin_start("good"))
    assert set(os.listdir("/proc/self/fd")) == open_before


def test_who_holds_the_output_of_a_failed_start_is_not_waited_for(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    fails = runtime(tmp_path, f"read line < {fifo} &\nexit 1")
    begun = fails.begin_start("c")
    try:
        with pytest.raises(PycmanError):
            fails.finish_start("c", begun)
    finally:
        fifo.write_text("end\n")  # the reader has it open, or opens it now
