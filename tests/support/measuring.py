"""Coverage of the program under test: its copy measures itself, also where neither `site` nor the environment reaches.

Commands are started as other users, with an environment of the test's own, and conmon starts the exit command with
`python -I -S`: no variable and no .pth file gets there. All of them go through `main` of `pycman/__main__.py`, so the
copy of that file which the tests start is changed in one line, and line numbers stay what they are in the source tree.
That file itself is not measured: its `main` runs already when tracing starts.
"""

from __future__ import annotations

import os
from pathlib import Path

DATA_FOLDER = os.environ.get("PYCMAN_TEST_COVERAGE", "")
"""Where processes under test leave what they ran; set by `tools/coverage_by_room.py`, and empty without it."""

_HOOK = "    _find_libraries()\n"

_SETTINGS = """\
[run]
parallel = true
data_file = {data_folder}/data
source = {source}
patch =
    _exit
    fork
disable_warnings = no-data-collected,module-not-measured,no-ctracer,couldnt-parse
"""

_STARTER = '''\
"""Starts coverage in a process under test."""

import coverage


def start():
    if coverage.Coverage.current() is None:
        coverage.Coverage(config_file={settings!r}, auto_data=True).start()
'''


def measure_copy(source: Path) -> None:
    """Change the copy of the packages in `source` so that each process which runs it records its lines in DATA_FOLDER."""
    settings = source / "coverage.ini"
    settings.write_text(_SETTINGS.format(data_folder=DATA_FOLDER, source=source), encoding="utf-8")
    (source / "start_coverage.py").write_text(_STARTER.format(settings=str(settings)), encoding="utf-8")
    main = source / "pycman/__main__.py"
    text = main.read_text(encoding="utf-8")
    if text.count(_HOOK) != 1:
        raise AssertionError(f"{main} has no single line {_HOOK.strip()} where coverage could be started")
    started = f"{_HOOK.rstrip()}; __import__('start_coverage').start()\n"
    main.write_text(text.replace(_HOOK, started), encoding="utf-8")
