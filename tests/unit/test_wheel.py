"""What is installed: one import name, the doors on a private path inside it, and nothing of the tests."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_wheel_adds_one_import_name_and_holds_the_doors(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith((".dist-info", ".data"))} == {"pycman"}
    doors = {name.split("/")[2] for name in names if name.startswith("pycman/_doors/")}
    assert doors == {"cli", "pods", "kube_yaml", "cri_server", "api_server", "completions"}
    assert "pycman/py.typed" in names
    assert "pycman/runtime/default_seccomp.json" in names
    migrations = {path.name for path in (ROOT / "pycman/state/migrations").glob("*.sql")}
    assert migrations and migrations <= {name.rpartition("/")[2] for name in names}


def test_the_containerfile_copies_what_the_wheel_is_made_of() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    sources = {*wheel["packages"], *wheel["force-include"], "pyproject.toml"}
    copied = {
        word
        for line in (ROOT / "Containerfile").read_text().splitlines()
        if line.startswith("COPY ")
        for word in line.split()[1:-1]
    }
    admitted = {
        line.removeprefix("!") for line in (ROOT / ".containerignore").read_text().splitlines() if line.startswith("!")
    }
    for source in sources:
        assert any(source == each or source.startswith(f"{each}/") for each in copied), source
        assert any(source == each or source.startswith(f"{each}/") for each in admitted), source


def test_the_debian_package_has_the_version_and_the_files_that_are_here() -> None:
    version = runpy.run_path(str(ROOT / "pycman/version.py"))["__version__"]
    first = (ROOT / "debian/changelog").read_text().splitlines()[0]
    assert first.startswith(f"pycman ({version}) ")
    for line in (ROOT / "debian/pycman.install").read_text().splitlines():
        source = line.split()[0]
        assert source.startswith("usr/") or (ROOT / source).exists(), source


def test_the_debian_package_depends_on_every_library_of_the_wheel() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    needed = {re.split(r"[<>=;]", line)[0] for line in [*project["dependencies"], *extras["api"], *extras["cri"]]}
    control = (ROOT / "debian/control").read_text()
    by_hand = {"isal", "h11", "wsproto", "grpcio", "prometheus-client", "protobuf"}
    assert {f"python3-{name}" for name in by_hand} <= set(re.findall(r"python3-[a-z0-9-]+", control))
    # dh_python3 writes the others, and leaves out what debian/py3dist-overrides names without a package
    assert (ROOT / "debian/py3dist-overrides").read_text() == "typer\n"
    assert needed - by_hand == {
        "cryptography", "pynacl", "pyroute2", "python-prctl", "pyyaml", "typer", "urllib3", "zstandard",
    }  # fmt: skip


def test_the_profile_and_the_programs_of_the_debian_package_fit() -> None:
    assert "profile pycman /usr/bin/pycman " in (ROOT / "examples/apparmor/pycman").read_text()
    for name in ("pycman", "pycman-generator"):
        assert (ROOT / "debian/bin" / name).read_text().startswith("#!/usr/bin/python3 -IS\n")
