"""A push has a registry mount the layers that it is known to have in another repository, and no registry is told of another's."""

from __future__ import annotations

import pytest

from pycman.digest import Descriptor
from pycman.errors import NotFound
from pycman.images.manifest import OCI_LAYER, OCI_MANIFEST
from pycman.images.transfer import blob_places
from pycman.images.transfer.push import push_content
from pycman.images.transfer.push_manifest import PushContent
from pycman.registry.client import Client, ClientOptions
from pycman.registry.endpoints import Endpoint
from pycman.storage.blobs import put_bytes
from tests.support.image_files import sha256
from tests.support.registry_clients import FAR_AWAY
from tests.support.scripted_registry import ScriptedRegistry, answer, honest
from tests.support.sessions import open_session

LAYER = b"a layer"
CONTENT = PushContent(
    raw=b'{"schemaVersion": 2}',
    media_type=OCI_MANIFEST,
    config=b"{}",
    layers=(Descriptor(media_type=OCI_LAYER, digest=sha256(LAYER), size_bytes=len(LAYER)),),
)
LACKS = answer(404, b'{"errors": [{"code": "MANIFEST_BLOB_UNKNOWN", "message": "blob unknown to registry"}]}')


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        put_bytes(opened, LAYER, OCI_LAYER)
        yield opened


@pytest.fixture
def registry():
    with ScriptedRegistry() as running:
        yield running


def push(session, registry, repository) -> None:
    endpoint = Endpoint(host=registry.host, path=repository)
    client = Client(endpoint, None, ClientOptions(**FAR_AWAY), repository, actions="pull,push")
    registry.on_exit(client.close)
    push_content(session, client, "1", CONTENT, None)


def mounts(registry) -> list[str]:
    return [path.partition("from=")[2] for path in registry.paths("POST") if "mount=" in path]


def test_a_layer_that_was_pushed_is_mounted_into_the_next_repository(session, registry) -> None:
    push(session, registry, "team/first")
    sent = len(registry.paths("PATCH"))
    push(session, registry, "team/second")
    assert mounts(registry) == ["team%2Ffirst"]
    assert len(registry.paths("PATCH")) == sent
    assert "team/second:1" in registry.manifests


def test_a_layer_that_is_there_is_neither_sent_nor_mounted(session, registry) -> None:
    push(session, registry, "team/first")
    push(session, registry, "team/second")
    before = len(registry.paths("POST"))
    push(session, registry, "team/second")
    assert len(registry.paths("POST")) == before


def test_a_layer_is_sent_where_the_mount_is_declined_and_the_place_is_forgotten(session, registry) -> None:
    push(session, registry, "team/first")
    registry.blobs.clear()
    push(session, registry, "team/second")
    assert registry.blobs[sha256(LAYER)] == LAYER
    registry.blobs.clear()
    push(session, registry, "team/third")
    assert mounts(registry) == ["team%2Ffirst", "team%2Fsecond"]


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_a_registry_that_cannot_mount_is_asked_once(session, registry, status) -> None:
    push(session, registry, "team/first")
    registry.always("POST", "mount=", answer(status))
    registry.always("HEAD", "/blobs/", answer(404))
    push(session, registry, "team/second")
    assert mounts(registry) == ["team%2Ffirst"]
    assert "team/second:1" in registry.manifests


def test_a_registry_that_only_says_it_has_mounted_is_sent_the_layer(session, registry) -> None:
    push(session, registry, "team/first")
    registry.blobs.clear()
    registry.always("POST", "mount=", answer(201))
    registry.next("PUT", "/manifests/", LACKS, honest)
    push(session, registry, "team/second")
    assert registry.blobs[sha256(LAYER)] == LAYER
    assert "team/second:1" in registry.manifests
    push(session, registry, "team/third")
    assert mounts(registry) == ["team%2Ffirst", "team%2Fsecond"]


def test_a_manifest_whose_layers_were_all_sent_is_not_tried_again(session, registry) -> None:
    registry.always("PUT", "/manifests/", LACKS)
    with pytest.raises(NotFound, match="lacks a blob: blob unknown to registry"):
        push(session, registry, "team/first")
    assert len(registry.paths("PUT")) == 3  # of layer, config and manifest


def test_no_registry_is_told_the_repositories_of_another(session, registry) -> None:
    push(session, registry, "secret/project")
    with ScriptedRegistry() as other:
        push(session, other, "team/first")
        assert not any("secret" in path for method in ("GET", "HEAD", "POST", "PUT") for path in other.paths(method))
        assert other.blobs[sha256(LAYER)] == LAYER


def test_the_oldest_places_go(session, registry, monkeypatch) -> None:
    monkeypatch.setattr(blob_places, "_MOST_PLACES", 2)
    for repository in ("team/first", "team/second", "team/third"):
        push(session, registry, repository)
    rows = session.db.rows("SELECT repository FROM blob_places ORDER BY seen_at_ns")
    assert [row["repository"] for row in rows] == ["team/second", "team/third"]
