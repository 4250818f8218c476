"""The command line of this source tree where every user can start it: an installed copy beside its virtual environment."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.support import measuring

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("pycman", "cli", "pods", "kube_yaml", "cri_server", "api_server", "completions")


def install(folder: Path) -> Path:
    """Copy environment and source into `folder`, which every user may pass through; return the program."""
    environment = folder / "venv"
    shutil.copytree(Path(sys.prefix), environment, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    source = environment / "source"
    source.mkdir()
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    if measuring.DATA_FOLDER:
        measuring.measure_copy(source)
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(source)], check=True)
    starter = environment / "bin" / "pycman"
    starter.write_text(
        f"#!{environment}/bin/python\nimport sys\nsys.path.insert(0, {str(source)!r})\n"
        "from pycman.__main__ import main\nsys.exit(main())\n",
        encoding="utf-8",
    )
    starter.chmod(0o755)
    return starter
