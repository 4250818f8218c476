"""Registries with a password, secrets, and a client that attaches and leaves, as docker-py sees them."""

from __future__ import annotations

import docker
import pytest

from tests.support.engine_api import EngineApi
from tests.support.registry import Registry

BUSYBOX = "localhost/busybox:1"
LOGIN = {"username": "u", "password": "p"}


@pytest.fixture
def api(root_pycman):
    """A server as root, which reaches the registries of this test on loopback."""
    made = EngineApi(root_pycman)
    made.start()
    yield made
    assert made.end() == 0


def client_of(api) -> docker.DockerClient:
    return docker.DockerClient(base_url=api.uri, timeout=60)


def test_pushes_pulls_and_describes_with_the_login_of_the_request(api, tmp_path) -> None:
    client = client_of(api)
    with Registry(tmp_path, user="u", password="p") as private:
        repository = f"{private.host}/team/app"
        client.images.get(BUSYBOX).tag(repository, "1")
        refused = list(
            client.images.push(
                repository, tag="1", stream=True, decode=True, auth_config={**LOGIN, "password": "wrong"}
            )
        )
        assert any("error" in line for line in refused), refused
        pushed = list(client.images.push(repository, tag="1", stream=True, decode=True, auth_config=LOGIN))
        assert not any("error" in line for line in pushed), pushed
        digest = next(line["aux"]["Digest"] for line in pushed if "aux" in line)
        found = client.images.get_registry_data(f"{repository}:1", auth_config=LOGIN)
        assert found.id == digest
        assert found.attrs["Platforms"][0]["os"] == "linux"
        client.images.remove(f"{repository}:1")
        with pytest.raises(docker.errors.APIError) as nobody:
            client.api.pull(repository, tag="1")
        assert nobody.value.status_code == 401, nobody.value
        assert client.images.pull(repository, tag="1", auth_config=LOGIN).tags
        assert api("GET", f"/distribution/{repository}:1/json")[0] == 401  # the logins above were kept nowhere

        with pytest.raises(docker.errors.APIError) as wrong:
            client.login("u", "wrong", registry=private.host)
        assert wrong.value.status_code == 401, wrong.value
        assert client.login("u", "p", registry=private.host)["Status"] == "Login Succeeded"
        assert client_of(api).images.get_registry_data(f"{repository}:1").id == digest
        api.pycman("logout", private.host)


def test_secrets_need_no_swarm(api) -> None:
    client = client_of(api)
    made = client.secrets.create(name="key", data=b"\0secret", labels={"a": "b"})
    assert client.secrets.get(made.id).name == "key"
    assert client.secrets.get("key").attrs["Spec"]["Labels"] == {"a": "b"}
    assert [each.id for each in client.secrets.list(filters={"name": "key"})] == [made.id]
    with pytest.raises(docker.errors.APIError) as taken:
        client.secrets.create(name="key", data=b"x")
    assert taken.value.status_code == 409
    assert made.remove()
    assert client.secrets.list() == []
    with pytest.raises(docker.errors.NotFound):
        client.secrets.get("key")


def test_a_client_that_attaches_and_leaves_changes_nothing_for_others(api) -> None:
    client = client_of(api)
    for name in ("started", "removed"):
        left = client.containers.create(BUSYBOX, ["echo", "ran"], name=name)
        stream = left.attach_socket(params={"stdout": 1, "stream": 1})
        stream._sock.close()
        stream.close()
        left.reload()
        assert left.status == "created"
        if name == "started":
            left.start()
            assert left.wait()["StatusCode"] == 0
            assert left.logs() == b"ran\n"
        left.remove()
    assert client.containers.list(all=True) == []
