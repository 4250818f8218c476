"""TLS of clients that come by TCP: their certificate is asked for, and one direction may end before the other."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import threading
from pathlib import Path

import pytest

from api_server.http.tls import TlsStream, server_context
from pycman.errors import InvalidInput


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A certificate that is its own authority, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = str(folder / "cert.pem"), str(folder / "key.pem")
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-subj", "/CN=localhost", "-keyout", key, "-out", certificate, "-days", "2"]  # fmt: skip
    subprocess.run(words, check=True, capture_output=True)
    return certificate, key


def client(files: tuple[str, str], near: socket.socket, said: list[bytes], *, shows: bool) -> None:
    context = ssl.create_default_context(cafile=files[0])
    context.check_hostname = False
    if shows:
        context.load_cert_chain(*files)
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # the only one whose handshake fails where the client sees it
    come, gone = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(come, gone)

    def do(work, *words):
        while True:
            try:
                return work(*words)
            except ssl.SSLWantReadError:
                near.sendall(gone.read())
                come.write(near.recv(1 << 16))
            finally:
                near.sendall(gone.read())

    try:
        do(tls.do_handshake)
        tls.write(b"all of it")
        with_end = pytest.raises(ssl.SSLWantReadError)
        with with_end:
            tls.unwrap()  # the end of this direction
        near.sendall(gone.read())
        while data := near.recv(1 << 16):
            come.write(data)
        while data := tls.read(1 << 16):
            said.append(data)
    except ssl.SSLZeroReturnError:
        return  # the server's end, too
    except (ssl.SSLError, OSError) as error:
        said.append(str(error).encode())
    finally:
        near.close()


def talk(files: tuple[str, str], authority: str, *, shows: bool) -> tuple[bytes, list[bytes]]:
    """Return what the server read, and what the client read or the reason why it could not."""
    near, far = socket.socketpair()
    said: list[bytes] = []
    other = threading.Thread(target=client, args=(files, near, said), kwargs={"shows": shows})
    other.start()

    async def serve() -> bytes:
        reader, writer = await asyncio.open_connection(sock=far)
        stream = TlsStream(reader, writer, server_context(*files, authority))
        try:
            await stream.handshake()
            data = b""
            while piece := await stream.read(4):
                data += piece
            stream.write(b"after its end: " + data)
            await stream.drain()
            stream.close()
            return data
        except ssl.SSLError as error:
            return str(error.reason).encode()
        finally:
            writer.close()

    read = asyncio.run(serve())
    other.join(120)
    return read, said


def test_a_client_that_has_sent_its_last_byte_still_reads(files: tuple[str, str]) -> None:
    assert talk(files, files[0], shows=True) == (b"all of it", [b"after its end: all of it"])
    assert talk(files, "", shows=False)[0] == b"all of it"


def test_a_client_without_the_certificate_that_is_asked_for_gets_nothing(files: tuple[str, str]) -> None:
    read, said = talk(files, files[0], shows=False)
    assert read == b"PEER_DID_NOT_RETURN_A_CERTIFICATE"
    assert b"after" not in b"".join(said)


def test_files_that_are_no_certificates_are_named(files: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    with pytest.raises(InvalidInput, match="nosuch"):
        server_context(files[0], str(tmp_path / "nosuch"), "")
    with pytest.raises(InvalidInput, match=str(tmp_path / "x")):
        server_context(*files, str(tmp_path / "x"))
