"""What `version` tells clients that decide by it."""

from __future__ import annotations

import json

import pytest

from cli.actions.version import run
from pycman.version import __version__
from tests.support.calls import call_of


def printed(capsys: pytest.CaptureFixture[str], program: str, *words: str) -> str:
    assert run(call_of(*words, command="version", program=program)) == 0
    return capsys.readouterr().out


def test_docker_has_client_and_server_with_versions_of_the_api(capsys: pytest.CaptureFixture[str]) -> None:
    versions = json.loads(printed(capsys, "docker", "--format", "json"))
    for side in ("Client", "Server"):
        assert versions[side]["Version"].startswith("28.")
        assert tuple(map(int, versions[side]["ApiVersion"].split("."))) >= (1, 41)
        assert versions[side]["Platform"]["Name"] == f"pycman {__version__}"
    assert versions["Server"]["Components"][0]["Name"] == "Engine"
    assert (
        printed(capsys, "docker", "-f", "{{.Server.Version}} {{.Server.APIVersion}} {{.Client.Os}}").split()[1] > "1.4"
    )
    text = printed(capsys, "docker").splitlines()
    assert text[0] == f"Client: pycman {__version__}"
    assert " Version:           28." in text[1]
    assert "  API version:      1.51 (minimum version 1.24)" in text


def test_podman_has_a_client_whose_api_is_its_release(capsys: pytest.CaptureFixture[str]) -> None:
    versions = json.loads(printed(capsys, "podman", "--format", "json"))
    assert list(versions) == ["Client"]
    assert versions["Client"]["Version"] == versions["Client"]["APIVersion"] >= "5."
    assert versions["Client"]["Pycman"] == __version__
    release = versions["Client"]["Version"]
    for template in ("{{.Client.Version}}", "{{.Server.Version}}", "{{.Version}}"):
        assert printed(capsys, "podman", "-f", template) == f"{release}\n"
    assert json.loads(printed(capsys, "podman", "-f", "{{json .}}")) == versions
    text = printed(capsys, "podman").splitlines()
    assert text[:2] == ["Client:       Podman Engine", f"Version:      {release}"]
