"""A process goes into new namespaces and comes back, whatever happens there."""

from __future__ import annotations

import os
import socket
import threading

import pytest

from pycman.linux.forked_child import ForkedChild
from pycman.linux.namespaces import may_return_to, namespace_id, within_new
from pycman.linux.syscalls import CLONE_NEWUSER, unshare

KINDS = ("ipc", "uts", "net")


def ids() -> list[str]:
    return [namespace_id(os.getpid(), kind) for kind in KINDS]


def visit(*, fails: bool) -> list[list[str]]:
    """Return where the process was before, in and after the block."""
    before = ids()
    inside: list[str] = []
    try:
        with within_new(KINDS):
            inside = ids()
            socket.sethostname("elsewhere")
            if fails:
                raise KeyError
    except KeyError:
        pass
    return [before, inside, ids()]


@pytest.mark.skipif(os.getuid() != 0, reason="only root may make namespaces without a user namespace")
@pytest.mark.parametrize("fails", [False, True], ids=["ends", "fails"])
def test_who_was_in_new_namespaces_is_where_it_was_before(fails: bool) -> None:
    name = socket.gethostname()
    before, inside, after = ForkedChild(lambda _child: visit(fails=fails)).finish()
    assert after == before
    assert not set(inside) & set(before)
    assert socket.gethostname() == name


@pytest.mark.skipif(os.getuid() != 0, reason="only root may make namespaces without a user namespace")
def test_only_a_process_that_can_come_back_goes() -> None:
    def in_user_namespace(_child: ForkedChild) -> bool:
        unshare(CLONE_NEWUSER)
        return may_return_to(KINDS)

    assert ForkedChild(lambda _child: may_return_to(KINDS)).finish()
    assert not ForkedChild(in_user_namespace).finish()


def test_a_process_with_threads_does_not_go() -> None:
    go_on = threading.Event()
    other = threading.Thread(target=go_on.wait)
    other.start()
    try:
        assert not may_return_to(KINDS)
    finally:
        go_on.set()
        other.join()
