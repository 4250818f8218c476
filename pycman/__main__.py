"""Where `pycman` and `python -m pycman` begin: find the doors, then go through the command line's.

Installed, the doors (cli, pods, …) are in `_doors` inside this package; in a source tree they lie beside it. This file
may also be run by its path with `python -I -S` (conmon's exit command does, which saves the start of `site`).
"""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the command line and return its exit status."""
    here = os.path.dirname(os.path.abspath(__file__))
    above = os.path.dirname(here)
    if sys.path and sys.path[0] == here:  # run by path: our own file names must not shadow the standard library's
        sys.path[0] = above
    elif above not in sys.path:
        sys.path.insert(0, above)
    doors = here + "/_doors"
    if os.path.isdir(doors):
        sys.path.insert(0, doors)
    from cli.main import main as command_line  # only now can it be found

    return command_line(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
