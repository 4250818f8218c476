"""Containers over the API, from create to remove; one server for each test, as each costs a second."""

from __future__ import annotations

import io
import re
import shlex
import subprocess
import tarfile
import threading
import time
from pathlib import Path

import docker
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BUSYBOX = "localhost/busybox:1"


def client_of(api) -> docker.DockerClient:
    return docker.DockerClient(base_url=api.uri, timeout=60)


def test_the_life_of_a_container_as_docker_py_sees_it(api) -> None:
    client = client_of(api)
    assert client.ping()
    assert client.version()["ApiVersion"] == "1.55"
    output = client.containers.run(
        BUSYBOX, ["sh", "-c", "echo out; echo err >&2"], stdout=True, stderr=True, remove=True
    )
    assert sorted(output.split()) == [b"err", b"out"]
    with pytest.raises(docker.errors.ContainerError) as failed:
        client.containers.run(BUSYBOX, ["sh", "-c", "exit 3"], remove=True)
    assert failed.value.exit_status == 3
    with pytest.raises(docker.errors.APIError, match="executable file not found"):
        client.containers.run(BUSYBOX, "nosuch", remove=True)
    with pytest.raises(docker.errors.ImageNotFound):
        client.images.get("nosuch")
    with pytest.raises(docker.errors.NotFound, match="No such container: nosuch"):
        client.containers.get("nosuch")

    web = client.containers.run(
        BUSYBOX, ["sh", "-c", "echo line; trap 'exit 9' TERM; while :; do sleep 0.05; done"], name="web", detach=True,
        environment={"A": "b"}, labels={"l": "v"}, volumes={"data": {"bind": "/data", "mode": "rw"}}, mem_limit="64m",
    )  # fmt: skip
    with pytest.raises(docker.errors.APIError) as taken:
        client.containers.create(BUSYBOX, name="web")
    assert taken.value.status_code == 409
    assert [each.name for each in client.containers.list(filters={"label": "l=v"})] == ["web"]
    web.reload()
    assert client.containers.list(sparse=True)[0].attrs["Image"] == BUSYBOX
    assert (web.status, web.attrs["Name"], web.attrs["HostConfig"]["Memory"]) == ("running", "/web", 64 << 20)
    assert list(web.attrs["NetworkSettings"]["Networks"]) == ["bridge"]

    assert web.exec_run(["sh", "-c", "echo $A; exit 4"]) == (4, b"b\n")
    assert web.exec_run(["sh", "-c", "echo o; echo e >&2"], demux=True).output == (b"o\n", b"e\n")
    assert web.exec_run("nosuch").exit_code == 127
    assert web.exec_run("tty", tty=True).output.startswith(b"/dev/pts/")
    with_terminal = client.api.exec_create(web.id, ["sh", "-c", "echo framed"], tty=True)["Id"]
    assert client.api.exec_start(with_terminal) == b"framed\r\n"  # the start did not ask for a raw stream
    detached = client.api.exec_create(web.id, ["sh", "-c", "exit 6"])["Id"]
    client.api.exec_start(detached, detach=True)
    while client.api.exec_inspect(detached)["Running"]:
        pass
    assert client.api.exec_inspect(detached)["ExitCode"] == 6
    with pytest.raises(docker.errors.APIError):
        client.api.exec_start(detached)

    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        member = tarfile.TarInfo("file")
        member.size = 5
        tar.addfile(member, io.BytesIO(b"hello"))
    assert web.put_archive("/data", archive.getvalue())
    pieces, found = web.get_archive("/data/file")
    assert (found["name"], found["size"]) == ("file", 5)
    with tarfile.open(fileobj=io.BytesIO(b"".join(pieces))) as tar:
        assert tar.extractfile("file").read() == b"hello"  # type: ignore[union-attr]
    with pytest.raises(docker.errors.NotFound):
        web.get_archive("/nosuch")
    assert web.top()["Processes"]
    assert web.stats(stream=False)["memory_stats"]["usage"] > 0
    assert web.logs() == b"line\n"
    assert re.match(rb"\d{4}-\d\d-\d\dT[\d:.]+\S+ line\n", web.logs(timestamps=True, tail=1))

    web.rename("other")
    if api.pycman.user == "root":  # cgroups of this machine's ordinary users have no freezer
        web.pause()
        assert client.containers.get("other").status == "paused"
        web.unpause()
    assert web.update(restart_policy={"Name": "no"}) is not None
    ended: list[dict] = []
    waiter = threading.Thread(target=lambda: ended.append(client_of(api).containers.get("other").wait()))
    waiter.start()
    web.stop(timeout=20)
    waiter.join(120)
    assert ended[0]["StatusCode"] == 9
    assert client.containers.get("other").status == "exited"
    assert api("POST", f"/containers/{web.id}/stop")[0] == 304
    web.start()
    assert api("POST", f"/containers/{web.id}/start")[0] == 304
    with pytest.raises(docker.errors.APIError) as running:
        web.remove()
    assert running.value.status_code == 409
    web.remove(force=True, v=True)
    actions = [event["Action"] for event in client.events(since=0, until=int(time.time()), decode=True)]
    assert {"create", "start", "die", "destroy"} <= set(actions)


def test_attached_before_the_start_no_byte_is_lost_and_input_is_passed(api) -> None:
    client = client_of(api)
    body = {"Image": BUSYBOX, "Cmd": ["sh", "-c", "cat; echo err >&2"], "OpenStdin": True, "StdinOnce": True}
    status, made = api("POST", "/containers/create", body, {"Content-Type": "application/json"})
    assert status == 201
    with api.connect() as raw:
        raw.sendall(
            f"POST /v1.41/containers/{made['Id']}/attach?stream=1&stdin=1&stdout=1&stderr=1 HTTP/1.1\r\nHost: d\r\n"
            "Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n".encode()
        )
        head = raw.recv(4096)
        assert head.startswith(b"HTTP/1.1 101 UPGRADED\r\n")
        client.containers.get(made["Id"]).start()
        raw.sendall(b"typed\n" * 20_000)
        raw.shutdown(1)
        data = head.partition(b"\r\n\r\n")[2]
        while piece := raw.recv(1 << 16):
            data += piece
    streams: dict[int, bytes] = {1: b"", 2: b""}
    while data:
        size = int.from_bytes(data[4:8], "big")
        streams[data[0]] += data[8 : 8 + size]
        data = data[8 + size :]
    assert streams == {1: b"typed\n" * 20_000, 2: b"err\n"}
    assert client.containers.get(made["Id"]).wait()["StatusCode"] == 0
    client.containers.get(made["Id"]).remove()

    broken = client.containers.create(BUSYBOX, ["nosuch"], stdin_open=True)
    stream = broken.attach_socket(params={"stdin": 1, "stdout": 1, "stream": 1})
    broken.reload()
    assert (broken.status, broken.attrs["State"]["Pid"]) == ("created", 0)  # attaching begins nothing
    with pytest.raises(docker.errors.APIError, match="executable file not found"):
        broken.start()
    assert stream._sock.recv(1) == b""
    stream.close()
    broken.remove()

    terminal = client.containers.create(
        BUSYBOX, ["sh", "-c", "read x; stty size; echo got $x"], tty=True, stdin_open=True
    )
    stream = terminal.attach_socket(params={"stdin": 1, "stdout": 1, "stream": 1})
    terminal.start()
    terminal.resize(height=33, width=44)
    stream._sock.sendall(b"this\n")
    text = b""
    while b"got this" not in text:
        piece = stream._sock.recv(4096)
        assert piece, text
        text += piece
    assert b"33 44" in text
    stream.close()
    terminal.remove(force=True)


def test_builds_images_networks_and_volumes(api, tmp_path: Path) -> None:
    client = client_of(api)
    (tmp_path / "Dockerfile").write_text(f"FROM {BUSYBOX}\nRUN echo ran > /r; echo said\nCOPY f /f\nCMD cat /f\n")
    (tmp_path / "f").write_text("copied\n")
    image, lines = client.images.build(path=str(tmp_path), tag="made:1")
    said = "".join(line.get("stream", "") for line in lines)
    assert said.index("Step 2/4 : RUN") < said.index("said\n") < said.index("Step 3/4 : COPY")
    assert image.tags == ["made:1"]
    assert client.containers.run("made:1", remove=True) == b"copied\n"
    with pytest.raises(docker.errors.BuildError, match="non-zero code: 5"):
        client.images.build(fileobj=io.BytesIO(f"FROM {BUSYBOX}\nRUN exit 5\n".encode()))
    status, problem = api(
        "POST", "/build?dockerfile=../../etc/passwd", _tar(tmp_path), {"Content-Type": "application/x-tar"}
    )
    assert status == 404
    assert "passwd" in problem["message"]

    image.tag("other/name", "2")
    assert "other/name:2" in client.images.get("made:1").tags
    saved = b"".join(client.images.get("made:1").save(named=True))
    client.images.remove("other/name:2")
    client.images.remove("made:1")
    assert client.images.load(saved)[0].tags == ["made:1"]
    assert client.images.get("made:1").history()[0]["CreatedBy"].startswith("CMD")

    pool = docker.types.IPAMPool(subnet="10.98.7.0/29", aux_addresses={"router": "10.98.7.2"})
    network = client.networks.create("net", labels={"a": "b"}, ipam=docker.types.IPAMConfig(pool_configs=[pool]))
    served = client.containers.run(BUSYBOX, ["sleep", "100"], network="net", detach=True, name="served")
    found = client.containers.run(BUSYBOX, ["nslookup", "served"], network="net", remove=True)
    network.reload()
    address = next(iter(network.attrs["Containers"].values()))["IPv4Address"].partition("/")[0]
    assert address == "10.98.7.3"
    assert address.encode() in found
    host = client.api.create_host_config(network_mode="container:served")
    follower = client.api.create_container(BUSYBOX, ["sleep", "100"], host_config=host)["Id"]
    client.api.start(follower)
    with pytest.raises(docker.errors.APIError) as used:
        network.remove()
    assert used.value.status_code in (403, 409)
    served.remove(force=True)  # which leaves the other one without its namespace
    with pytest.raises(docker.errors.APIError, match="No such container"):
        client.api.restart(follower, timeout=0)
    client.api.remove_container(follower)
    network.remove()
    assert [each.name for each in client.networks.list()] == ["bridge"]
    volume = client.volumes.create("vol", labels={"x": "y"})
    assert volume.attrs["Labels"] == {"x": "y"}
    volume.remove()
    assert client.df()["Images"]
    client.images.remove("made:1", force=True)


def _tar(folder: Path) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path in folder.iterdir():
            tar.add(path, path.name)
    return archive.getvalue()


def test_a_killed_server_loses_nothing_and_the_session_of_the_documentation_works(root_api) -> None:
    api = root_api
    text = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    session = text.partition("```console\n")[2].partition("```")[0]
    commands = re.findall(r"^\$ (.*)\n((?:[^$].*\n)?)", session, re.MULTILINE)
    assert len(commands) >= 6
    for command, wanted in commands:
        words = [word.replace("$SOCKET", api.path) for word in shlex.split(command)]
        done = subprocess.run(words, capture_output=True, check=True, timeout=60, text=True)
        assert done.stdout.strip() == wanted.strip(), command

    client = client_of(api)
    left = client.containers.run(BUSYBOX, ["sleep", "100"], detach=True, name="left")
    exec_id = client.api.exec_create(left.id, ["echo", "x"])["Id"]
    api.end(kill=True)
    api.start()
    assert client_of(api).containers.get("left").status == "running"
    assert client_of(api).api.exec_start(exec_id) == b"x\n"
    client_of(api).containers.get("left").remove(force=True)
