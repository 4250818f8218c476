"""Which OCI runtime is chosen, on a host where programs come and go."""

from __future__ import annotations

import pytest

from pycman.errors import NotFound, Unsupported
from pycman.runtime.oci_runtimes import choose_runtime
from pycman.state.session import Options, Session, User
from tests.support.sessions import open_session


def test_a_runtime_is_found_when_it_is_installed_and_gone_when_it_is_not(tmp_path, monkeypatch) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    with open_session(tmp_path) as session:
        for _ in range(2):
            with pytest.raises(NotFound, match="no such OCI runtime") as caught:
                choose_runtime(session, "late")
            assert "install" not in caught.value.hint.partition("installed")[0], "no package has that name"
            runtime = programs / "late"
            runtime.write_text("#!/bin/sh\n")
            runtime.chmod(0o755)
            assert choose_runtime(session, "late").path == str(runtime)
            assert choose_runtime(session, "late").path == str(runtime)
            runtime.unlink()


def test_a_shim_is_found_by_containerds_name_and_is_for_root_only(tmp_path, monkeypatch) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    shim = programs / "containerd-shim-own-v2"
    shim.write_text("#!/bin/sh\n")
    shim.chmod(0o755)
    with open_session(tmp_path) as session:
        for name in ("com.example.own.v2", str(shim)):
            found = choose_runtime(session, name)
            assert (found.name, found.path, found.program) == (name, str(shim), shim.name)
            assert found.annotations("a", "b")["io.kubernetes.cri.sandbox-id"] == "b"
            assert found.annotations("a", "") == {}
        with pytest.raises(NotFound, match="install containerd-shim-other-v1"):
            choose_runtime(session, "com.example.other.v1")
    ordinary = User(uid=1000, gid=1000, home=str(tmp_path), rootless=True, joined=True)
    options = Options(root=f"{tmp_path}/root", run_root=f"{tmp_path}/run")
    with Session(options, ordinary) as session, pytest.raises(Unsupported, match="which only root may"):
        choose_runtime(session, str(shim))
