"""Registries and token servers that want what was not meant for them."""

from __future__ import annotations

import gzip

import pytest

from pycman.errors import Denied, Unauthenticated
from pycman.registry.auth import Credentials
from tests.support.registry_clients import MANIFESTS, client_of, fails
from tests.support.scripted_registry import ScriptedRegistry, Tokens, answer


@pytest.mark.parametrize("status", [307, 308])
def test_what_a_token_is_bought_with_is_not_sent_to_another_host(status):
    """The identity token is in the body of a POST, which 307 and 308 ask to be sent again (RFC 9110, 15.4.8)."""
    with ScriptedRegistry() as registry, ScriptedRegistry() as thief, ScriptedRegistry() as server:
        server.always("POST", "/token", answer(status, Location=f"{thief.url}/token"))
        thief.always("POST", "/token", answer(200, {"access_token": "x"}))
        registry.tokens = Tokens(registry, realm=f"{server.url}/token")
        client = client_of(registry, Credentials(identity_token="identity"))
        line = fails(Denied, client.manifest, "1", MANIFESTS)
        assert f"leads on to {thief.host}" in line
        assert thief.asked == []


def test_within_one_host_it_is_sent_on():
    with ScriptedRegistry() as registry, ScriptedRegistry() as server:
        server.always("POST", "/token", answer(307, Location="/other"))
        server.always("POST", "/other", answer(401))
        registry.tokens = Tokens(registry, realm=f"{server.url}/token")
        client = client_of(registry, Credentials(identity_token="identity"))
        fails(Unauthenticated, client.manifest, "1", MANIFESTS)
        sent = [(each.path, int(each.headers["Content-Length"])) for each in server.of("POST")]
        assert [path for path, _ in sent] == ["/token", "/other"]
        assert sent[0][1] == sent[1][1] > 0


def test_a_packed_answer_is_not_unpacked():
    """A small answer that says it is packed could have any size in memory; nothing was asked to be packed."""
    with ScriptedRegistry() as registry:
        packed = gzip.compress(bytes(64 << 20), 9)
        registry.always("GET", "/manifests/", answer(200, packed, Content_Encoding="gzip", Content_Type=MANIFESTS[0]))
        assert client_of(registry).manifest("1", MANIFESTS)[0] == packed
