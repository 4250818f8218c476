"""Which compose program `compose` runs, and that its arguments are passed on untouched."""

from __future__ import annotations

import pytest

from cli.actions.compose import find_provider
from pycman.errors import NotFound


def program(folder, name: str) -> str:
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_the_variable_is_asked_first_then_what_is_installed(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("cli.actions.compose._PLUGIN_FOLDERS", ())
    environment = {"PATH": str(tmp_path)}
    with pytest.raises(NotFound, match="no compose program is installed"):
        find_provider(environment)
    podman_compose = program(tmp_path, "podman-compose")
    assert find_provider(environment) == podman_compose
    docker_compose = program(tmp_path, "docker-compose")
    assert find_provider(environment) == docker_compose
    assert find_provider({**environment, "PODMAN_COMPOSE_PROVIDER": "podman-compose"}) == podman_compose
    with pytest.raises(NotFound, match="PODMAN_COMPOSE_PROVIDER=nosuch"):
        find_provider({**environment, "PODMAN_COMPOSE_PROVIDER": "nosuch"})


def test_providers_of_containers_conf_replace_the_usual_ones(tmp_path) -> None:
    environment = {"PATH": str(tmp_path), "TOOLS": str(tmp_path)}
    docker_compose, own = program(tmp_path, "docker-compose"), program(tmp_path, "mine")
    assert (
        find_provider(environment, ["/nosuch", "${TOOLS}/mine"]) == find_provider(environment, ["$TOOLS/mine"]) == own
    )
    with pytest.raises(NotFound, match="none of compose_providers"):
        find_provider(environment, ["nosuch"])
    assert find_provider({**environment, "PODMAN_COMPOSE_PROVIDER": "docker-compose"}, ["mine"]) == docker_compose


def test_flags_are_the_providers(tmp_path, monkeypatch) -> None:
    from cli import main

    provider = program(tmp_path, "podman-compose")
    monkeypatch.setenv("PODMAN_COMPOSE_PROVIDER", provider)
    ran: list[list[str]] = []
    monkeypatch.setattr("os.execve", lambda path, argv, environment: ran.append(argv))
    with pytest.raises(TypeError):  # execve never returns
        main._main(["compose", "-f", "x.yaml", "--help", "up", "-d"], {"command": "", "typed": ""})
    assert ran == [[provider, "-f", "x.yaml", "--help", "up", "-d"]]
