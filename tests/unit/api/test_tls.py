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
from cli.output.podman_words import podman_message
from pycman.errors import InvalidInput, PycmanError


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


@pytest.mark.parametrize(
    ("wrong", "told", "podmans"),
    [
        ({"key": "nosuch"}, "no such file: {nosuch} (name a PEM file)", "open {nosuch}: no such file or directory"),
        ({"authority": "nosuch"}, "no such file: {nosuch} (name a PEM file)", "open {nosuch}: no such file or directory"),
        ({"certificate": "text"}, "{text}: there is nothing in PEM form in it (name a PEM file)",
         "tls: failed to find any PEM data in certificate input"),
        ({"key": "text"}, "{text}: there is nothing in PEM form in it (name a PEM file)", "tls: failed to find any PEM data in key input"),
        ({"authority": "text"}, "{text}: there is nothing in PEM form in it (name a PEM file)", "{text}: non-PEM data found"),
        ({"key": "certificate"}, "{certificate}: it has a certificate and no private key (name the file of the private key)",
         "tls: found a certificate rather than a key in the PEM for the private key"),
        ({"certificate": "key"}, "{key}: it has a private key and no certificate (name the file of the certificate)",
         "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched"),
        ({"authority": "key"}, "{key}: it has a private key and no certificate (name the file of the certificate)",
         "{key}: non-certificate type `PRIVATE KEY` PEM data found"),
    ],
    ids=str,
)  # fmt: skip
def test_the_file_that_is_not_what_it_is_named_for_is_told(
    files: tuple[str, str], tmp_path: Path, wrong: dict[str, str], told: str, podmans: str
) -> None:
    (tmp_path / "text").write_text("x")
    known = {
        "certificate": files[0],
        "key": files[1],
        "text": str(tmp_path / "text"),
        "nosuch": str(tmp_path / "nosuch"),
    }
    chosen = {"certificate": "certificate", "key": "key", "authority": "certificate", **wrong}
    with pytest.raises(PycmanError) as refused:
        server_context(*(known[chosen[noun]] for noun in ("certificate", "key", "authority")))
    assert str(refused.value) == told.format(**known)
    assert podman_message(refused.value) == podmans.format(**known)


def test_a_key_of_another_certificate_is_told(files: tuple[str, str], tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(other)], check=True, capture_output=True)
    with pytest.raises(InvalidInput, match="no certificate with its key"):
        server_context(files[0], str(other), "")
