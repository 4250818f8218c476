"""Names and images as rows: added, found, listed, filtered, tagged."""

from __future__ import annotations

import json

import pytest

from pycman.digest import digest_bytes
from pycman.errors import Corrupt, InvalidInput, NotFound
from pycman.images import remove
from pycman.images.catalogue import (
    add_image,
    find_image,
    get_image,
    layers_of,
    list_images,
    read_documents,
    tag_image,
    untag_image,
)
from pycman.images.former_names import former_names
from pycman.images.image import ImageLayer
from pycman.images.inspect import inspect_image
from tests.support.sessions import insert_container, open_session


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        yield opened


def add(session, *names, day=1, labels=None, manifest=b"", chains=("sha256:" + "1" * 64,), **more):
    """Add an image and return its id; another `day` gives another image."""
    config = {"created": f"2024-01-{day:02}T00:00:00Z", "os": "linux", "architecture": "amd64", "config": {}}
    if labels:
        config["config"]["Labels"] = labels
    layers = [ImageLayer(chain_id=c, diff_id=c, blob_digest=c, blob_media_type="x", blob_size_bytes=10) for c in chains]
    return add_image(
        session,
        manifest=manifest or b'{"day":%d}' % day,
        media_type="application/vnd.oci.image.manifest.v1+json",
        config=json.dumps(config).encode(),
        layers=layers,
        names=names,
        **more,
    )


def test_an_image_is_found_by_every_form_of_its_name_and_id(session):
    image_id = add(session, "docker.io/library/alpine:3", digests=[("docker.io/library/alpine", "sha256:" + "d" * 64)])
    digest = "sha256:" + "d" * 64
    for text in ("alpine:3", "docker.io/alpine:3", "library/alpine:3", "docker.io/library/alpine:3", image_id,
                 f"sha256:{image_id}", image_id[:3], f"sha256:{image_id[:5]}", f"alpine@{digest}",
                 f"alpine:other@{digest}"):  # fmt: skip
        found = find_image(session, text)
        assert found is not None, text
        assert found.id == image_id


@pytest.mark.parametrize("text", ["alpine", "alpine:4", "busybox", "quay.io/alpine:3", "0" * 64, "sha256:00", "UPPER"])
def test_a_missing_image_is_not_found(session, text):
    add(session, "docker.io/library/alpine:3")
    assert find_image(session, text) is None


def test_get_distinguishes_a_malformed_reference_from_a_missing_image(session):
    with pytest.raises(NotFound, match="no such image: nosuch"):
        get_image(session, "nosuch")
    with pytest.raises(InvalidInput, match="lower case"):
        get_image(session, "Upper")


def test_localhost_comes_before_docker_io(session):
    add(session, "docker.io/library/web:latest", day=1)
    own = add(session, "localhost/web:latest", day=2)
    assert get_image(session, "web").id == own


def test_a_name_is_preferred_to_the_prefix_of_an_id(session):
    other = add(session, day=1)
    named = add(session, f"localhost/{other[:4]}:latest", day=2)
    assert get_image(session, other[:4]).id == named


def test_an_ambiguous_short_id_is_refused(session):
    ids = [add(session, day=day) for day in range(1, 29)]
    first = {each[0] for each in ids}
    twice = next(letter for letter in first if sum(each[0] == letter for each in ids) > 1)
    with pytest.raises(InvalidInput, match="more than one image"):
        get_image(session, twice)


def test_a_name_moves_and_leaves_the_old_image_dangling(session):
    old = add(session, "localhost/a:latest", day=1)
    new = add(session, "localhost/a:latest", day=2)
    assert get_image(session, "a").id == new
    assert get_image(session, old).dangling


def test_documents_are_stored_byte_for_byte(session):
    manifest = '{ "annotations": {"x": "ä\\u00e4"} }'.encode()
    image_id = add(session, manifest=manifest)
    kept, config = read_documents(session, image_id)
    assert kept == manifest
    assert digest_bytes(config) == f"sha256:{image_id}"
    assert get_image(session, image_id).manifest_digest == digest_bytes(manifest)


def test_a_received_manifest_replaces_one_of_our_own_making_but_not_the_other_way_round(session):
    image_id = add(session, manifest=b'{"own":1}', keep_manifest=True)
    add(session, manifest=b'{"received":1}')
    add(session, manifest=b'{"own":2}', keep_manifest=True)
    assert read_documents(session, image_id)[0] == b'{"received":1}'


@pytest.mark.parametrize("config", [b"\xff{}", b"[]", b"{", b""])
def test_an_invalid_config_is_refused(session, config):
    with pytest.raises(Corrupt):
        add_image(session, manifest=b"{}", media_type="x", config=config, layers=())
    assert list_images(session, all=True) == []


def test_layers_are_kept_in_order(session):
    chains = [f"sha256:{n:064}" for n in range(3)]
    image_id = add(session, chains=chains)
    assert [layer.chain_id for layer in layers_of(session, image_id)] == chains


def test_listings_are_newest_first_and_hide_intermediate_images(session):
    parent = add(session, day=1)
    child = add(session, "localhost/child:latest", day=2, parent_id=parent)
    dangling = add(session, day=3)
    assert [image.id for image in list_images(session)] == [dangling, child]
    assert [image.id for image in list_images(session, all=True)] == [dangling, child, parent]
    assert [image.id for image in list_images(session, [("dangling", "true")])] == [dangling]
    assert [image.id for image in list_images(session, [("intermediate", "true")])] == [parent]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("alpine", ["docker.io/library/alpine:3", "docker.io/library/alpine:latest"]),
        ("alpine:3", ["docker.io/library/alpine:3"]),
        ("docker.io/library/alpine", ["docker.io/library/alpine:3", "docker.io/library/alpine:latest"]),
        ("al*", ["docker.io/library/alpine:3", "docker.io/library/alpine:latest"]),
        ("*:latest", ["docker.io/library/alpine:latest", "localhost/web:latest"]),
        ("me/*", ["quay.io/me/web:1"]),
        ("web", ["localhost/web:latest"]),
        ("quay.io/*/web", ["quay.io/me/web:1"]),
        ("[aw]*:[0-9]", ["docker.io/library/alpine:3"]),
        ("nosuch", []),
    ],
)
def test_references_match_as_dockers_do_and_limit_the_names(session, pattern, expected):
    add(session, "docker.io/library/alpine:3", "docker.io/library/alpine:latest", "localhost/web:latest", day=1)
    add(session, "quay.io/me/web:1", day=2)
    for images in (list_images(session, [("reference", pattern)]), list_images(session, name=pattern)):
        assert sorted(name for image in images for name in image.names) == expected


def test_a_listing_by_id_shows_that_image(session):
    image_id = add(session, "localhost/a:1", day=1)
    add(session, "localhost/b:1", day=2)
    assert [image.id for image in list_images(session, name=image_id[:12])] == [image_id]


def test_all_filters_must_match(session):
    one = add(session, "localhost/a:1", day=1, labels={"k": "v", "only": ""})
    two = add(session, "localhost/b:1", day=2, labels={"k": "w"})
    three = add(session, "localhost/c:1", day=3)
    insert_container(session, "c" * 64, image_id=two)

    def ids(*filters):
        return {image.id for image in list_images(session, filters)}

    assert ids(("label", "k")) == {one, two}
    assert ids(("label", "k=v")) == {one}
    assert ids(("label", "k"), ("label", "only")) == {one}
    assert ids(("label!", "k")) == {three}
    assert ids(("before", "b:1")) == {one}
    assert ids(("since", "b:1")) == ids(("after", two[:12])) == {three}
    assert ids(("until", "2024-01-02T12:00:00Z")) == {one, two}
    assert ids(("containers", "true")) == {two}
    assert ids(("id", one[:6])) == {one}
    assert ids(("id", one), ("id", two)) == {one, two}
    assert ids(("readonly", "false")) == {one, two, three}
    assert ids(("manifest", "true")) == set()
    assert ids(("digest", get_image(session, one).manifest_digest[:20])) == {one}


@pytest.mark.parametrize(
    ("key", "value", "kind"),
    [("colour", "red", InvalidInput), ("dangling", "maybe", InvalidInput), ("before", "nosuch", NotFound),
     ("until", "soon", InvalidInput)],
)  # fmt: skip
def test_an_invalid_filter_is_refused(session, key, value, kind):
    with pytest.raises(kind):
        list_images(session, [(key, value)])


def test_new_names_are_stored_as_full_references(session):
    image_id = add(session)
    tag_image(session, image_id[:12], ["mine", "me/web:1", "quay.io/x/y"])
    assert set(get_image(session, image_id).names) == {
        "localhost/mine:latest",
        "localhost/me/web:1",
        "quay.io/x/y:latest",
    }


@pytest.mark.parametrize("name", ["a@sha256:" + "0" * 64, "0" * 64, "A", "a:b:c", ""])
def test_an_invalid_new_name_is_refused_and_nothing_changes(session, name):
    image_id = add(session, "localhost/a:1")
    with pytest.raises(InvalidInput):
        tag_image(session, "a:1", ["good", name])
    assert get_image(session, image_id).names == ("localhost/a:1",)


def test_untag_removes_the_given_names_or_all(session):
    image_id = add(session, "localhost/a:1", "localhost/a:2", "localhost/a:3")
    untag_image(session, "a:1", ["a:2"])
    assert get_image(session, image_id).names == ("localhost/a:1", "localhost/a:3")
    untag_image(session, "a:1")
    assert get_image(session, image_id).dangling


def test_untag_refuses_the_name_of_another_image(session):
    add(session, "localhost/a:1", day=1)
    add(session, "localhost/b:1", day=2)
    with pytest.raises(NotFound, match="does not have the name"):
        untag_image(session, "a:1", ["b:1"])


def test_changes_of_names_are_events(session):
    add(session, "localhost/a:1")
    tag_image(session, "a:1", ["b"])
    untag_image(session, "b", ["b"])
    rows = session.db.rows("SELECT action, actor_name FROM events ORDER BY id")
    assert [tuple(row) for row in rows] == [("tag", "localhost/b:latest"), ("untag", "localhost/b:latest")]


def test_a_plain_listing_imports_neither_json_nor_re(tmp_path):
    import subprocess
    import sys

    code = (
        "import sys\n"
        "from tests.support.sessions import open_session\n"
        "before = set(sys.modules)\n"
        "from pycman.images.catalogue import list_images\n"
        f"with open_session({str(tmp_path)!r}) as session: list_images(session)\n"
        "new = set(sys.modules) - before\n"
        "dear = {'json', 're', 'typing', 'dataclasses', 'subprocess', 'urllib3', 'tarfile', 'threading'}\n"
        "print(sorted(new & dear))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_image_tells_the_names_that_it_had(session):
    first, second = add(session, "docker.io/library/a:1"), add(session, "docker.io/library/b:1", day=2)
    tag_image(session, first, ["a:2", "a:3"])
    untag_image(session, first, ["a:3"])
    tag_image(session, second, ["a:2"])  # moved: no untag is told of it
    assert former_names(session, first) == ["localhost/a:3", "localhost/a:2"]
    assert former_names(session, second) == []
    tag_image(session, first, ["a:3"])
    assert former_names(session, first) == ["localhost/a:2"]
    tag_image(session, first, [f"many:{number}" for number in range(120)])
    untag_image(session, first)
    assert len(former_names(session, first)) == 100
    assert inspect_image(session, first)["NamesHistory"] == former_names(session, first)


def test_a_prune_takes_a_whole_chain_and_keeps_what_an_image_of_another_command_was_made_of(session, monkeypatch):
    kept = add(session, day=1)
    first = add(session, day=2)
    second = add(session, day=3, parent_id=first)
    prune_one = remove._prune_one  # noqa: SLF001 - the moment between two removals

    tried: list[str] = []

    def meanwhile(session, image_id, *rest, **named):
        tried.append(image_id)
        if len(tried) == 2:
            with open_session(session.paths.root.removesuffix("/root")) as other:
                add(other, "child:1", day=4, parent_id=kept)
        return prune_one(session, image_id, *rest, **named)

    monkeypatch.setattr(remove, "_prune_one", meanwhile)
    assert remove.prune_images(session)[0] == [second, first]
    assert tried[:2] == [second, kept], "the child comes between them"
    assert [image.id for image in list_images(session, all=True) if not image.names] == [kept]


def test_an_image_is_not_made_of_itself(session):
    """A build of nothing but FROM, of an image that a build made, gives that image again: it stays listed, and is removed by its id."""
    image_id = add(session, "localhost/web:1", day=1)
    assert add(session, "localhost/again:1", day=1, parent_id=image_id) == image_id
    assert get_image(session, image_id).parent_id == ""
    session.db.change("UPDATE images SET parent_id = id")  # rows of older versions
    untag_image(session, image_id)
    assert [image.id for image in list_images(session)] == [image_id]
    assert not get_image(session, image_id).intermediate
    assert remove.prune_images(session)[0] == [image_id]
    again = add(session, "localhost/web:1", day=2)
    session.db.change("UPDATE images SET parent_id = id")
    assert remove.remove_image(session, again)


def test_no_two_images_are_made_of_each_other(session):
    first = add(session, "a:1", day=1)
    second = add(session, "a:2", day=2, parent_id=first)
    assert add(session, "a:3", day=1, parent_id=second) == first
    assert get_image(session, first).parent_id == ""
    assert get_image(session, second).parent_id == first
