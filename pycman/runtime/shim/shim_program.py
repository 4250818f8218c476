"""The command lines of this folder's own processes, which pycman/__main__.py starts without the command line's modules."""

from __future__ import annotations

import os
import sys

_PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def beside_python(name: str) -> str:
    """Return the path of a program beside this Python's, where an environment has its console scripts."""
    return f"{os.path.dirname(sys.executable)}/{name}"


def python_command(*arguments: str) -> list[str]:
    """Return the argv of one of them; -S saves 3 ms of `site`."""
    return [sys.executable, "-I", "-S", f"{_PACKAGE}/__main__.py", *arguments]
