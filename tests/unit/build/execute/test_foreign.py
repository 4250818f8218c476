"""RUN of an image for another machine: who is told that it cannot run here."""

from __future__ import annotations

import pytest

from pycman.build.execute.run_step import foreign_platform
from pycman.linux.binfmt import emulates


@pytest.mark.parametrize(
    ("architecture", "machine", "expected"),
    [("arm64", "x86_64", "linux/arm64"), ("amd64", "x86_64", "None"), ("386", "x86_64", "None"),
     ("", "x86_64", "None"), ("amd64", "aarch64", "linux/amd64"), ("arm", "aarch64", "None")],
)  # fmt: skip
def test_a_platform_is_foreign_that_the_kernel_does_not_run(architecture: str, machine: str, expected: str) -> None:
    assert str(foreign_platform({"architecture": architecture}, machine)) == expected


def test_an_interpreter_counts_only_if_it_is_enabled(tmp_path) -> None:
    (tmp_path / "qemu-aarch64").write_text("enabled\ninterpreter /usr/bin/qemu-aarch64-static\n")
    (tmp_path / "qemu-s390x").write_text("disabled\n")
    assert emulates("arm64", str(tmp_path))
    assert not emulates("s390x", str(tmp_path))
    assert not emulates("riscv64", str(tmp_path))
    assert not emulates("arm64", str(tmp_path / "missing"))
