"""Which OCI runtime is chosen, on a host where programs come and go."""

from __future__ import annotations

import pytest

from pycman.errors import NotFound
from pycman.runtime.oci_runtimes import choose_runtime
from tests.support.sessions import open_session


def test_a_runtime_is_found_when_it_is_installed_and_gone_when_it_is_not(tmp_path, monkeypatch) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    with open_session(tmp_path) as session:
        for _ in range(2):
            with pytest.raises(NotFound, match="no such OCI runtime"):
                choose_runtime(session, "late")
            runtime = programs / "late"
            runtime.write_text("#!/bin/sh\n")
            runtime.chmod(0o755)
            assert choose_runtime(session, "late").path == str(runtime)
            assert choose_runtime(session, "late").path == str(runtime)
            runtime.unlink()
