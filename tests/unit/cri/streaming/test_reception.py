"""Who is given a worker of the streaming server, and with which certificate."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cri_server.streaming.listener import check_certificate
from cri_server.streaming.reception import StreamReception
from cri_server.streaming.tickets import Tickets
from pycman.errors import InvalidInput, NotFound
from pycman.pool.entry import Admitted, Refusal

SPDY = ["Connection: Upgrade", "Upgrade: SPDY/3.1"]


class Asked:
    """A reception, and what its workers were called with."""

    def __init__(self, folder: Path) -> None:
        self.tickets = Tickets(str(folder))
        self.served: list[Any] = []
        self.reception = StreamReception(self.tickets, "", "", lambda *what: self.served.append(what))

    def ask(self, path: str, *lines: str, rest: bytes = b"") -> Refusal | Admitted | None:
        head = "\r\n".join([f"POST {path} HTTP/1.1", "Host: node", *lines, "", ""]).encode()
        admission = self.reception.admission()
        assert admission.receive(head[:20]) is None
        return admission.receive(head[20:] + rest)


@pytest.fixture
def reception(tmp_path: Path) -> Asked:
    return Asked(tmp_path / "tickets")


def status(decision: Refusal | Admitted | None) -> int:
    assert isinstance(decision, Refusal)
    return int(decision.answer.split()[1])


def test_with_a_good_ticket_a_worker_gets_all_that_was_said(reception: Asked) -> None:
    ticket = {"kind": "exec", "id": "x"}
    token = reception.tickets.issue(ticket)
    decision = reception.ask(
        f"/exec/{token}?tty=1", *SPDY, "X-Stream-Protocol-Version: v4.channel.k8s.io", rest=b"\x80\x03"
    )
    assert isinstance(decision, Admitted)
    assert decision.busy.startswith(b"HTTP/1.1 503 ")
    assert reception.served == []  # not in the pool process
    connection: Any = object()
    decision.serve(connection)
    ((given, upgrade, claimed, rest),) = reception.served
    assert (given, claimed, rest) == (connection, ticket, b"\x80\x03")
    assert (upgrade.is_spdy, upgrade.protocol) == (True, "v4.channel.k8s.io")
    assert status(reception.ask(f"/exec/{token}", *SPDY)) == 404  # it was good once


def test_what_cannot_be_served_does_not_use_up_a_ticket(reception: Asked) -> None:
    token = reception.tickets.issue({"kind": "exec", "id": "x"})
    assert status(reception.ask(f"/exec/{token}", *SPDY, "X-Stream-Protocol-Version: v9")) == 403
    assert status(reception.ask(f"/exec/{token}")) == 400
    assert status(reception.ask(f"/metrics/{token}", *SPDY)) == 404
    assert isinstance(reception.ask(f"/exec/{token}", *SPDY), Admitted)


@pytest.mark.parametrize("path", ["/", "/exec", "/exec/", "/exec/..", "/exec/%2e%2e", "//exec/x", "/exec/" + "0" * 32])
def test_without_a_ticket_there_is_nothing(reception: Asked, path: str) -> None:
    assert status(reception.ask(path, *SPDY)) == 404


def test_a_ticket_is_for_what_it_was_asked_for(reception: Asked) -> None:
    token = reception.tickets.issue({"kind": "exec", "id": "x"})
    assert status(reception.ask(f"/attach/{token}", *SPDY)) == 404


def make_certificate(folder: Path, name: str) -> tuple[str, str]:
    key, cert = str(folder / f"{name}.key"), str(folder / f"{name}.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
         "-out", cert, "-days", "2", "-subj", f"/CN={name}"], check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


def test_a_renewed_certificate_is_read_and_a_half_renewed_one_waited_for(tmp_path: Path) -> None:
    first, second = make_certificate(tmp_path, "first"), make_certificate(tmp_path, "second")
    cert, key = str(tmp_path / "cert"), str(tmp_path / "key")
    for source, target in zip(first, (cert, key), strict=True):
        shutil.copy(source, target)
    reception = StreamReception(Tickets(str(tmp_path / "t")), cert, key, lambda *_: None)
    context = reception.tls()
    assert context is not None
    assert reception.tls() is context
    os.replace(second[0], cert)
    assert reception.tls() is context  # the key is the old one's
    os.replace(second[1], key)
    renewed = reception.tls()
    assert renewed is not None
    assert renewed is not context
    os.unlink(key)
    assert reception.tls() is renewed


def test_a_certificate_that_cannot_be_read_is_refused_at_the_start(tmp_path: Path) -> None:
    (cert, key), (_, other) = make_certificate(tmp_path, "first"), make_certificate(tmp_path, "second")
    check_certificate(cert, key)
    with pytest.raises(InvalidInput, match="no certificate with its key"):
        check_certificate(cert, other)
    with pytest.raises(NotFound):
        check_certificate(cert, f"{key}.none")
    (tmp_path / "text").write_text("no PEM")
    with pytest.raises(InvalidInput):
        check_certificate(str(tmp_path / "text"), key)
