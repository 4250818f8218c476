"""Every command and flag, described once, with Typer. Read by `cli/generate.py`, never by a running command.

A command is a function whose docstring is its help and whose parameters are its flags and arguments; the function's body is
never run. What Typer cannot say is in `kinds.py`.
"""

from __future__ import annotations
