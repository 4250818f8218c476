"""Uploads to a registry that closes connections, forgets uploads, limits sizes, and reports wrong numbers."""

from __future__ import annotations

import io
import threading

import pytest

from pycman.errors import Cancelled, Corrupt, Denied, PycmanError, TimedOut, Unavailable, Unsupported
from tests.support.image_files import sha256
from tests.support.registry_clients import MANIFESTS, REPOSITORY, client_of, fails
from tests.support.scripted_registry import (
    ScriptedRegistry,
    Tokens,
    answer,
    hang,
    hang_up,
    honest,
    small_layer,
    take_half,
)
from tests.support.waiting import wait_until

DATA = small_layer("big", 700_000)
DIGEST = sha256(DATA)


@pytest.fixture
def registry():
    with ScriptedRegistry() as running:
        yield running


def pushing(registry, **options):
    return client_of(registry, actions="pull,push", **options)


def upload(client, data=DATA, progress=None):
    client.upload_blob(sha256(data), len(data), lambda: io.BytesIO(data), progress)


@pytest.mark.parametrize("size", [0, 1, 2, 100_000])
def test_blobs_of_every_size_arrive(registry, size) -> None:
    data = b"x" * size
    upload(pushing(registry), data)
    assert registry.blobs == {sha256(data): data}
    assert registry.uploads == {}


def test_progress_counts_up_to_the_size(registry) -> None:
    told = []
    upload(pushing(registry), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == len(DATA)


def test_an_interrupted_upload_is_resumed(registry) -> None:
    registry.next("PATCH", "/uploads/", take_half)
    upload(pushing(registry))
    assert registry.blobs[DIGEST] == DATA
    first, second = registry.of("PATCH")
    assert int(first.headers["Content-Length"]) == len(DATA)
    assert second.headers["Content-Range"] == f"{len(DATA) // 2}-{len(DATA) - 1}"
    assert len(registry.of("POST")) == 1


def test_an_upload_that_the_registry_forgot_is_started_again(registry) -> None:
    def forget(handler) -> None:
        registry.uploads.clear()
        handler.hang_up()

    registry.next("PATCH", "/uploads/", forget)
    upload(pushing(registry))
    assert registry.blobs[DIGEST] == DATA
    assert len(registry.of("POST")) == 2


def test_an_upload_lost_before_its_end_is_started_again(registry) -> None:
    registry.next("PUT", "/uploads/", answer(404))
    upload(pushing(registry))
    assert registry.blobs[DIGEST] == DATA


def test_a_blob_whose_last_response_was_lost_is_not_sent_twice(registry) -> None:
    def finish_and_hang_up(handler) -> None:
        registry.blobs[DIGEST] = registry.uploads.pop(handler.path.partition("?")[0].rpartition("/")[2])
        handler.hang_up()

    registry.next("PUT", "/uploads/", finish_and_hang_up)
    upload(pushing(registry))
    assert len(registry.of("PATCH")) == 1


def test_an_upload_survives_temporary_failures(registry) -> None:
    registry.next("POST", "/uploads/", answer(503), answer(429))
    registry.next("PATCH", "/uploads/", answer(502))
    registry.next("PUT", "/uploads/", answer(500))
    upload(pushing(registry))
    assert registry.blobs[DIGEST] == DATA


def test_a_registry_that_never_stores_all_bytes_is_an_error(registry) -> None:
    registry.always("PATCH", "/uploads/", take_half)
    registry.ranges = False
    line = fails_upload(Unavailable, pushing(registry, retries=2))
    assert "broke" in line or "took" in line


def fails_upload(kind, client, data=DATA):
    with pytest.raises(PycmanError) as caught:
        upload(client, data)
    assert type(caught.value) is kind, repr(caught.value)
    return str(caught.value)


def test_a_registry_that_reports_more_bytes_than_were_sent_is_an_error(registry) -> None:
    registry.always("PATCH", "/uploads/", answer(202, Range="0-99999999"))
    assert "more bytes than were sent" in fails_upload(Corrupt, pushing(registry, retries=1))


def test_a_registry_that_stored_only_a_part_is_sent_the_rest(registry) -> None:
    def part(handler) -> None:
        name = handler.path.partition("?")[0].rpartition("/")[2]
        registry.uploads[name] += handler.body()[:1000]
        handler.reply(202, headers={"Location": handler.path, "Range": "0-999"})

    registry.next("PATCH", "/uploads/", part)
    upload(pushing(registry))
    assert registry.blobs[DIGEST] == DATA


def test_the_error_of_a_refused_digest_has_the_registrys_message(registry) -> None:
    registry.always("PUT", "/uploads/", answer(400, {"errors": [{"message": "provided digest did not match"}]}))
    assert "answered 400 to PUT: provided digest did not match" in fails_upload(Unavailable, pushing(registry))
    assert len(registry.of("PATCH")) == 1


def test_a_layer_too_large_for_the_registry_is_an_error(registry) -> None:
    registry.always("PATCH", "/uploads/", answer(413))
    assert "(413 to PATCH)" in fails_upload(Unsupported, pushing(registry))


def test_the_response_of_a_registry_that_refuses_and_closes_is_read(registry) -> None:
    def refuse(handler) -> None:
        handler.reply(403, b'{"errors": [{"message": "quota exceeded"}]}', {"Connection": "close"})
        handler.rfile.read(len(DATA))
        handler.hang_up()

    registry.always("PATCH", "/uploads/", refuse)
    assert "quota exceeded" in fails_upload(Denied, pushing(registry))


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
def test_a_redirect_is_not_success(registry, method) -> None:
    registry.always(method, "/uploads/", answer(302, Location="/login.html"))
    assert f"answered 302 to {method}" in fails_upload(Unavailable, pushing(registry))


def test_an_upload_without_a_location_is_an_error(registry) -> None:
    registry.always("POST", "/uploads/", answer(202))
    assert "sent no Location for the upload" in fails_upload(Unavailable, pushing(registry))


@pytest.mark.parametrize("place", ["http://[x/y", "ftp://a/b"])
def test_an_upload_to_an_invalid_location_is_an_error(registry, place) -> None:
    registry.always("POST", "/uploads/", answer(202, Location=place))
    assert "redirects to something other than an HTTP URL" in fails_upload(Unavailable, pushing(registry))


def test_an_upload_to_another_host_is_made_without_the_login(registry) -> None:
    registry.tokens = Tokens(registry)
    with ScriptedRegistry() as store:
        store.uploads["there"] = b""
        where = f"{store.url}/v2/{REPOSITORY}/blobs/uploads/there?sig=1"
        client = pushing(registry)
        assert not client.has_blob(DIGEST)
        registry.next("POST", "/uploads/", answer(202, Location=where))
        upload(client)
        assert store.blobs[DIGEST] == DATA
        assert [each.headers.get("Authorization") for each in store.asked] == [None, None]


def test_a_token_that_expires_during_an_upload_is_replaced(registry) -> None:
    registry.tokens = Tokens(registry, uses=1)
    upload(pushing(registry))
    assert registry.blobs[DIGEST] == DATA


def test_a_registry_that_stops_reading_has_a_time_limit(registry) -> None:
    registry.always("PATCH", "/uploads/", hang)
    data = b"x" * (16 << 20)
    assert "does not answer" in fails_upload(TimedOut, pushing(registry, timeout_s=0.2, retries=0), data)


def test_a_temporary_redirect_of_an_upload_sends_the_bytes_again(registry) -> None:
    def aside(handler) -> None:
        handler.body()
        handler.reply(307, headers={"Location": handler.path})

    registry.next("PATCH", "/uploads/", aside, honest)
    upload(pushing(registry))
    assert registry.blobs[DIGEST] == DATA


def test_a_blob_is_mounted_from_another_repository_of_the_registry(registry) -> None:
    registry.blobs[DIGEST] = DATA
    client = pushing(registry)
    assert client.mount_blob(DIGEST, "other/app")
    assert registry.paths("POST") == [f"/v2/{REPOSITORY}/blobs/uploads/?mount={DIGEST}&from=other%2Fapp"]


def test_a_mount_requests_a_token_for_the_other_repository(registry) -> None:
    registry.tokens = Tokens(registry)
    registry.blobs[DIGEST] = DATA
    assert pushing(registry).mount_blob(DIGEST, "other/app")
    assert registry.tokens.asked[0][1]["scope"] == [f"repository:{REPOSITORY}:pull,push", "repository:other/app:pull"]


def test_a_mount_that_is_declined_leaves_no_upload_behind(registry) -> None:
    assert not pushing(registry).mount_blob(DIGEST, "other/app")
    assert registry.uploads == {}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405])
def test_a_refused_mount_is_not_an_error(registry, status) -> None:
    registry.always("POST", "mount=", answer(status))
    assert not pushing(registry).mount_blob(DIGEST, "other/app")


def test_a_manifest_stored_under_another_digest_is_an_error(registry) -> None:
    registry.always("PUT", "/manifests/", answer(201, Docker_Content_Digest="sha256:" + "1" * 64))
    assert "stored the manifest as" in fails(Corrupt, pushing(registry).put_manifest, "1", b"{}", MANIFESTS[0])


def test_a_manifest_upload_is_retried(registry) -> None:
    registry.next("PUT", "/manifests/", hang_up, answer(502))
    assert pushing(registry).put_manifest("1", b"{}", MANIFESTS[0]) == sha256(b"{}")
    assert registry.manifests[f"{REPOSITORY}:1"] == (b"{}", MANIFESTS[0])


def test_halt_ends_an_upload_between_tries(registry) -> None:
    registry.always("PATCH", "/uploads/", answer(503))
    client = pushing(registry, retry_delay_s=30.0)
    errors = []

    def work() -> None:
        try:
            upload(client)
        except Cancelled as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    wait_until(lambda: registry.of("PATCH"))
    client.halt()
    thread.join(120)
    assert len(errors) == 1
