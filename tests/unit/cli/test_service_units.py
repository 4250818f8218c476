"""What `system install-units` writes, and what it leaves alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cli.quadlet.unit_file import UnitFile
from cli.service_units import MARK, ServiceUnits, unit_texts
from pycman.errors import AlreadyExists, NotFound

EXAMPLES = Path(__file__).resolve().parent.parent.parent.parent / "examples/systemd"
PROGRAM = ["/opt/my programs/pycman", "--root", "/srv/50%"]


@pytest.fixture
def generators(tmp_path: Path) -> Path:
    folder = tmp_path / "venv/bin"
    folder.mkdir(parents=True)
    for kind in ("system", "user"):
        (folder / f"pycman-{kind}-generator").write_text("#!/bin/sh\n")
        (folder / f"pycman-{kind}-generator").chmod(0o755)
    return folder


def found(top: Path) -> list[str]:
    return sorted(str(path.relative_to(top)) for path in top.rglob("*") if path.is_symlink() or path.is_file())


def test_packages_and_pip_have_the_same_units() -> None:
    for name, text in unit_texts(["/usr/bin/env", "pycman"]).items():
        assert (EXAMPLES / name).read_text() == text


def test_the_units_call_this_program() -> None:
    service = UnitFile.parse(unit_texts(PROGRAM)["pycman.service"])
    assert service.command("Service", "ExecStart") == [*PROGRAM[:2], "/srv/50%%", "system", "service", "--time", "30"]
    play = UnitFile.parse(unit_texts(PROGRAM)["pycman-kube@.service"])
    assert play.command("Service", "ExecStopPost")[-3:] == ["kube", "down", "%I"]


def test_root_gets_units_and_generators_and_is_rid_of_them(tmp_path: Path, generators: Path) -> None:
    top = tmp_path / "top"
    units = ServiceUnits({}, str(generators), user=False, top=str(top))
    paths = units.install(PROGRAM)
    assert units.install(PROGRAM) == paths
    assert sorted(os.path.relpath(path, top) for path in paths) == found(top)
    assert found(top) == [
        "etc/systemd/system-generators/pycman-system-generator",
        "etc/systemd/system/pycman-kube@.service",
        "etc/systemd/system/pycman.service",
        "etc/systemd/system/pycman.socket",
        "etc/systemd/user-generators/pycman-user-generator",
    ]
    assert sorted(units.remove()) == sorted(paths)
    assert found(top) == []


def test_a_user_gets_units_below_the_home(tmp_path: Path, generators: Path) -> None:
    units = ServiceUnits({"HOME": str(tmp_path / "home")}, str(generators), user=True, top=str(tmp_path / "top"))
    units.install(["/usr/bin/pycman"])
    assert [path.rpartition("/")[2] for path in found(tmp_path / "home")] == sorted(unit_texts(()))
    assert not (tmp_path / "top").exists()


def test_what_is_somebody_elses_stays(tmp_path: Path, generators: Path) -> None:
    top = tmp_path / "top"
    units = ServiceUnits({}, str(generators), user=False, top=str(top))
    other = top / "etc/systemd/system/pycman.socket"
    other.parent.mkdir(parents=True)
    other.write_text("[Socket]\n")
    with pytest.raises(AlreadyExists, match="not pycman's own"):
        units.install(PROGRAM)
    assert found(top) == ["etc/systemd/system/pycman.socket"]
    assert units.remove() == []
    other.write_text(f"{MARK}old")
    units.install(PROGRAM)
    link = top / "etc/systemd/user-generators/pycman-user-generator"
    link.unlink()
    link.symlink_to("/dev/null")  # how an administrator masks a generator (systemd.generator(7))
    with pytest.raises(AlreadyExists, match="not pycman's own"):
        units.install(PROGRAM)
    units.remove()
    assert found(top) == ["etc/systemd/user-generators/pycman-user-generator"]


def test_nothing_is_written_beside_a_package_or_without_generators(tmp_path: Path, generators: Path) -> None:
    top = tmp_path / "top"
    packaged = top / "usr/lib/systemd/system/pycman.socket"
    packaged.parent.mkdir(parents=True)
    packaged.write_text("")
    with pytest.raises(AlreadyExists, match="a package"):
        ServiceUnits({}, str(generators), user=False, top=str(top)).install(PROGRAM)
    packaged.unlink()
    with pytest.raises(NotFound, match="pycman-system-generator"):
        ServiceUnits({}, str(tmp_path / "none"), user=False, top=str(top)).install(PROGRAM)
    assert found(top) == []
