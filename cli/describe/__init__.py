"""Every command and flag, described once, with Typer. Read by `cli/generate/`, never by a running command.

A command is a function whose docstring is its help and whose parameters are its flags and arguments; the function's body is
never run. What Typer cannot say is said with the functions of `kinds.py`. A file with commands is a page of docs/reference/,
titled by its docstring, and every file here is read: a new one needs no mention anywhere.
"""

from __future__ import annotations
