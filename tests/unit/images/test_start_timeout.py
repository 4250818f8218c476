"""What a service manager is told while an image is pulled in the start of a service."""

from __future__ import annotations

import os
import socket

import pytest

from pycman.images.transfer import start_timeout
from pycman.images.transfer.start_timeout import more_time_to_start
from pycman.state.session import Options, Session, User

EXTENDED = b"EXTEND_TIMEOUT_USEC=30000000"


@pytest.fixture
def manager(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(60)
        yield listener


def session_of(tmp_path, address: str) -> Session:
    options = Options(root=f"{tmp_path}/root", run_root=f"{tmp_path}/run", start_timeout_socket=address)
    return Session(options, User(uid=os.getuid(), gid=os.getgid(), home=str(tmp_path), rootless=False))


def test_the_start_is_given_more_time_again_and_again(tmp_path, manager, monkeypatch) -> None:
    monkeypatch.setattr(start_timeout, "_EVERY_S", 0.0)
    with session_of(tmp_path, manager.getsockname()) as session, more_time_to_start(session):
        assert [manager.recv(100) for _ in range(10)] == [EXTENDED] * 10


def test_the_end_of_the_pull_ends_it(tmp_path, manager) -> None:
    with session_of(tmp_path, manager.getsockname()) as session:
        with more_time_to_start(session):
            assert manager.recv(100) == EXTENDED
        manager.setblocking(False)
        with pytest.raises(BlockingIOError):
            manager.recv(100)


def test_a_manager_that_is_gone_fails_nothing(tmp_path) -> None:
    with session_of(tmp_path, f"{tmp_path}/nosuch") as session, more_time_to_start(session):
        pass
