"""Remove and prune images: names first, then the image with its layers; never one that is in use."""

from __future__ import annotations

import io
import os

import pytest

from pycman.errors import InUse, InvalidInput, NotFound
from pycman.images.archive.load import load_images
from pycman.images.catalogue import add_digest, find_image, get_image, list_images, tag_image, untag_image
from pycman.images.make.commit import CommitOptions, commit_layer
from pycman.images.mount import mount_image, unmount_image
from pycman.images.remove import ImageInUse, prune_images, remove_image
from pycman.linux.processes import boot_id, start_time
from pycman.state.leases import lease
from pycman.storage.gc import collect_garbage
from pycman.system.remove_image import remove_image_keeping_users
from tests.support.image_files import docker_archive, tar_of
from tests.support.sessions import insert_container, open_session


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        yield opened


def load(session, content=b"hello", tag="localhost/a:1"):
    """Load an image of one layer and return its id."""
    load_images(session, io.BytesIO(docker_archive([tar_of({"file": content})], tags=[tag] if tag else [])))
    return list_images(session)[0].id if not tag else get_image(session, tag).id


def child_of(session, name, tmp_path, reference=""):
    upper = tmp_path / f"upper-{os.urandom(3).hex()}"
    upper.mkdir()
    (upper / "more").write_text(str(upper))
    return commit_layer(session, get_image(session, name), str(upper), CommitOptions(reference=reference), {})


def kept(session):
    """Return how many layers and blobs are on disk."""
    return len(os.listdir(session.paths.layers)), len(os.listdir(f"{session.paths.blobs}/sha256"))


def test_the_last_name_takes_the_image_along(session):
    image_id = load(session)
    report = remove_image(session, "a:1")
    assert (report.untagged, report.deleted) == (("localhost/a:1",), (image_id,))
    assert find_image(session, image_id) is None
    assert kept(session) == (0, 0)


def test_one_of_several_names_is_only_taken_away(session):
    image_id = load(session)
    tag_image(session, "a:1", ["b"])
    report = remove_image(session, "a:1")
    assert (report.untagged, report.deleted) == (("localhost/a:1",), ())
    assert get_image(session, "b").id == image_id


def test_an_id_with_several_names_needs_force(session):
    image_id = load(session)
    tag_image(session, "a:1", ["b"])
    with pytest.raises(InUse, match="several names"):
        remove_image(session, image_id[:12])
    report = remove_image(session, image_id[:12], force=True)
    assert report.untagged == ("localhost/a:1", "localhost/b:latest")
    assert report.deleted == (image_id,)


DIGEST, INDEX = "sha256:" + "d" * 64, "sha256:" + "e" * 64


def references(session, name):
    """Return the references by digest that an image was pulled by."""
    rows = session.db.rows(
        "SELECT repository, digest FROM image_digests WHERE image_id = ?", (get_image(session, name).id,)
    )
    return sorted(f"{row['repository']}@{row['digest']}" for row in rows)


def test_a_reference_by_digest_is_taken_away_and_the_tagged_image_stays(session):
    image_id = load(session)
    add_digest(session, image_id, "localhost/a", DIGEST)
    report = remove_image(session, f"a@{DIGEST}")
    assert (report.untagged, report.deleted) == ((f"localhost/a@{DIGEST}",), ())
    assert get_image(session, "a:1").id == image_id
    assert references(session, "a:1") == []
    add_digest(session, image_id, "localhost/a", DIGEST)
    assert remove_image(session, f"a:1@{DIGEST}", force=True).deleted == ()
    own = get_image(session, "a:1").manifest_digest
    with pytest.raises(InUse, match="it is the digest of localhost/a:1"):
        remove_image(session, f"a@{own}")
    assert get_image(session, "a:1").id == image_id


def test_an_image_pulled_by_digest_alone_goes_with_it(session):
    image_id = load(session, tag="")
    for digest in (DIGEST, INDEX):
        add_digest(session, image_id, "quay.io/b", digest)
    report = remove_image(session, f"quay.io/b@{INDEX}")
    assert (report.untagged, report.deleted) == ((f"quay.io/b@{INDEX}",), (image_id,))
    assert find_image(session, image_id) is None


def test_the_last_tag_leaves_an_image_that_another_repository_was_pulled_from_by_digest(session):
    image_id = load(session)
    for digest in (DIGEST, INDEX):
        add_digest(session, image_id, "quay.io/b", digest)
    add_digest(session, image_id, "localhost/a", DIGEST)
    report = remove_image(session, "a:1")
    assert (report.untagged, report.deleted) == (("localhost/a:1",), ())
    assert references(session, image_id) == [f"quay.io/b@{DIGEST}", f"quay.io/b@{INDEX}"]
    assert remove_image(session, f"quay.io/b@{DIGEST}").deleted == (image_id,)


def test_untag_takes_a_reference_by_digest_away_and_keeps_the_tag(session):
    image_id = load(session)
    add_digest(session, image_id, "localhost/a", DIGEST)
    untag_image(session, "a:1", [f"localhost/a:1@{DIGEST}"])
    assert (references(session, "a:1"), get_image(session, "a:1").names) == ([], ("localhost/a:1",))
    with pytest.raises(NotFound):
        untag_image(session, "a:1", [f"localhost/a:1@{DIGEST}"])


def test_an_image_that_a_container_uses_is_refused_by_name_and_by_id(session):
    image_id = load(session)
    insert_container(session, "c" * 64, image_id=image_id, name="web")
    for text in ("a:1", image_id):
        with pytest.raises(ImageInUse, match="in use by container web") as caught:
            remove_image(session, text, force=True)
        assert caught.value.containers == ("c" * 64,)
    assert find_image(session, "a:1") is not None


def test_a_second_name_can_go_although_a_container_uses_the_image(session):
    image_id = load(session)
    insert_container(session, "c" * 64, image_id=image_id)
    tag_image(session, "a:1", ["b"])
    assert remove_image(session, "b").deleted == ()


def test_an_image_that_others_were_made_from_only_loses_its_name(session, tmp_path):
    parent = load(session)
    child = child_of(session, "a:1", tmp_path, "localhost/child:1")
    with pytest.raises(InUse, match="other images were made from it"):
        remove_image(session, parent[:12])
    assert remove_image(session, "a:1").deleted == ()
    assert get_image(session, parent).intermediate
    assert remove_image(session, "child:1").deleted == (child, parent)
    assert kept(session) == (0, 0)


def test_no_prune_leaves_the_nameless_parent(session, tmp_path):
    parent = load(session)
    child_of(session, "a:1", tmp_path, "localhost/child:1")
    remove_image(session, "a:1")
    remove_image(session, "child:1", prune=False)
    assert [image.id for image in list_images(session)] == [parent]


def test_shared_layers_stay_as_long_as_one_image_has_them(session, tmp_path):
    load(session)
    child_of(session, "a:1", tmp_path, "localhost/child:1")
    remove_image(session, "child:1")
    assert kept(session) == (1, 1)


def test_a_leased_image_is_not_removed(session):
    image_id = load(session)
    with lease(session.db) as held:
        held.add("image", image_id)
        with pytest.raises(InUse, match="another command"):
            remove_image(session, "a:1")
        assert prune_images(session, all=True)[0] == []
    assert prune_images(session, all=True)[0] == [image_id]


def test_a_mounted_image_is_refused_and_unmounted_with_force(session):
    load(session)
    path = mount_image(session, "a:1")
    mount_image(session, "a:1")
    with pytest.raises(InUse, match="mounted"):
        remove_image(session, "a:1")
    unmount_image(session, "a:1")
    assert os.path.ismount(path)
    remove_image(session, "a:1", force=True)
    assert not os.path.ismount(path)
    assert kept(session) == (0, 0)


def test_a_missing_image_cannot_be_removed(session):
    with pytest.raises(NotFound):
        remove_image(session, "nosuch")


def test_prune_takes_dangling_images_only(session):
    old = load(session, b"old")
    load(session, b"new")
    removed, freed = prune_images(session)
    assert removed == [old]
    assert freed > 0
    assert [image.names for image in list_images(session)] == [("localhost/a:1",)]


def test_prune_all_takes_whole_lines_but_not_what_containers_use(session, tmp_path):
    parent = load(session, tag="localhost/a:1")
    child = child_of(session, "a:1", tmp_path, "localhost/child:1")
    used = load(session, b"used", "localhost/used:1")
    insert_container(session, "c" * 64, image_id=used)
    assert sorted(prune_images(session, all=True)[0]) == sorted([parent, child])
    assert [image.id for image in list_images(session, all=True)] == [used]


def test_prune_by_filter_takes_what_passes(session):
    first = load(session, b"1", "localhost/a:1")
    assert prune_images(session, [("dangling", "false"), ("until", "2000-01-01T00:00:00Z")])[0] == []
    assert prune_images(session, [("dangling", "false"), ("until", "0s")])[0] == [first]
    with pytest.raises(InvalidInput):
        prune_images(session, [("colour", "red")])


def test_garbage_collection_leaves_what_images_need(session):
    load(session)
    assert collect_garbage(session) == 0
    assert kept(session) == (1, 1)


def test_removals_are_events(session):
    load(session)
    remove_image(session, "a:1")
    rows = session.db.rows("SELECT action, actor_name FROM events WHERE action != 'loadfromarchive' ORDER BY id")
    assert [tuple(row) for row in rows] == [("untag", "localhost/a:1"), ("remove", "localhost/a:1")]


def test_by_force_containers_are_kept_and_the_image_loses_its_names(session) -> None:
    image_id = load(session)
    tag_image(session, "a:1", ["b:1"])
    insert_container(session, "c" * 64, image_id=image_id, name="c")
    with pytest.raises(ImageInUse):
        remove_image(session, image_id, force=True)
    report = remove_image_keeping_users(session, "a:1")
    assert (report.untagged, report.deleted) == (("localhost/a:1",), ())
    report = remove_image_keeping_users(session, image_id)
    assert (report.untagged, report.deleted) == (("localhost/b:1",), ())
    with pytest.raises(ImageInUse):
        remove_image_keeping_users(session, image_id)  # nothing is left to take
    session.db.change("DELETE FROM containers")
    assert remove_image_keeping_users(session, image_id).deleted == (image_id,)


def test_by_id_not_even_force_takes_the_names_from_a_running_container(session) -> None:
    image_id = load(session)
    pid = os.getpid()
    insert_container(
        session, "c" * 64, image_id=image_id, name="c", boot_id=boot_id(), pid=pid, pid_start=start_time(pid)
    )
    with pytest.raises(ImageInUse, match="running container c uses it"):
        remove_image_keeping_users(session, image_id[:12])
    assert remove_image_keeping_users(session, "a:1").untagged == ("localhost/a:1",)
