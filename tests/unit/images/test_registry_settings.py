"""How registries are asked, where containers.conf says it and the caller does not."""

from __future__ import annotations

import os

import pytest

from pycman.errors import InvalidInput, PycmanError
from pycman.images.transfer.registry_access import RegistryOptions, clients_of
from pycman.spec.image_reference import parse_image_reference
from pycman.state.session import Options, Session, User
from tests.support.registry_clients import MANIFESTS, REPOSITORY
from tests.support.scripted_registry import ScriptedRegistry, answer, small_layer


@pytest.fixture
def registry():
    with ScriptedRegistry() as running:
        running.add_image(REPOSITORY, "1", small_layer())
        yield running


@pytest.fixture
def asks(registry, tmp_path, monkeypatch):
    """Ask for a manifest under a containers.conf; return how often the registry was asked."""

    def ask(text: str, options: RegistryOptions) -> int:
        path = tmp_path / "containers.conf"
        path.write_text(text)
        monkeypatch.setenv("CONTAINERS_CONF", str(path))
        user = User(uid=os.getuid(), gid=os.getgid(), home=str(tmp_path), rootless=False)
        before = len(registry.of("GET", "/manifests/"))
        with Session(Options(root=f"{tmp_path}/root", run_root=f"{tmp_path}/run"), user) as session:
            reference = parse_image_reference(f"{registry.host}/{REPOSITORY}:1")
            client = clients_of(session, reference, options, pulling=True)[0]
            try:
                client.manifest("1", MANIFESTS)
            except InvalidInput:
                raise
            except PycmanError:
                pass
            finally:
                client.close()
        return len(registry.of("GET", "/manifests/")) - before

    return ask


def test_tries_and_pauses_are_those_of_the_file_unless_the_caller_says(asks, registry) -> None:
    registry.always("GET", "/manifests/", answer(503))
    text = '[engine]\nretry = 2\nretry_delay = "1ms"\n'
    assert asks(text, RegistryOptions()) == 3
    assert asks(text, RegistryOptions(retry=0)) == 1
    assert asks('[engine]\nretry = 0\nretry_delay = "1h"\n', RegistryOptions(retry=1, retry_delay_s=0.001)) == 2


def test_a_pause_that_is_no_time_is_told_with_its_key(asks) -> None:
    with pytest.raises(InvalidInput) as caught:
        asks('[engine]\nretry_delay = "soon"\n', RegistryOptions())
    assert "retry_delay" in str(caught.value)
