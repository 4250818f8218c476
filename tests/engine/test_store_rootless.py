"""The store as root of a user namespace: the same layers, owned by the user's own ids."""

from __future__ import annotations

import os

import pytest

from pycman.errors import InvalidInput
from pycman.linux.user.identity import ROOTLESS_GID_VARIABLE, ROOTLESS_UID_VARIABLE
from pycman.spec.id_map import IdMap, IdRange
from pycman.state.session import Options, Session, User
from pycman.storage.check import CheckOptions, check_store
from pycman.storage.driver import choose_driver
from pycman.storage.gc import collect_garbage
from pycman.storage.layers import ensure_image_layers, ensure_layer, layer_paths
from tests.support.layers import insert_image, put_layer
from tests.support.user_namespace import FIRST_ID, in_user_namespace


def rootless(function, **options):
    """Call `function(session)` as a rootless command that has joined its namespaces."""

    def body(directory):
        os.environ[ROOTLESS_UID_VARIABLE] = os.environ[ROOTLESS_GID_VARIABLE] = str(FIRST_ID)
        user = User(uid=FIRST_ID, gid=FIRST_ID, home=directory, rootless=True, joined=True)
        with Session(Options(root=f"{directory}/root", run_root=f"{directory}/run"), user) as session:
            session.paths.prepare()
            function(session)

    in_user_namespace(body, **options)


ENTRIES = (
    {"name": "su", "mode": 0o4755, "uid": 33, "gid": 44, "data": b"x"},
    {"name": "null", "type": b"3", "major": 1, "minor": 3},
    (".wh.gone", b""),
    ("opaque/.wh..wh..opq", b""),
)


def test_layers_are_unpacked_mounted_checked_and_removed():
    def body(session):
        bottom = ensure_layer(
            session, parent_chain_id="", **put_layer(session, ("gone", b""), ("opaque/old", b""), ("a", b"x"))
        )
        upper = ensure_layer(session, parent_chain_id=bottom.chain_id, **put_layer(session, *ENTRIES))
        insert_image(session, "i" * 64, [bottom, upper])
        driver = choose_driver(session)
        assert driver.name == "overlay"
        merged = f"{session.paths.tmp}/merged"
        os.mkdir(merged)
        driver.mount(layer_paths(session, ensure_image_layers(session, "i" * 64)), "", "", merged)
        assert sorted(os.listdir(merged)) == ["a", "opaque", "su"]
        assert os.listdir(f"{merged}/opaque") == []
        found = os.lstat(f"{merged}/su")
        assert (found.st_mode & 0o7777, found.st_uid, found.st_gid) == (0o4755, 33, 44)
        driver.unmount(merged)
        os.rmdir(merged)
        assert check_store(session, CheckOptions()).problems == ()
        session.db.change("DELETE FROM images")
        assert collect_garbage(session) > 0
        assert os.listdir(session.paths.layers) == []

    rootless(body)


def test_keep_id_layers_are_unpacked_for_their_map():
    def body(session):
        ranges = (
            IdRange(container_id=0, host_id=1, size=1000),
            IdRange(container_id=1000, host_id=0, size=1),
            IdRange(container_id=1001, host_id=1001, size=60_000),
        )
        layer = ensure_layer(session, parent_chain_id="", **put_layer(session, *ENTRIES, {"name": "me", "uid": 1000}))
        insert_image(session, "i" * 64, [layer])
        [path] = layer_paths(session, ensure_image_layers(session, "i" * 64, IdMap(uids=ranges, gids=ranges)))
        assert [os.lstat(f"{path}/{name}").st_uid for name in ("su", "me", "opaque", ".")] == [34, 0, 1, 1]
        assert check_store(session, CheckOptions()).problems == ()

    rootless(body)


def test_an_owner_beyond_the_range_is_named_with_the_mend():
    def body(session):
        with pytest.raises(InvalidInput) as caught:
            ensure_layer(session, parent_chain_id="", **put_layer(session, {"name": "far", "uid": 200_000}))
        assert str(caught.value) == (
            "far: its owner 200000:0 is not among this user's ids"
            " (give the user at least 200001 ids in /etc/subuid and /etc/subgid)"
        )
        assert os.listdir(session.paths.layers) == []

    rootless(body)


def test_with_a_single_id_every_image_can_be_unpacked():
    def body(session):
        layer = ensure_layer(
            session, parent_chain_id="", **put_layer(session, *ENTRIES, {"name": "far", "uid": 70_000})
        )
        path = session.paths.layer(layer.name)
        assert {os.lstat(f"{path}/{name}").st_uid for name in ("su", "far", "opaque")} == {0}
        assert check_store(session, CheckOptions()).problems == (), check_store(session)

    rootless(body, ids=1)
