"""How a client logs in: challenges (RFC 9110), Basic, and tokens of the distribution spec."""

from __future__ import annotations

import threading

import pytest

from pycman.errors import Corrupt, Denied, Unauthenticated, Unavailable
from pycman.registry.auth import (
    Credentials,
    FetchToken,
    answer_challenge,
    check_realm,
    merge_scopes,
    parse_challenge,
    read_token,
)
from tests.support.registry_clients import MANIFESTS, REPOSITORY, client_of, fails, read_all
from tests.support.scripted_registry import ScriptedRegistry, Tokens, answer, small_layer

ANNA = Credentials(username="anna", password="p:w")


@pytest.fixture
def registry():
    with ScriptedRegistry() as running:
        running.image = running.add_image(REPOSITORY, "1", small_layer())
        yield running


def manifest(client):
    return client.manifest("1", MANIFESTS)[2]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('Basic realm="a b"', [("basic", {"realm": "a b"})]),
        (
            'Bearer realm="https://a/t",service="x, y",scope="repository:a:pull"',
            [("bearer", {"realm": "https://a/t", "service": "x, y", "scope": "repository:a:pull"})],
        ),
        ('bearer Realm = "u" , Service=s', [("bearer", {"realm": "u", "service": "s"})]),
        (
            'Negotiate, Basic realm="say \\"me\\"", Bearer realm="u"',
            [("negotiate", {}), ("basic", {"realm": 'say "me"'}), ("bearer", {"realm": "u"})],
        ),
        ("Negotiate YII=, Basic realm=x", [("negotiate", {}), ("basic", {"realm": "x"})]),
        ('Bearer realm="never ends', [("bearer", {"realm": "never ends"})]),
        ("", []),
        ('=",=', []),
    ],
)
def test_a_challenge_is_split_into_schemes_and_their_parameters(header, expected) -> None:
    assert parse_challenge(header) == expected


def test_challenges_of_any_characters_are_parsed_without_an_error() -> None:
    for header in ("=" * 300, '"' * 301, "a=b" * 100, ",,,= ,=", "Bearer realm=\\", 'x "', "\t=\t"):
        parse_challenge(header)


def test_scopes_of_one_repository_become_one() -> None:
    assert merge_scopes("repository:a:pull", "repository:a:pull,push") == ["repository:a:pull,push"]
    assert merge_scopes("repository:h:5000/a:pull", "repository:b:pull") == [
        "repository:h:5000/a:pull",
        "repository:b:pull",
    ]
    assert merge_scopes("", "") == []


def test_a_realm_with_a_query_of_its_own_keeps_it() -> None:
    wanted = answer_challenge(
        'Bearer realm="https://t/x?a=1"', None, scope="repository:a:pull", registry_url="https://r", subject="s"
    )
    assert isinstance(wanted, FetchToken)
    assert wanted.url == "https://t/x?a=1&scope=repository%3Aa%3Apull"


def test_a_registry_token_is_the_bearer_token_and_no_other_is_fetched() -> None:
    credentials = Credentials(registry_token="given")
    header = 'Bearer realm="https://t/x"'
    assert answer_challenge(header, credentials, scope="", registry_url="https://r", subject="s") == "Bearer given"


@pytest.mark.parametrize(
    ("realm", "registry_url"),
    [
        ("http://auth.example.com/t", "https://registry.example.com"),
        ("https://127.0.0.1/t", "https://registry.example.com"),
        ("https://10.0.0.1/t", "https://registry.example.com"),
        ("https://[::1]/t", "https://registry.example.com"),
        ("https://localhost/t", "https://registry.example.com"),
        ("file:///etc/passwd", "http://127.0.0.1:5000"),
        ("https://u:p@auth.example.com/t", "https://registry.example.com"),
        ("/token", "https://registry.example.com"),
        ("https://[broken/t", "https://registry.example.com"),
    ],
)
def test_a_login_is_never_sent_to_a_token_server_less_safe_than_the_registry(realm, registry_url) -> None:
    with pytest.raises(Denied, match="less safe"):
        check_realm(realm, registry_url, "s")


def test_a_registry_within_a_network_may_have_its_token_server_there() -> None:
    check_realm("https://10.0.0.2/t", "https://10.0.0.1:5000", "s")
    check_realm("http://127.0.0.1:81/t", "http://localhost:5000", "s")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"token": ""}', b'{"token": 5}', b"<html>", b"\xff"])
def test_a_response_without_a_token_is_corrupt(body) -> None:
    with pytest.raises(Corrupt):
        read_token(body, subject="s")


def test_basic_logins_are_sent_only_after_a_challenge_and_then_reused(registry) -> None:
    registry.basic = "anna:p:w"
    client = client_of(registry, ANNA)
    assert manifest(client) == registry.image[0]
    assert manifest(client) == registry.image[0]
    assert [bool(each.headers.get("Authorization")) for each in registry.of("GET")] == [False, True, True]


def test_the_error_of_a_required_login_says_how_to_log_in(registry) -> None:
    registry.basic = "anna:p:w"
    line = fails(Unauthenticated, manifest, client_of(registry))
    assert "requires a login" in line
    assert f"run pycman login {registry.host}" in line


def test_a_refused_password_is_not_retried(registry) -> None:
    registry.basic = "anna:other"
    assert "was refused" in fails(Unauthenticated, manifest, client_of(registry, ANNA))
    assert len(registry.asked) == 2


def test_an_anonymous_token_is_fetched_for_the_scope_and_used_for_several_requests(registry) -> None:
    registry.tokens = Tokens(registry)
    client = client_of(registry)
    manifest(client)
    for digest in registry.image[1]:
        read_all(client.blob(digest))
    expected = {"service": ["scripted, here"], "scope": [f"repository:{REPOSITORY}:pull"]}
    assert registry.tokens.asked == [("GET", expected, "")]


def test_a_token_is_fetched_with_the_password(registry) -> None:
    registry.tokens = Tokens(registry, login="anna:p:w")
    assert manifest(client_of(registry, ANNA)) == registry.image[0]
    ((_method, query, _authorization),) = registry.tokens.asked
    assert query["account"] == ["anna"]


def test_a_token_is_fetched_with_an_identity_token(registry) -> None:
    registry.tokens = Tokens(registry, login="identity")
    assert manifest(client_of(registry, Credentials(identity_token="identity"))) == registry.image[0]
    ((method, form, authorization),) = registry.tokens.asked
    assert (method, form["grant_type"], authorization) == ("POST", ["refresh_token"], "")


def test_an_expired_token_is_replaced_and_the_request_repeated(registry) -> None:
    registry.tokens = Tokens(registry, uses=1)
    client = client_of(registry)
    for _ in range(3):
        assert manifest(client) == registry.image[0]
    assert len(registry.tokens.asked) == 3


def test_a_new_token_that_is_refused_is_an_error(registry) -> None:
    registry.tokens = Tokens(registry, uses=0)
    line = fails(Unauthenticated, manifest, client_of(registry))
    assert registry.host in line
    assert len(registry.tokens.asked) == 1


def test_the_error_of_a_password_refused_by_the_token_server_has_its_message(registry) -> None:
    registry.tokens = Tokens(registry, login="anna:right")
    line = fails(Unauthenticated, manifest, client_of(registry, ANNA))
    assert "was refused: incorrect username or password" in line
    assert f"run pycman login {registry.host}" in line


def test_a_push_requests_a_token_with_the_push_action(registry) -> None:
    registry.tokens = Tokens(registry)
    client = client_of(registry, actions="pull,push")
    assert not client.has_blob("sha256:" + "0" * 64)
    assert registry.tokens.asked[0][1]["scope"] == [f"repository:{REPOSITORY}:pull,push"]


def test_the_error_of_an_unreachable_token_server_names_that_server(registry) -> None:
    with ScriptedRegistry() as gone:
        pass
    registry.tokens = Tokens(registry, realm=f"{gone.url}/token")
    line = fails(Unavailable, manifest, client_of(registry))
    assert f"{gone.host} refuses connections" in line


def test_a_failing_token_server_is_retried_and_then_named(registry) -> None:
    with ScriptedRegistry() as server:
        server.always("GET", "/token", answer(503))
        registry.tokens = Tokens(registry, realm=f"{server.url}/token")
        line = fails(Unavailable, manifest, client_of(registry, retries=2))
        assert f"{server.host} answered 503" in line
        assert len(server.asked) == 3


def test_a_missing_token_url_is_not_a_missing_image(registry) -> None:
    with ScriptedRegistry() as server:
        registry.tokens = Tokens(registry, realm=f"{server.url}/nothing")
        line = fails(Unavailable, manifest, client_of(registry))
        assert f"{server.host} answered 404" in line


def test_a_token_server_cannot_redirect_the_login_to_another_host(registry) -> None:
    with ScriptedRegistry() as thief, ScriptedRegistry() as server:
        server.always("GET", "/token", answer(307, Location=f"{thief.url}/token"))
        thief.always("GET", "/token", answer(200, {"token": "x"}))
        registry.tokens = Tokens(registry, realm=f"{server.url}/token")
        fails(Unauthenticated, manifest, client_of(registry, ANNA))
        assert [each.headers.get("Authorization") for each in thief.asked] == [None]


def test_a_login_of_an_unsupported_kind_is_an_error(registry) -> None:
    registry.always("GET", "/v2/", answer(401, WWW_Authenticate="Negotiate"))
    assert "kind of login that is not supported" in fails(Unauthenticated, manifest, client_of(registry, ANNA))


def test_a_refusal_without_a_challenge_is_a_refusal(registry) -> None:
    registry.always("GET", "/v2/", answer(401))
    fails(Unauthenticated, manifest, client_of(registry))


def test_threads_share_one_token(registry) -> None:
    registry.tokens = Tokens(registry)
    client = client_of(registry)
    threads = [threading.Thread(target=manifest, args=(client,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(registry.tokens.asked) == 1


def test_an_endless_response_of_a_token_server_is_cut_off(registry) -> None:
    with ScriptedRegistry() as server:
        server.always("GET", "/token", answer(200, b" " * (2 << 20)))
        registry.tokens = Tokens(registry, realm=f"{server.url}/token")
        assert "more than" in fails(Corrupt, manifest, client_of(registry))
