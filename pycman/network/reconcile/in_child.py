"""Bring the network in line with the database, and containers onto it, by a forked child beside the caller's own work.

    begin_refresh ─▶ child: bridges, table, names │ finish
    begin_connect ─▶ child: the same, then waits ── pid ──▶ interfaces │ finish
    begin_connect(early) ─▶ child: bridges, table, waits ── path ──▶ interfaces │ wait_interim ─▶ names │ finish

A store's changes are done one at a time, under the lock "network-all", which the child holds while it works: a command
that is killed does not let the next one in before its child is done.
"""

from __future__ import annotations

import binascii
import os

from pycman.linux import syscalls
from pycman.linux.files import take_lock
from pycman.linux.forked_child import ForkedChild
from pycman.linux.links import delete_link
from pycman.linux.netlink import Netlink
from pycman.linux.processes import namespace_path
from pycman.network.reconcile.desired import read_desired
from pycman.network.reconcile.reconcile import Place, Refresh, carry_out_acts, is_there, prepare_folder, read_applied
from pycman.state.locks import LOCK_TIMEOUT_S
from pycman.state.paths import default_root
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pycman.network.reconcile.desired import Desired
    from pycman.spec.network import Endpoint, Network
    from pycman.state.session import Session


def place_of(session: Session) -> Place:
    """Return where this store's network lives."""
    folder = session.paths.network
    settings = containers_conf(session)
    if not session.rootless:
        own = "" if session.paths.root == default_root(0, "") else session.paths.root
        suffix = f"_{binascii.crc32(own.encode()):08x}" if own else ""
        return Place(folder=folder, table=f"pycman{suffix}", helper_directories=settings.helper_binaries_dir)
    from pycman.network.rootless.uplink import Uplink  # rootless only

    uplink = Uplink(folder, settings.network_cmd_path)
    return Place(folder=folder, table="pycman", uplink=uplink, helper_directories=settings.helper_binaries_dir)


def begin_connect(session: Session, pairs: Sequence[tuple[Endpoint, Network]], *, early: bool = False) -> ForkedChild:
    """Start to make what the containers' networks need. The child then waits for the namespace: `tell` it the pid.

    With `early` it does so before the names are answered for: its `interim` is that there are interfaces, and it holds the
    lock of the networks until there are names.
    """
    mtu = _mtu(session)

    def connect(child: ForkedChild) -> None:
        from pycman.network.reconcile.interfaces import attach, open_namespace  # the child's business

        own = open_namespace(namespace_path("self", "net")) if early else -1
        attach(pairs, open_namespace(child.receive_line()), mtu)
        if early:
            syscalls.setns(own, syscalls.CLONE_NEWNET)  # where the name server is to be
            os.close(own)
            child.send_interim()

    return _begin(session, between=connect) if early else _begin(session, after=connect)


def begin_refresh(session: Session, *, gone: Sequence[str] = (), force: bool = False) -> ForkedChild:
    """Start to bring the network in line with the database. `gone`: host ends of interfaces to be taken away too.

    `finish` returns when nothing reaches the containers that are gone any more; the kernel takes 20 to 40 ms to forget
    an interface, which the child goes on to wait for by itself, holding the lock.
    """
    return _begin(session, gone=gone, force=force)


def _mtu(session: Session) -> int:
    """Return the MTU of networks that name none: rootless that of slirp4netns, which is ten times as fast for it."""
    return 65520 if session.rootless else 0


def refresh(session: Session, *, force: bool = False) -> None:
    """Bring the network in line with the database, now and wholly."""
    _begin(session, force=force, wait=True).finish()


def needs_refresh(session: Session) -> bool:
    """Say whether a killed command has left something that no container needs."""
    if not os.path.exists(f"{session.paths.network}/applied.json"):
        return session.rootless and os.path.exists(f"{session.paths.network}/netns")
    return not read_desired(session).bridges


def _begin(
    session: Session,
    *,
    between: Callable[[ForkedChild], None] | None = None,
    after: Callable[[ForkedChild], None] | None = None,
    gone: Sequence[str] = (),
    force: bool = False,
    wait: bool = False,
) -> ForkedChild:
    place = place_of(session)
    lock = take_lock(session.paths.lock("network", "all"), timeout_s=LOCK_TIMEOUT_S, subject="networks")
    try:
        desired = read_desired(session, _mtu(session))

        def work(child: ForkedChild) -> list[str]:
            return _work(child, place, desired, lock, between=between, after=after, gone=gone, force=force, wait=wait)

        return ForkedChild(work, keep=(lock,), subject="networks")
    finally:
        os.close(lock)


def _work(
    child: ForkedChild,
    place: Place,
    desired: Desired,
    lock: int,
    *,
    between: Callable[[ForkedChild], None] | None,
    after: Callable[[ForkedChild], None] | None,
    gone: Sequence[str],
    force: bool,
    wait: bool,
) -> list[str]:
    """Be the child: change what differs, then connect a container, or wait for the kernel to forget."""
    prepare_folder(place)
    plan = Refresh(place, desired, read_applied(place.folder), force=force or _has_lost_a_bridge(place))
    done: list[str] = carry_out_acts(plan, (lambda: between(child)) if between is not None else None)
    if between is not None:
        return done
    if after is not None:
        os.close(lock)
        after(child)
        return done
    leftovers = plan.leftovers()
    if (gone or leftovers) and not wait:
        child.send_result(done)
    if place.uplink is None or desired.bridges:
        _forget(gone)
    for act in leftovers:
        act.do()
    if leftovers:
        plan.keep_without_leftovers()
    return done


def _has_lost_a_bridge(place: Place) -> bool:
    """Say whether somebody has taken a bridge away that was made (only as root: nobody else is in the shared namespace)."""
    if place.uplink is not None:
        return False
    return any(not is_there(name) for name in read_applied(place.folder).bridges)


def _forget(interfaces: Sequence[str]) -> None:
    with Netlink() as netlink:
        for name in interfaces:
            delete_link(netlink, name)
