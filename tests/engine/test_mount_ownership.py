"""Mounts the container's user may not use are named, with the flag that fixes it; and the flag does fix it."""

from __future__ import annotations

import os

from pycman.containers.catalogue import get_row, spec_of
from pycman.containers.diagnose.mount_ownership import diagnose_mounts
from pycman.spec.mount import Mount
from tests.support.engines import create, finish


def findings(engine, name):
    row = get_row(engine.session, name)
    return diagnose_mounts(engine.session, row, spec_of(row))


def test_a_directory_of_another_owner_is_named_and_u_fixes_it(engine, tmp_path):
    os.chown(tmp_path, 1234, 1234)
    tmp_path.chmod(0o755)
    mount = Mount(kind="bind", source=str(tmp_path), target="/host")
    create(engine, name="box", user="web", mounts=(mount,))
    (found,) = findings(engine, "box")
    assert found.reference == "mount-ownership"
    assert "web (uid 1000)" in found.text
    assert "uid 1234" in found.text
    assert found.fix.endswith(f"-v {tmp_path}:/host:U")
    finish(engine, "touch", "/host/file", user="web", mounts=(mount.replace(options=("U",)),))
    assert findings(engine, "box") == []


def test_the_user_is_found_in_the_layers_of_one_that_never_ran(engine, tmp_path):
    os.chown(tmp_path, 1000, 1001)
    create(engine, name="box", user="web", mounts=(Mount(kind="bind", source=str(tmp_path), target="/host"),))
    assert findings(engine, "box") == []


def test_root_may_use_everything(engine, tmp_path):
    os.chown(tmp_path, 1234, 1234)
    create(engine, name="box", mounts=(Mount(kind="bind", source=str(tmp_path), target="/host"),))
    assert findings(engine, "box") == []


def test_why_shows_it(engine, tmp_path):
    tmp_path.chmod(0o755)
    container = create(
        engine, "touch", "/host/file", name="box", user="web",
        mounts=(Mount(kind="bind", source=str(tmp_path), target="/host"),),
    )  # fmt: skip
    engine.containers.start(container)
    assert engine.containers.wait(container) == 1
    engine.containers.cleanup(container)
    assert "mount-ownership" in [finding.reference for finding in engine.containers.why("box")]


def test_a_start_warns_of_it(engine, tmp_path):
    tmp_path.chmod(0o755)
    engine.session.warnings.clear()
    finish(engine, "true", user="web", mounts=(Mount(kind="bind", source=str(tmp_path), target="/host"),))
    assert "may not write to /host" in engine.session.warnings[0]
    engine.session.warnings.clear()
    finish(engine, "true", mounts=(Mount(kind="bind", source=str(tmp_path), target="/host"),))
    assert engine.session.warnings == []


def test_nobody_is_told_to_give_away_the_system_s_directories(engine):
    create(engine, name="box", user="web", mounts=(Mount(kind="bind", source="/usr", target="/host"),))
    (found,) = findings(engine, "box")
    assert "directory of your own" in found.fix
