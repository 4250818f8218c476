"""What of the workers' work needs no store: how they are named, what registries and plugins are given."""

from __future__ import annotations

import base64

import pytest

from cri_server.config import CriConfig
from cri_server.proto import api_pb2 as api
from cri_server.services import as_dict
from cri_server.work import worker_entry
from cri_server.work.images import credentials_of
from cri_server.work.sandboxes import _attachment
from pycman.errors import InvalidInput
from pycman.jsontext import format_json, parse_json
from pycman.pool.entry import Entry
from pycman.registry.auth import Credentials
from pycman.state.session import Options


def test_what_a_new_pool_process_is_told_loads_the_same_work(tmp_path) -> None:
    settings = CriConfig(runtimes={"crun": "/usr/bin/crun"}, cni_plugin_dirs=("/a", "/b"), stream_idle_s=7.0)
    entry = worker_entry.entry(Options(root="/r", run_root="/s"), settings, str(tmp_path / "tickets"))
    again = Entry.from_dict(parse_json(format_json(entry.to_dict())))
    assert again == entry
    assert CriConfig.from_dict(again.arguments["settings"]) == settings
    assert Options.from_dict(again.arguments["options"]) == Options(root="/r", run_root="/s")
    work = again.load()
    assert work.reception is not None
    assert work.reception.tls() is None


NAME = "registry.test:5000/x:1"


def auth(**fields: str) -> Credentials | None:
    return credentials_of(as_dict(api.AuthConfig(**fields)), NAME)


def test_credentials_are_a_name_with_its_password_or_both_in_base64_or_a_token() -> None:
    both = base64.b64encode(b"me:secret:word\0").decode()
    assert auth(username="me", password="secret") == Credentials(username="me", password="secret")
    assert auth(auth=both, username="not me") == Credentials(username="me", password="secret:word")
    assert auth(username="me") == Credentials(username="me")
    assert auth(identity_token="refresh", username="me") == Credentials(identity_token="refresh")
    assert auth(registry_token="bearer") == Credentials(registry_token="bearer")
    assert auth() is None


@pytest.mark.parametrize(
    "wrong", ["***", "YQ", base64.b64encode(b"\xff\xfe").decode(), base64.b64encode(b"me").decode()]
)
def test_credentials_that_are_not_base64_of_both_are_refused(wrong: str) -> None:
    with pytest.raises(InvalidInput, match=r"auth\.auth"):
        auth(auth=wrong)


@pytest.mark.parametrize(
    ("server", "name", "sent"),
    [
        ("registry.test:5000", NAME, True),
        ("https://Registry.test:5000/v2/", NAME, True),
        ("https://registry.test", NAME, False),
        ("other.test:5000", NAME, False),
        ("https://index.docker.io/v1/", "docker.io/library/x:1", True),
        ("https://index.docker.io/v1/", "x:1", True),
        ("https://index.docker.io/v1/", NAME, False),
    ],
)
def test_credentials_of_one_registry_are_not_sent_to_another(server: str, name: str, sent: bool) -> None:
    given = as_dict(api.AuthConfig(username="me", password="secret", server_address=server))
    assert (credentials_of(given, name) is not None) == sent


def test_plugins_are_told_which_pod_it_is_and_which_ports_to_publish() -> None:
    config = as_dict(
        api.PodSandboxConfig(
            metadata=api.PodSandboxMetadata(name="web", uid="u-1", namespace="shop"),
            port_mappings=[api.PortMapping(container_port=80, host_port=8080)],
            dns_config=api.DNSConfig(servers=["192.0.2.53"], searches=["a.b"]),
        )
    )
    found = _attachment("id", "/run/ns", config)
    found.check()
    assert (found.container_id, found.netns, found.interface) == ("id", "/run/ns", "eth0")
    assert found.args == {
        "IgnoreUnknown": "1", "K8S_POD_NAMESPACE": "shop", "K8S_POD_NAME": "web", "K8S_POD_INFRA_CONTAINER_ID": "id",
        "K8S_POD_UID": "u-1",
    }  # fmt: skip
    (port,) = found.capabilities["portMappings"]
    assert (port["hostPort"], port["containerPort"], port["protocol"]) == (8080, 80, "tcp")
    assert found.capabilities["dns"]["servers"] == ["192.0.2.53"]
