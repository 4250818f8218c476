"""Exec, attach and port forwarding with clients of both protocols, real containers and servers within pods."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

import grpc
import pytest
import websocket

from cri_server.proto import api_pb2 as api
from cri_server.streaming.spdy_frames import PingFrame
from tests.support.stream_clients import SpdyClient, SpdyCommand
from tests.support.waiting import wait_until

SUCCESS = {"metadata": {}, "status": "Success"}
EVERYTHING = ["stdin", "stdout", "stderr"]


@pytest.fixture
def sleeper(server):
    _, container = server.run(server.sandbox(), server.container("sleep", "1000"))
    return container


def exec_url(server, container: str, *command: str, streams=("stdout", "stderr"), tty: bool = False) -> str:
    return server.runtime("Exec", container_id=container, cmd=command, tty=tty, **dict.fromkeys(streams, True)).url


def web_socket(server, url: str, *protocols: str) -> websocket.WebSocket:
    parts = urlsplit(url)
    address = f"ws://{parts.netloc}{parts.path}"
    return websocket.create_connection(address, subprotocols=protocols, timeout=20, socket=server.connect(url))


def messages(client: websocket.WebSocket) -> dict[int, bytes]:
    """Read to the close; bytes by channel."""
    found: dict[int, bytes] = {}
    while True:
        opcode, data = client.recv_data()
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            return found
        found[data[0]] = found.get(data[0], b"") + data[1:]


def processes(text: str) -> list[str]:
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                line = Path(f"/proc/{name}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if text in line and "pytest" not in line:
                found.append(line)
    return found


def test_exec_over_spdy(server, sleeper) -> None:
    client = SpdyCommand(server, exec_url(server, sleeper, "sh", "-c", "echo out; echo err >&2"), "stdout", "stderr")
    assert client.status == 101
    assert "X-Stream-Protocol-Version: v4.channel.k8s.io" in client.head
    assert client.result() == SUCCESS
    assert (client["stdout"], client["stderr"]) == (b"out\n", b"err\n")
    assert client.ended == set(client.streams.values())

    client = SpdyCommand(server, exec_url(server, sleeper, "sh", "-c", "exit 3"), "stdout", "stderr")
    failed = client.result()
    assert (failed["status"], failed["reason"]) == ("Failure", "NonZeroExitCode")
    assert failed["details"]["causes"] == [{"reason": "ExitCode", "message": "3"}]

    client = SpdyCommand(server, exec_url(server, sleeper, "/no/such"), "stdout", "stderr")
    failed = client.result()
    assert (failed["status"], failed["reason"]) == ("Failure", "InternalError")
    assert "/no/such" in failed["message"]


def test_exec_with_input_that_ends_and_much_output(server, sleeper) -> None:
    client = SpdyCommand(
        server, exec_url(server, sleeper, "sh", "-c", "cat; echo end", streams=EVERYTHING), *EVERYTHING
    )
    data = os.urandom(3 << 20)
    for place in range(0, len(data), 50_000):
        client.type(data[place : place + 50_000])
    client.write(PingFrame(ping_id=7))
    client.type(b"", fin=True)
    assert client.result() == SUCCESS
    assert client["stdout"] == data + b"end\n"
    assert client.pings == [7]


def test_exec_ends_though_its_input_is_open_or_a_child_of_it_lives(server, sleeper) -> None:
    client = SpdyCommand(server, exec_url(server, sleeper, "echo", "x", streams=EVERYTHING), *EVERYTHING)
    assert client.result() == SUCCESS
    assert client["stdout"] == b"x\n"
    client = SpdyCommand(server, exec_url(server, sleeper, "sh", "-c", "sleep 977 & echo x"), "stdout", "stderr")
    assert client.result() == SUCCESS
    assert client["stdout"] == b"x\n"
    client = SpdyCommand(
        server, exec_url(server, sleeper, "sh", "-c", "while :; do echo y; done & echo x"), "stdout", "stderr"
    )
    assert client.result() == SUCCESS
    assert b"x\n" in client["stdout"]


def test_exec_with_a_terminal(server, sleeper) -> None:
    url = exec_url(server, sleeper, "sh", streams=("stdin", "stdout"), tty=True)
    client = SpdyCommand(server, url, "stdin", "stdout", "resize")
    client.send(client.streams["resize"], b'{"Width":101,"Hei')
    client.send(client.streams["resize"], b'ght":37}{"Width":102,"Height":38}')
    client.until(lambda: b"# " in client["stdout"])
    wanted = b"38 102"
    deadline = time.monotonic() + 120
    while wanted not in client["stdout"]:
        assert time.monotonic() < deadline
        client.type(b"stty size\n")
        seen = len(client["stdout"])
        client.until(lambda seen=seen: client["stdout"].count(b"# ", seen) > 0)
    client.type(b"tty; exit 5\n")
    assert client.result()["details"]["causes"][0]["message"] == "5"
    assert b"/dev/pts/" in client["stdout"]


@pytest.mark.parametrize("tty", [False, True])
def test_nothing_is_left_of_a_client_who_vanishes(server, sleeper, tty) -> None:
    streams = ["stdin", "stdout"] if tty else EVERYTHING
    extra = ["resize"] if tty else []
    command = ("sh", "-c", "echo there; sleep 978 & sleep 979")
    client = SpdyCommand(server, exec_url(server, sleeper, *command, streams=streams, tty=tty), *streams, *extra)
    client.until(lambda: b"there" in client["stdout"])
    assert processes("sleep 979")
    client.close()
    wait_until(lambda: not processes("sleep 978") and not processes("sleep 979"), "the command lives on")
    wait_until(lambda: not json.loads(server.pycman("inspect", sleeper))[0]["ExecIDs"], "a session is left")
    assert json.loads(server.pycman("inspect", sleeper))[0]["State"]["Running"]


def test_a_url_is_good_for_one_use(server, sleeper) -> None:
    url = exec_url(server, sleeper, "true")
    assert SpdyCommand(server, url, "stdout", "stderr").result() == SUCCESS
    assert SpdyClient(server, url, "v4.channel.k8s.io").status == 404
    assert SpdyClient(server, url.replace("/exec/", "/attach/"), "v4.channel.k8s.io").status == 404
    base = url.rpartition("/")[0]
    assert SpdyClient(server, f"{base}/{'0' * 32}", "v4.channel.k8s.io").status == 404
    assert SpdyClient(server, f"{base}/../../etc/passwd", "v4.channel.k8s.io").status == 404
    url = exec_url(server, sleeper, "true")
    refused = SpdyClient(server, url, "v9.channel.k8s.io")
    assert refused.status == 403
    assert "X-Accepted-Stream-Protocol-Versions: v4.channel.k8s.io" in refused.head
    with server.connect(url) as plain:
        plain.sendall(f"GET {urlsplit(url).path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert plain.recv(4096).startswith(b"HTTP/1.1 400 ")
    assert SpdyCommand(server, url, "stdout", "stderr").result() == SUCCESS  # the refused ones did not use it up


def test_wrong_requests_for_urls(server, sleeper) -> None:
    for fields in (
        {"container_id": sleeper, "cmd": ["true"]},
        {"container_id": sleeper, "stdout": True},
        {"container_id": sleeper, "cmd": ["true"], "tty": True, "stdout": True, "stderr": True},
    ):
        with pytest.raises(grpc.RpcError) as caught:
            server.runtime("Exec", **fields)
        assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    for method, fields in (
        ("Exec", {"container_id": "0" * 64, "cmd": ["true"], "stdout": True}),
        ("Attach", {"container_id": "0" * 64, "stdout": True}),
        ("PortForward", {"pod_sandbox_id": "0" * 64}),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            server.runtime(method, **fields)
        assert caught.value.code() == grpc.StatusCode.NOT_FOUND
    server.runtime("StopContainer", container_id=sleeper)
    for method in ("Exec", "Attach"):
        more = {"cmd": ["true"]} if method == "Exec" else {}
        with pytest.raises(grpc.RpcError) as caught:
            server.runtime(method, container_id=sleeper, stdout=True, **more)
        assert caught.value.code() == grpc.StatusCode.FAILED_PRECONDITION


@pytest.mark.parametrize("protocol", ["v5.channel.k8s.io", "v4.channel.k8s.io"])
def test_exec_over_websocket(server, sleeper, protocol) -> None:
    client = web_socket(server, exec_url(server, sleeper, "sh", "-c", "echo out; echo err >&2; exit 4"), protocol)
    assert client.getsubprotocol() == protocol
    found = messages(client)
    assert (found[1], found[2]) == (b"out\n", b"err\n")
    assert json.loads(found[3])["details"]["causes"][0]["message"] == "4"


def test_input_ends_over_websocket(server, sleeper) -> None:
    client = web_socket(server, exec_url(server, sleeper, "cat", streams=EVERYTHING), "v5.channel.k8s.io")
    client.send_binary(b"\0hello ")
    client.send_binary(b"\0there")
    client.send_binary(b"\xff\0")
    found = messages(client)
    assert found[1] == b"hello there"
    assert json.loads(found[3]) == SUCCESS


def test_terminal_over_websocket_in_base64(server, sleeper) -> None:
    url = exec_url(server, sleeper, "sh", "-c", "read x; echo got $x", streams=("stdin", "stdout"), tty=True)
    client = web_socket(server, url, "v4.base64.channel.k8s.io")
    client.send("0YWJjCg==")
    text = b""
    while b"got" not in text:
        opcode, data = client.recv_data()
        assert opcode == websocket.ABNF.OPCODE_TEXT
        text += __import__("base64").b64decode(data[1:]) if data[:1] == b"1" else b""
    assert b"got abc" in text


def test_attach_and_standard_input_that_ends_once(server) -> None:
    _, container = server.run(
        server.sandbox(), server.container("sh", "-c", "cat; echo end", stdin=True, stdin_once=True)
    )
    url = server.runtime("Attach", container_id=container, stdin=True, stdout=True, stderr=True).url
    client = SpdyCommand(server, url, *EVERYTHING)
    client.type(b"one\n")
    client.until(lambda: b"one\n" in client["stdout"])
    client.type(b"two\n", fin=True)
    assert client.result() == SUCCESS
    assert client["stdout"] == b"one\ntwo\nend\n"
    wait_until(
        lambda: server.runtime("ContainerStatus", container_id=container).status.state == api.CONTAINER_EXITED,
        "it does not end",
    )


def test_who_attaches_and_goes_leaves_the_container_alone(server) -> None:
    _, container = server.run(server.sandbox(), server.container("cat", stdin=True))
    for text in (b"first\n", b"second\n"):
        url = server.runtime("Attach", container_id=container, stdin=True, stdout=True).url
        client = SpdyCommand(server, url, "stdin", "stdout")
        client.type(text)
        client.until(lambda client=client, text=text: text in client["stdout"])
        client.close()
    assert server.runtime("ContainerStatus", container_id=container).status.state == api.CONTAINER_RUNNING


def test_attach_to_a_terminal(server) -> None:
    _, container = server.run(server.sandbox(), server.container("sh", stdin=True, tty=True))
    url = server.runtime("Attach", container_id=container, stdin=True, stdout=True, tty=True).url
    client = SpdyCommand(server, url, "stdin", "stdout", "resize")
    client.send(client.streams["resize"], b'{"Width":91,"Height":33}')
    deadline = time.monotonic() + 120
    while b"33 91" not in client["stdout"]:
        assert time.monotonic() < deadline
        seen = len(client["stdout"])
        client.type(b"stty size\n")
        client.until(lambda seen=seen: client["stdout"].count(b"# ", seen) > 0)
    client.type(b"exit\n")
    assert client.result() == SUCCESS


@pytest.fixture
def web(server):
    script = "mkdir /w; echo page > /w/index.html; head -c 3000000 /dev/zero > /w/big; exec httpd -f -p 8080 -h /w"
    pod, container = server.run(server.sandbox(), server.container("sh", "-c", script))
    ready = ["sh", "-c", "until wget -qO- http://127.0.0.1:8080/ >/dev/null; do sleep 0.1; done"]
    assert server.runtime("ExecSync", container_id=container, cmd=ready, timeout=20).exit_code == 0
    return pod


def forward_pair(client: SpdyClient, port: int, number: int) -> tuple[int, int]:
    named = {"port": str(port), "requestID": str(number)}
    return client.open(streamType="error", **named), client.open(streamType="data", **named)


def test_port_forward_over_spdy(server, web) -> None:
    client = SpdyClient(server, server.runtime("PortForward", pod_sandbox_id=web).url, "portforward.k8s.io")
    assert client.status == 101
    first, second, refused = (forward_pair(client, port, n) for n, port in enumerate((8080, 8080, 8081)))
    client.send(second[1], b"GET /big HTTP/1.0\r\n\r\n")
    client.send(first[1], b"GET / HTTP/1.0\r\n\r\n")
    client.until(lambda: {first[0], first[1], second[1]} <= client.ended)
    assert client.received[first[1]].endswith(b"page\n")
    assert client.received[first[0]] == b""
    assert len(client.received[second[1]]) > 3_000_000
    client.until(lambda: refused[1] in client.reset)
    assert b"8081" in client.received[refused[0]]
    assert b"refused" in client.received[refused[0]]
    third = forward_pair(client, 8080, 9)  # the connection goes on
    client.send(third[1], b"GET / HTTP/1.0\r\n\r\n", fin=True)
    client.until(lambda: third[1] in client.ended)
    assert client.received[third[1]].endswith(b"page\n")
    client.close()


def test_port_forward_over_websockets_channels(server, web) -> None:
    client = web_socket(server, server.runtime("PortForward", pod_sandbox_id=web, port=[8080]).url, "v4.channel.k8s.io")
    client.send_binary(b"\0GET / HTTP/1.0\r\n\r\n")
    found = messages(client)
    assert found[0].startswith((8080).to_bytes(2, "little") + b"HTTP/1.")
    assert found[0].endswith(b"page\n")
    assert found[1] == (8080).to_bytes(2, "little")


def test_port_forward_over_spdy_in_a_websocket(server, web) -> None:
    from cri_server.streaming.spdy_frames import DataFrame, FrameReader, FrameWriter, SynStream

    client = web_socket(server, server.runtime("PortForward", pod_sandbox_id=web).url, "SPDY/3.1+portforward.k8s.io")
    writer, reader = FrameWriter(), FrameReader()
    named = {"port": "8080", "requestid": "0"}
    for frame in (
        SynStream(stream_id=1, headers={"streamtype": "error", **named}),
        SynStream(stream_id=3, headers={"streamtype": "data", **named}),
        DataFrame(stream_id=3, data=b"GET / HTTP/1.0\r\n\r\n"),
    ):
        client.send_binary(writer.encode(frame))
    data, ended = b"", False
    while not ended:
        for frame in reader.receive(client.recv()):
            if isinstance(frame, DataFrame) and frame.stream_id == 3:
                data += frame.data
                ended = frame.fin
    assert data.endswith(b"page\n")
    client.close()


def test_streams_over_tls(server, sleeper, tmp_path) -> None:
    import ssl

    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True,
    )  # fmt: skip
    server.stop()
    (server.folder / "cri.toml").write_text(f'stream_tls_cert = "{cert}"\nstream_tls_key = "{key}"\n')
    server.start("--config", str(server.folder / "cri.toml"))
    url = exec_url(server, sleeper, "sh", "-c", "echo safe")
    parts = urlsplit(url)
    assert parts.scheme == "https"
    safe = ssl.create_default_context(cafile=str(cert)).wrap_socket(server.connect(url), server_hostname="127.0.0.1")
    client = websocket.create_connection(
        f"wss://{parts.netloc}{parts.path}", subprotocols=["v5.channel.k8s.io"], timeout=20, socket=safe
    )
    found = messages(client)
    assert found[1] == b"safe\n"


def test_a_client_who_breaks_the_protocol_is_told_and_its_command_ended(server, sleeper) -> None:
    command = ("sh", "-c", "echo there; sleep 976")
    client = SpdyCommand(server, exec_url(server, sleeper, *command), "stdout", "stderr")
    client.until(lambda: b"there" in client["stdout"])
    client.socket.sendall(b"\x80\x02" + b"\xff" * 30)  # another version of SPDY
    client.to_the_end()
    wait_until(lambda: not processes("sleep 976"), "the command lives on")
