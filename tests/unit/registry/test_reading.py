"""Manifests and blobs from registries that close connections, hang, limit requests, send wrong bytes, and redirect."""

from __future__ import annotations

import threading
import time

import pytest

from pycman.errors import Cancelled, Corrupt, Denied, NotFound, TimedOut, Unavailable
from pycman.registry.auth import Credentials
from pycman.registry.failures import seconds_of
from tests.support.image_files import sha256
from tests.support.registry_clients import MANIFESTS, REPOSITORY, client_of, fails, read_all
from tests.support.scripted_registry import (
    ScriptedRegistry,
    Tokens,
    answer,
    endless,
    hang,
    hang_after,
    hang_up,
    hang_up_after,
    small_layer,
    whole_blob,
)
from tests.support.waiting import wait_until

ANNA = Credentials(username="anna", password="pw")


@pytest.fixture
def registry():
    with ScriptedRegistry() as running:
        running.image = running.add_image(REPOSITORY, "1", small_layer("big", 300_000))
        yield running


def manifest(client, reference="1"):
    return client.manifest(reference, MANIFESTS)[2]


def layer_of(registry):
    """Return (digest, bytes) of the layer."""
    digest = registry.image[1][0]
    return digest, registry.blobs[digest]


# -- temporary failures -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_temporary_failure_is_retried(registry, status) -> None:
    registry.next("GET", "/manifests/", answer(status), answer(status))
    lines = []
    assert manifest(client_of(registry, notify=lines.append)) == registry.image[0]
    assert len(lines) == 2
    assert all("trying again in" in line for line in lines)


def test_a_connection_that_breaks_before_the_response_is_retried(registry) -> None:
    client = client_of(registry)
    client.ping()
    registry.next("GET", "/manifests/", hang_up, hang_up)
    assert manifest(client) == registry.image[0]


def test_a_lasting_failure_is_an_error_after_the_given_number_of_retries(registry) -> None:
    registry.always("GET", "/manifests/", answer(503, {"errors": [{"message": "we are\nrebuilding"}]}))
    line = fails(Unavailable, manifest, client_of(registry, retries=2))
    assert f"{registry.host} answered 503 to GET: we are rebuilding" in line
    assert len(registry.of("GET", "/manifests/")) == 3


def test_a_permanent_failure_is_not_retried(registry) -> None:
    fails(NotFound, manifest, client_of(registry), "nothing")
    registry.always("GET", "/manifests/", answer(501))
    fails(Unavailable, manifest, client_of(registry))
    assert len(registry.of("GET", "/manifests/")) == 2


def test_retry_after_is_waited_for(registry) -> None:
    registry.next("GET", "/manifests/", answer(429, Retry_After="7"))
    lines = []

    def note(line) -> None:
        lines.append(line)
        client.halt()  # so that the test does not wait

    client = client_of(registry, notify=note)
    fails(Cancelled, manifest, client)
    assert 7 <= float(lines[0].split("trying again in ")[1].split()[0]) < 9


def test_a_retry_after_of_an_hour_is_an_error(registry) -> None:
    registry.always("GET", "/manifests/", answer(429, {"errors": [{"message": "toomanyrequests"}]}, Retry_After="3600"))
    line = fails(Unavailable, manifest, client_of(registry))
    assert f"too many requests to {registry.host} (429): toomanyrequests, again in 3600 s" in line
    assert "wait, or log in" in line
    assert len(registry.of("GET", "/manifests/")) == 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5", 5),
        (" 5 ", 5),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 60),
        ("Wed, 21 Oct 2015 07:26:00 GMT", 0),
        ("Mon, 99 Foo 2015", 0),
        ("-5", 0),
        ("soon", 0),
        ("٣", 0),
        ("", 0),
        ("9" * 40, 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(text, seconds) -> None:
    assert seconds_of(text, 1445412420.0) == seconds


# -- silence ----------------------------------------------------------------------------------------------------------


def test_a_silent_registry_has_a_time_limit(registry) -> None:
    registry.always("GET", "/manifests/", hang)
    line = fails(TimedOut, manifest, client_of(registry, timeout_s=0.1, retries=1))
    assert f"{registry.host} does not answer (try again later)" in line
    assert len(registry.of("GET", "/manifests/")) == 2


def test_a_registry_that_sends_a_manifest_very_slowly_has_a_time_limit_too(registry) -> None:
    def drip(handler) -> None:
        handler.reply(200, b"", length=1000)
        for _ in range(1000):
            handler.wfile.write(b" ")
            time.sleep(0.02)

    registry.always("GET", "/manifests/", drip)
    fails(TimedOut, manifest, client_of(registry, timeout_s=0.1, retries=0))


def test_a_host_without_a_listener_is_not_retried() -> None:
    with ScriptedRegistry() as gone:
        pass
    lines = []
    line = fails(Unavailable, manifest, client_of(gone, notify=lines.append))
    assert f"{gone.host} refuses connections (check that the registry runs)" in line
    assert lines == []


def test_a_host_without_a_listener_is_retried_if_retries_were_asked_for_with_the_same_delay_each_time() -> None:
    with ScriptedRegistry() as gone:
        pass
    lines = []
    asked = client_of(gone, notify=lines.append, awaited=True, retries=4, retry_delay_s=0.16)
    assert f"{gone.host} refuses connections" in fails(Unavailable, manifest, asked)
    assert [line.rpartition("again in ")[2] for line in lines] == ["0.2 s"] * 4


def test_a_stalled_blob_is_resumed(registry) -> None:
    digest, data = layer_of(registry)
    registry.next("GET", "/blobs/", hang_after(1000))
    assert read_all(client_of(registry, timeout_s=0.2).blob(digest)) == data
    assert [each.headers.get("Range") for each in registry.of("GET", "/blobs/")] == [None, "bytes=1000-"]


@pytest.mark.parametrize("step", [hang, hang_after(1000)], ids=["before the answer", "in the middle"])
def test_halt_ends_a_thread_that_waits_for_a_blob(registry, step) -> None:
    digest, _ = layer_of(registry)
    registry.always("GET", "/blobs/", step)
    client = client_of(registry, timeout_s=20.0)
    errors = []

    def read() -> None:
        try:
            read_all(client.blob(digest))
        except Cancelled as error:
            errors.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    wait_until(lambda: registry.hanging.is_set())
    client.halt()
    thread.join(120)
    assert len(errors) == 1


# -- interrupted blobs ------------------------------------------------------------------------------------------------


def test_an_interrupted_blob_is_resumed(registry) -> None:
    digest, data = layer_of(registry)
    registry.next("GET", "/blobs/", hang_up_after(100_000), hang_up_after(50_000), hang_up_after(0))
    assert read_all(client_of(registry).blob(digest)) == data
    ranges = [each.headers.get("Range") for each in registry.of("GET", "/blobs/")]
    assert ranges == [None, "bytes=100000-", "bytes=150000-", "bytes=150000-"]


def test_a_registry_without_ranges_sends_all_again_and_the_known_part_is_skipped(registry) -> None:
    digest, data = layer_of(registry)
    registry.ranges = False
    registry.next("GET", "/blobs/", hang_up_after(100_000), hang_up_after(70_000), hang_up_after(200_000))
    assert read_all(client_of(registry).blob(digest)) == data


def test_a_registry_that_always_breaks_at_the_same_byte_is_an_error(registry) -> None:
    digest, _ = layer_of(registry)
    registry.ranges = False
    registry.always("GET", "/blobs/", hang_up_after(100_000))
    with pytest.raises(Unavailable, match="broke"):
        read_all(client_of(registry, retries=2).blob(digest))
    assert len(registry.of("GET", "/blobs/")) <= 4


def test_a_blob_can_be_begun_in_the_middle(registry) -> None:
    digest, data = layer_of(registry)
    reader = client_of(registry).blob(digest, 1000)
    assert reader.resumed
    assert read_all(reader) == data[1000:]


def test_a_registry_that_ignores_the_range_is_detected(registry) -> None:
    digest, data = layer_of(registry)
    registry.next("GET", "/blobs/", whole_blob)
    reader = client_of(registry).blob(digest, 1000)
    assert not reader.resumed
    assert read_all(reader) == data


def test_another_range_than_the_requested_one_is_not_used(registry) -> None:
    digest, data = layer_of(registry)
    registry.next("GET", "/blobs/", answer(206, data[5:], Content_Range=f"bytes 5-{len(data) - 1}/{len(data)}"))
    reader = client_of(registry).blob(digest, 1000)
    assert not reader.resumed
    assert read_all(reader) == data


def test_a_range_beyond_the_end_starts_from_0(registry) -> None:
    digest, data = layer_of(registry)
    reader = client_of(registry).blob(digest, len(data) + 7)
    assert not reader.resumed
    assert read_all(reader) == data


def test_a_registry_that_has_no_range_for_a_whole_blob_is_an_error(registry) -> None:
    digest, _ = layer_of(registry)
    registry.always("GET", "/blobs/", answer(416))
    line = fails(Unavailable, client_of(registry).blob, digest)
    assert "answered 416" in line


def test_a_token_that_expires_in_the_middle_of_a_blob_is_replaced(registry) -> None:
    digest, data = layer_of(registry)
    registry.tokens = Tokens(registry, uses=1)
    registry.next("GET", "/blobs/", answer(401, WWW_Authenticate=f'Bearer realm="{registry.url}/token"'))
    registry.next("GET", "/blobs/", hang_up_after(1000))
    assert read_all(client_of(registry).blob(digest)) == data


def test_a_blob_with_a_content_encoding_is_not_decoded(registry) -> None:
    digest, data = layer_of(registry)
    registry.next("GET", "/blobs/", answer(200, data, Content_Encoding="gzip"))
    assert read_all(client_of(registry).blob(digest)) == data


# -- wrong bytes ------------------------------------------------------------------------------------------------------


def test_a_manifest_with_another_digest_is_corrupt(registry) -> None:
    registry.always("GET", "/manifests/", answer(200, b"{}", Content_Type=MANIFESTS[0]))
    wanted = "sha256:" + "1" * 64
    assert f"with digest {sha256(b'{}')} for {wanted}" in fails(Corrupt, manifest, client_of(registry), wanted)
    wanted = "sha512:" + "1" * 128
    assert f"for {wanted}" in fails(Corrupt, manifest, client_of(registry), wanted)


def test_a_manifest_with_another_digest_than_its_header_is_corrupt(registry) -> None:
    registry.always("GET", "/manifests/", answer(200, b"{}", Docker_Content_Digest="sha256:" + "2" * 64))
    assert "sent a manifest with digest" in fails(Corrupt, manifest, client_of(registry))


@pytest.mark.parametrize("length", [None, -1])
def test_an_endless_manifest_is_cut_off(registry, length) -> None:
    registry.always("GET", "/manifests/", endless if length else answer(200, b" " * (5 << 20)))
    line = fails(Corrupt, manifest, client_of(registry))
    assert f"the response of {registry.host} has more than 4194304 bytes" in line


def test_of_an_endless_error_body_only_the_beginning_is_read(registry) -> None:
    def page(handler) -> None:
        handler.reply(403, b"", length=-1)
        while True:
            handler.wfile.write(b"<p>" * 1000)

    registry.always("GET", "/manifests/", page)
    assert "refuses access" in fails(Denied, manifest, client_of(registry))


def test_a_server_message_is_one_short_line_without_control_characters(registry) -> None:
    errors = {"errors": [{"code": "DENIED", "message": "no\x1b[31m\nway " + "x" * 5000}]}
    registry.always("GET", "/manifests/", answer(403, errors))
    line = fails(Denied, manifest, client_of(registry))
    assert "refuses access: no [31m way xxx" in line
    assert len(line) < 500


def test_a_response_that_is_not_http_is_a_broken_connection(registry) -> None:
    def rubbish(handler) -> None:
        handler.wfile.write(b"\x00\xff garbage\r\n\r\n")
        handler.hang_up()

    client = client_of(registry, retries=1)
    client.ping()
    registry.always("GET", "/manifests/", rubbish)
    assert f"the connection to {registry.host} broke" in fails(Unavailable, manifest, client)


# -- redirects --------------------------------------------------------------------------------------------------------


def test_a_redirect_to_another_host_is_followed_without_the_login(registry) -> None:
    digest, data = layer_of(registry)
    registry.basic = "anna:pw"
    with ScriptedRegistry() as store:
        store.always("GET", "/data", answer(200, data))
        client = client_of(registry, ANNA)
        manifest(client)
        registry.next("GET", "/blobs/", answer(307, Location=f"{store.url}/data?sig=1"))
        assert read_all(client.blob(digest)) == data
        assert "Authorization" not in store.asked[0].headers
        assert registry.of("GET", "/blobs/")[0].headers["Authorization"]


def test_a_redirect_within_the_host_keeps_the_login(registry) -> None:
    registry.basic = "anna:pw"
    client = client_of(registry, ANNA)
    client.ping()
    registry.next("GET", "/manifests/", answer(302, Location=f"/v2/{REPOSITORY}/manifests/{registry.image[0]}"))
    assert manifest(client) == registry.image[0]


def test_another_host_that_demands_a_login_gets_none(registry) -> None:
    registry.basic = "anna:pw"
    with ScriptedRegistry() as store:
        store.basic = "anna:pw"
        client = client_of(registry, ANNA)
        manifest(client)
        registry.always("GET", "/blobs/", answer(307, Location=f"{store.url}/v2/{REPOSITORY}/blobs/x"))
        with pytest.raises(Exception, match="login"):
            client.blob(registry.image[1][0])
        assert [each.headers.get("Authorization") for each in store.asked if "Authorization" in each.headers] == []


def test_endless_redirects_are_an_error(registry) -> None:
    registry.always("GET", "/manifests/", answer(302, Location=f"/v2/{REPOSITORY}/manifests/1"))
    assert f"{registry.host} redirects too often" in fails(Unavailable, manifest, client_of(registry))
    assert len(registry.of("GET", "/manifests/")) < 10


@pytest.mark.parametrize("place", ["file:///etc/passwd", "http://[broken/x", "ftp://a/b", "http://a:99999999/"])
def test_a_redirect_to_an_invalid_url_is_an_error(registry, place) -> None:
    registry.always("GET", "/manifests/", answer(307, Location=place))
    line = fails(Unavailable, manifest, client_of(registry))
    assert f"{registry.host} redirects to something other than an HTTP URL" in line


def test_the_error_of_an_unreachable_redirect_target_names_that_host(registry) -> None:
    with ScriptedRegistry() as gone:
        pass
    registry.always("GET", "/blobs/", answer(307, Location=f"{gone.url}/data"))
    line = fails(Unavailable, client_of(registry, retries=0).blob, registry.image[1][0])
    assert f"{gone.host} refuses connections" in line


def test_a_response_of_an_unexpected_status_is_an_error(registry) -> None:
    registry.always("GET", "/manifests/", answer(304))
    assert "answered 304 to GET" in fails(Unavailable, manifest, client_of(registry))


def test_a_redirect_of_a_manifest_upload_is_an_error(registry) -> None:
    registry.always("PUT", "/manifests/", answer(302, Location="/login.html"))
    client = client_of(registry, actions="pull,push")
    assert "answered 302 to PUT" in fails(Unavailable, client.put_manifest, "2", b"{}", MANIFESTS[0])


# -- lists ------------------------------------------------------------------------------------------------------------


def test_tags_are_read_page_by_page_and_a_loop_of_pages_ends(registry) -> None:
    link = f'</v2/{REPOSITORY}/tags/list?last=b>; rel="next"'
    registry.next("GET", "/tags/list", answer(200, {"tags": ["a", "b"]}, Link=link))
    registry.next("GET", "last=b", answer(200, {"tags": ["c"]}, Link="<http://elsewhere/x?last=b>; rel=next"))
    registry.always("GET", "/x?last=b", answer(200, {"tags": None}, Link="</x?last=b>; rel=next"))
    assert client_of(registry).tags() == ["a", "b", "c"]


@pytest.mark.parametrize("link", ["<http://[x>; rel=next", '<>; rel="next"', "rel=next", ">rel=next"])
def test_an_invalid_link_ends_the_list_or_is_an_error(registry, link) -> None:
    registry.always("GET", "/tags/list", answer(200, {"tags": ["a"]}, Link=link))
    assert set(client_of(registry).tags()) == {"a"}


@pytest.mark.parametrize("body", [b"[]", b"<html>", b'{"tags": 5}', b'{"tags": "abc"}'])
def test_an_invalid_list_of_tags_is_corrupt(registry, body) -> None:
    registry.always("GET", "/tags/list", answer(200, body))
    with pytest.raises(Corrupt):
        client_of(registry).tags()
