"""Errors and networks as docker tells them."""

from __future__ import annotations

import pytest

from cli.output.docker_networks import fixed_id, rows_without_network, shown, with_docker_names
from cli.output.docker_words import docker_line
from pycman.errors import AlreadyExists, InvalidInput, NotFound, PycmanError, WrongState

DAEMON = "Error response from daemon: "


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (NotFound("no such container", subject="web", code="no-such-container"), f"{DAEMON}No such container: web"),
        (NotFound("no such image", subject="app", code="no-such-image"), f"{DAEMON}No such image: app:latest"),
        (NotFound("no such image", subject="host:5000/app", code="no-such-image"), f"{DAEMON}No such image: host:5000/app:latest"),
        (NotFound("no such image", subject="app:1", code="no-such-image"), f"{DAEMON}No such image: app:1"),
        (NotFound("no such image", subject="0123456789ab", code="no-such-image"), f"{DAEMON}No such image: 0123456789ab"),
        (InvalidInput("invalid filter", subject="x", code="not-a-filter-key"), f"{DAEMON}invalid filter 'x'"),
        (InvalidInput("not a container status", subject="x", code="not-a-container-status"), f"{DAEMON}invalid filter 'status=x'"),
        (NotFound("no such network", subject="n", code="no-such-network"), f"{DAEMON}network n not found"),
        (NotFound("no such volume", subject="v", code="no-such-volume"), f"{DAEMON}get v: no such volume"),
        (
            AlreadyExists("the name is already in use by container 0123456789ab", subject="web", code="container-name-taken", facts={"holder": "0123456789ab"}),
            (f'{DAEMON}Conflict. The container name "/web" is already in use by container "0123456789ab".'
            " You have to remove (or rename) that container to be able to reuse that name."),
        ),
        (
            WrongState("cannot remove a running container", subject="web", code="container-is-up", facts={"state": "running"}),
            f'{DAEMON}cannot remove container "/web": container is running: stop the container before removing or force remove',
        ),
        (InvalidInput("the input device is not a TTY", subject="-t", code="not-a-terminal"), "the input device is not a TTY"),
        (PycmanError("something else", subject="x"), ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, PycmanError) else "",
)  # fmt: skip
def test_errors_that_scripts_look_for_are_in_dockers_words(error: PycmanError, line: str) -> None:
    assert docker_line(error) == line


def test_the_default_network_is_called_bridge_and_modes_are_networks() -> None:
    assert (shown("podman", "podman"), shown("mine", "podman"), shown("podman", "")) == ("bridge", "mine", "podman")
    settings = dict.fromkeys(("EndpointID", "Gateway", "GlobalIPv6Address", "GlobalIPv6PrefixLen", "IPAddress"), "")
    settings |= {"IPPrefixLen": "", "IPv6Gateway": "", "MacAddress": ""}
    on_bridge = {
        "HostConfig": {"NetworkMode": "podman"},
        "NetworkSettings": {"Networks": {"podman": {"IPAddress": "10.88.0.2"}}},
    }
    named = with_docker_names(on_bridge, "podman")
    assert named["NetworkSettings"]["Networks"] == {"bridge": {"IPAddress": "10.88.0.2"}}
    assert named["HostConfig"]["NetworkMode"] == "bridge"
    on_host = {"HostConfig": {"NetworkMode": "host"}, "NetworkSettings": {**settings, "Networks": {}}}
    assert with_docker_names(on_host, "podman")["NetworkSettings"]["Networks"]["host"]["NetworkID"] == fixed_id("host")


@pytest.mark.parametrize(
    ("filters", "names"),
    [([], ["host", "none"]), ([("driver", "null")], ["none"]), ([("name", "x"), ("name", "ho")], ["host"]), ([("label", "a")], []), ([("type", "builtin"), ("scope", "local")], ["host", "none"])],
    ids=["all", "driver", "either name", "label", "builtin"],
)  # fmt: skip
def test_filters_hold_for_host_and_none(filters: list[tuple[str, str]], names: list[str]) -> None:
    assert [name for name, _ in rows_without_network(filters)] == names
