"""What listings and events say of one object, in docker's and in podman's shape; archives to files."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import pytest

from cli.actions.ps import status_text
from cli.actions.stats import stats_row
from cli.call import Call
from cli.output.events import event_line
from cli.output.files import output_stream
from cli.output.podman import container_object, podman_status
from cli.output.ports import docker_ports, podman_ports
from cli.output.prune import confirm, print_pruned
from cli.output.words import go_duration
from pycman.containers.container import Container
from pycman.containers.inspect.stats import Stats
from pycman.errors import PycmanError
from pycman.state.events import Event
from pycman.system.docker_event import docker_event, is_dockers

S = 10**9
NOW = 10**18
HOUR_AGO = NOW - 3600 * S


def a_container(state: str, **fields: object) -> Container:
    return Container(id="c" * 64, name="web", state=state, started_at_ns=HOUR_AGO, finished_at_ns=HOUR_AGO, **fields)


@pytest.mark.parametrize(
    ("container", "docker", "podman"),
    [
        (a_container("created"), "Created", "Created"),
        (a_container("initialized"), "Created", "Initialized"),
        (a_container("running"), "Up About an hour", "Up About an hour"),
        (a_container("running", health_status="healthy"), "Up About an hour (healthy)", "Up About an hour (healthy)"),
        (a_container("running", health_status="starting"), "Up About an hour (health: starting)", "Up About an hour (starting)"),
        (a_container("paused"), "Up About an hour (Paused)", "Paused"),
        (a_container("exited", exit_status=137), "Exited (137) About an hour ago", "Exited (137) About an hour ago"),
        (a_container("restarting", exit_status=1), "Restarting (1) About an hour ago", "Restarting (1) About an hour ago"),
        (a_container("removing"), "Removal In Progress", "Removing"),
    ],
    ids=lambda value: value.state if isinstance(value, Container) else "",
)  # fmt: skip
def test_status_texts(container: Container, docker: str, podman: str) -> None:
    assert status_text(container, NOW) == docker
    assert podman_status(container, NOW) == podman


def a_port(host_port: int, port: int, host_ip: str = "", protocol: str = "tcp", size: int = 1) -> dict[str, object]:
    return {
        "host_ip": host_ip,
        "host_port": host_port,
        "container_port": port,
        "protocol": protocol,
        "range_size": size,
    }


EVERYWHERE = [a_port(8080, 80, address) for address in ("0.0.0.0", "::")]


@pytest.mark.parametrize(
    ("ports", "exposed", "docker", "podman"),
    [
        ([], [], "", ""),
        ([], ["6379"], "6379/tcp", "6379/tcp"),
        ([], ["53/UDP", "x", "80; drop", "1-99999999"], "53/udp", "53/udp"),
        ([], ["53/udp", "80-82", "90"], "80-82/tcp, 53/udp, 90/tcp", "53/udp, 80-82/tcp, 90/tcp"),
        (EVERYWHERE, ["80"], "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp", "0.0.0.0:8080->80/tcp"),
        (
            [a_port(80, 8080), a_port(80, 8080, "::1", "udp")],
            [],
            "0.0.0.0:80->8080/tcp, [::1]:80->8080/udp",
            "0.0.0.0:80->8080/tcp, [::1]:80->8080/udp",
        ),
        ([a_port(70, 70, size=3)], ["99"], "0.0.0.0:70-72->70-72/tcp, 99/tcp", "0.0.0.0:70-72->70-72/tcp, 99/tcp"),
        ([a_port(71, 71), a_port(70, 70)], [], "0.0.0.0:70-71->70-71/tcp", "0.0.0.0:70-71->70-71/tcp"),
        (
            [a_port(9000, 70, size=2)],
            [],
            "0.0.0.0:9000->70/tcp, 0.0.0.0:9001->71/tcp",
            "0.0.0.0:9000-9001->70-71/tcp",
        ),
    ],
    ids=[
        "none",
        "exposed",
        "odd",
        "exposed-ranges",
        "both-families",
        "addresses",
        "range",
        "neighbours",
        "other-numbers",
    ],
)
def test_ports_as_docker_and_as_podman_write_them(
    ports: list[dict[str, object]], exposed: list[str], docker: str, podman: str
) -> None:
    assert (docker_ports(ports, exposed), podman_ports(ports, exposed)) == (docker, podman)


def test_podmans_object_has_numbers_and_nothing_for_empty_lists() -> None:
    found = container_object(a_container("exited", exit_status=3, pid=0), NOW)
    assert (found["Names"], found["Exited"], found["ExitCode"], found["StartedAt"]) == (["web"], True, 3, HOUR_AGO // S)
    assert (found["Command"], found["Labels"], found["Ports"]) == (None, None, None)
    shown = container_object(a_container("created", command=("sh", "-c", "x"), entrypoint_words=2, expose=("80",)), NOW)
    assert (shown["Command"], shown["ExposedPorts"], shown["IsInfra"]) == (["x"], {"80": ["tcp"]}, False)
    assert container_object(a_container("running", pod_id="p"), NOW, EVERYWHERE)["Ports"][0]["host_port"] == 8080


def an_event(**fields: object) -> Event:
    usual = {"id": 1, "time_ns": NOW, "type": "container", "action": "died", "actor_id": "c" * 64, "actor_name": "web"}
    return Event(**{**usual, **fields})


def test_events_are_in_dockers_words() -> None:
    found = docker_event(an_event(image="busybox", attributes={"exit_status": "3"}))
    assert (found["Action"], found["status"], found["from"]) == ("die", "die", "busybox")
    assert found["Actor"]["Attributes"] == {"exit_status": "3", "exitCode": "3", "name": "web", "image": "busybox"}
    assert "status" not in docker_event(an_event(type="network", action="create"))


def test_a_line_of_an_event_stays_one_line_and_may_be_short() -> None:
    line = event_line(an_event(attributes={"message": "two\nlines\x1b[2J"}))
    assert line.endswith(rf" container die {'c' * 64} (message=two\nlines\x1b[2J, name=web)")
    assert f" die {'c' * 12} (" in event_line(an_event(), whole=False)
    labelled = an_event(image="busybox", attributes={"app": "x", "Zone": "y"})
    assert event_line(labelled, podman=True).endswith("(image=busybox, name=web, Zone=y, app=x)")
    assert event_line(an_event(type="image", action="tag"), podman=True).endswith(f" image tag {'c' * 64} web")
    assert event_line(an_event(type="volume", action="remove"), podman=True).endswith(" volume remove web")
    assert event_line(labelled).endswith("(Zone=y, app=x, image=busybox, name=web)")


@pytest.mark.parametrize(
    ("answer", "goes_on"), [("y\n", True), ("Y\n", True), ("\n", False), ("yes\n", False), ("", False)]
)
def test_only_a_y_goes_on(answer: str, goes_on: bool, monkeypatch, capsys) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    assert confirm(Call("x", {}, [], {}, "pycman", []), "This will go.") is goes_on
    assert capsys.readouterr().out == "WARNING! This will go.\nAre you sure you want to continue? [y/N] "


def test_force_does_not_ask_and_what_went_is_listed(capsys) -> None:
    call = Call("x", {"force": True}, [], {}, "pycman", [])
    assert confirm(call, "This will go.")
    print_pruned(call, "Deleted Containers:", ["a", "b"], 1500)
    print_pruned(call, "Deleted Containers:", [], 0)
    expected = "Deleted Containers:\na\nb\n\nTotal reclaimed space: 1.5kB\nTotal reclaimed space: 0B\n"
    assert capsys.readouterr().out == expected


def test_an_archive_appears_only_when_all_of_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with output_stream(str(path)) as stream:
        stream.write(b"all")
        assert not path.exists()
    assert path.read_bytes() == b"all"
    with pytest.raises(RuntimeError), output_stream(str(path)) as stream:
        stream.write(b"half")
        raise RuntimeError
    assert path.read_bytes() == b"all"
    assert os.listdir(tmp_path) == ["a.tar"]


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(PycmanError, match=r"missing/a\.tar"), output_stream(str(tmp_path / "missing/a.tar")):
        pass


def test_podmans_line_of_an_event_has_gos_time_and_nothing_of_the_run() -> None:
    ended = an_event(
        image="busybox",
        time_ns=1_795_948_897_770_608_000,
        attributes={"exit_status": "3", "oom_killed": "false", "app": "x"},
    )
    line = event_line(ended, podman=True)
    assert line.endswith(f"container died {'c' * 64} (image=busybox, name=web, app=x)")
    assert re.match(r"2026-11-\d\d \d\d:\d\d:\d7\.770608 [+-]\d{4} \S+ container ", line)
    assert [is_dockers(an_event(action=action)) for action in ("create", "init", "start", "died", "cleanup", "remove")] == [
        True, False, True, True, False, True,
    ]  # fmt: skip


def test_durations_go_as_go_writes_them() -> None:
    texts = {
        0: "0s",
        22_483_914: "22.483914ms",
        1_500: "1.5µs",
        7: "7ns",
        90 * S: "1m30s",
        3600 * S + S // 2: "1h0m0.5s",
    }
    assert {ns: go_duration(ns) for ns in texts} == texts


def test_stats_are_in_decimal_units_for_podman() -> None:
    sample = Stats(
        container_id="c" * 64, name="web", running=True, source="cgroup", cpu_ns=22_483_914, memory_bytes=102_400,
        memory_limit_bytes=67_108_864, net_received_bytes=2420, net_sent_bytes=1048, block_read_bytes=0, block_write_bytes=0, pids=2,
    )  # fmt: skip
    podman, docker = (stats_row(sample, whole=False, podman=podman) for podman in (True, False))
    assert (podman["MemUsage"], docker["MemUsage"]) == ("102.4kB / 67.11MB", "100KiB / 64MiB")
    assert (podman["NetIO"], docker["NetIO"], podman["UpTime"]) == (
        "2.42kB / 1.048kB",
        "2.42kB / 1.05kB",
        "22.483914ms",
    )


def test_system_prune_asks_in_the_words_of_docker_and_of_podman() -> None:
    from cli.actions.system.prune import _warning

    flags = {"all": True, "volumes": True, "filter": ["label=x"]}
    assert _warning(Call("system prune", flags, [], {}, "docker", [])).splitlines()[3:] == [
        "  - all anonymous volumes not used by at least one container",
        "  - all images without at least one container associated to them",
        "  - all build cache",
        "",
        "  Items to be pruned will be filtered with:",
        "  - label=x",
    ]
    lines = _warning(Call("system prune", {}, [], {}, "podman", [])).splitlines()
    assert (lines[0], lines[1], lines[-1]) == (
        "This command removes:",
        "\t- all stopped containers",
        "\t- all dangling build cache",
    )


def test_a_list_of_objects_in_info_is_printed_one_by_one_under_their_names(capsys) -> None:
    from cli.actions.info import _print

    _print(Call("info", {}, [], {}, "pycman", []), {"Runtimes": [{"Name": "crun", "Features": ["a", "b"]}]}, 0)
    assert capsys.readouterr().out == "Runtimes:\n  crun:\n    Features: a, b\n"
