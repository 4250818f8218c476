"""Load, import, commit, remove and prune killed at every step: the next command finds a consistent store."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys

import pytest

from pycman.images.archive.load import load_images
from pycman.images.archive.save import SaveOptions, save_images
from pycman.images.catalogue import find_image, get_image, list_images
from pycman.images.make.commit import CommitOptions, ImportOptions, commit_layer, import_tar
from pycman.images.mount import list_mounted, mount_image, unmount_image
from pycman.images.remove import prune_images, remove_image
from pycman.plan import CRASH_VARIABLE
from pycman.storage.gc import collect_garbage
from tests.support.image_files import docker_archive, oci_archive, oci_image, tar_of
from tests.support.sessions import open_session

BOTTOM = tar_of({"etc/a": b"a" * 5000}, directories=["etc"])
TOP = tar_of({"etc/b": b"b" * 5000})
BOTH = docker_archive([BOTTOM, TOP])

VERBS = {
    "load": "load_images(session, io.BytesIO(BOTH))",
    "load-oci": "load_images(session, io.BytesIO(OCI))",
    "import": "import_tar(session, io.BytesIO(BOTTOM), ImportOptions(reference='new:1'))",
    "commit": "commit_layer(session, get_image(session, 'base:1'), UPPER, CommitOptions(reference='new:1'), {})",
    "remove": "remove_image(session, 'base:1')",
    "prune": "prune_images(session, all=True)",
    "mount": "mount_image(session, 'base:1')",
    "unmount": "unmount_image(session, 'base:1')",
}
OCI = oci_archive([("localhost/a:1", oci_image([BOTTOM, TOP]))])


def run(directory, verb, point=""):
    """Run a command in a process of its own, killed at `point`; return its status."""
    code = (
        "import io\n"
        "from tests.crash.test_images_kill import *\n"
        f"UPPER = {str(directory)!r} + '/upper'\n"
        f"with open_session({str(directory)!r}) as session:\n    {VERBS[verb]}\n"
    )
    environment = {**os.environ, CRASH_VARIABLE: point}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False).returncode


@pytest.fixture
def session(tmp_path):
    (tmp_path / "upper").mkdir()
    (tmp_path / "upper" / "new").write_text("new")
    with open_session(tmp_path) as opened:
        yield opened


def whole(session, name):
    """Say whether the store has an image and all of it can be read."""
    output = io.BytesIO()
    save_images(session, [name], output, SaveOptions())
    path = mount_image(session, name)
    try:
        return bool(os.listdir(path)) and len(output.getvalue()) > 5000
    finally:
        unmount_image(session, name)


def clean(session):
    """Collect garbage and say whether layers and blobs on disk are just those with a row, all of them ready."""
    collect_garbage(session)
    layers = {row["name"] for row in session.db.rows("SELECT name FROM layers WHERE state = 'ready'")}
    blobs = {row["digest"].partition(":")[2] for row in session.db.rows("SELECT digest FROM blobs")}
    assert session.db.value("SELECT COUNT(*) FROM leases") == 0
    assert session.db.value("SELECT COUNT(*) FROM layers WHERE state != 'ready'") == 0
    assert set(os.listdir(session.paths.layers)) == layers
    assert set(os.listdir(f"{session.paths.blobs}/sha256")) == blobs
    return True


@pytest.mark.parametrize("point", ["layer:fetched", "layer:reserved", "layer:unpacked", "layer:renamed", "load:layers"])
def test_a_load_killed_before_its_names_leaves_no_image_and_is_done_again(session, tmp_path, point):
    assert run(tmp_path, "load", point) == -signal.SIGKILL
    assert list_images(session, all=True) == []
    assert clean(session)
    assert os.listdir(session.paths.layers) == []
    load_images(session, io.BytesIO(BOTH))
    assert whole(session, "a:1")


@pytest.mark.parametrize("point", ["blob:written", "blob:renamed", "layer:fetched", "layer:unpacked"])
def test_a_killed_load_of_a_layout_can_be_repeated_at_once(session, tmp_path, point):
    assert run(tmp_path, "load-oci", point) == -signal.SIGKILL
    assert run(tmp_path, "load-oci") == 0
    assert whole(session, "a:1")
    assert clean(session)


def test_a_load_killed_after_its_names_is_done(session, tmp_path):
    assert run(tmp_path, "load", "load:named") == -signal.SIGKILL
    assert whole(session, "a:1")
    assert clean(session)
    assert whole(session, "a:1")


@pytest.mark.parametrize("point", ["layer:unpacked", "import:layer", "commit:blob", "commit:before-names"])
def test_a_killed_import_leaves_no_image(session, tmp_path, point):
    assert run(tmp_path, "import", point) == -signal.SIGKILL
    assert list_images(session, all=True) == []
    assert clean(session)
    import_tar(session, io.BytesIO(BOTTOM), ImportOptions(reference="new:1"))
    assert whole(session, "new:1")


@pytest.mark.parametrize("point", ["commit:blob", "layer:reserved", "commit:layer", "commit:before-names"])
def test_a_killed_commit_does_not_change_its_base(session, tmp_path, point):
    load_images(session, io.BytesIO(docker_archive([BOTTOM], tags=["localhost/base:1"])))
    assert run(tmp_path, "commit", point) == -signal.SIGKILL
    assert [image.names for image in list_images(session, all=True)] == [("localhost/base:1",)]
    assert clean(session)
    assert whole(session, "base:1")
    commit_layer(
        session, get_image(session, "base:1"), f"{tmp_path}/upper", CommitOptions(reference="localhost/new:1"), {}
    )
    assert whole(session, "new:1")


@pytest.mark.parametrize("verb", ["remove", "prune"])
@pytest.mark.parametrize("point", ["image-remove:rows", "image-prune:rows", "gc:marked", "gc:directory"])
def test_a_killed_removal_is_finished_by_the_next_garbage_collection(session, tmp_path, verb, point):
    load_images(session, io.BytesIO(docker_archive([BOTTOM], tags=["localhost/base:1"])))
    status = run(tmp_path, verb, point)
    killed = not point.startswith("image-") or verb in point
    assert status == (-signal.SIGKILL if killed else 0)
    assert find_image(session, "base:1") is None
    assert clean(session)
    assert os.listdir(session.paths.layers) == []


def test_a_layer_whose_removal_was_killed_can_be_loaded_again(session, tmp_path):
    load_images(session, io.BytesIO(docker_archive([BOTTOM], tags=["localhost/base:1"])))
    assert run(tmp_path, "remove", "gc:marked") == -signal.SIGKILL
    load_images(session, io.BytesIO(docker_archive([BOTTOM], tags=["localhost/base:1"])))
    assert whole(session, "base:1")
    assert clean(session)
    assert whole(session, "base:1")


def test_a_killed_mount_is_repaired_by_the_next_one(session, tmp_path):
    load_images(session, io.BytesIO(docker_archive([BOTTOM], tags=["localhost/base:1"])))
    assert run(tmp_path, "mount", "image-mount:mounted") == -signal.SIGKILL
    assert list_mounted(session) == []
    path = mount_image(session, "base:1")
    assert os.listdir(path) == ["etc"]
    assert run(tmp_path, "unmount", "image-unmount:unmounted") == -signal.SIGKILL
    assert list_mounted(session) == []
    remove_image(session, "base:1")
    assert prune_images(session, all=True)[0] == []
