"""Reconcile the network with the database, and connect containers to it, in a forked child beside the caller's own
work.

    begin_refresh ─▶ child: bridges, table, names │ finish
    begin_connect ─▶ child: the same, then waits ── pid ──▶ interfaces │ finish
    begin_connect(early) ─▶ child: bridges, table, waits ── path ──▶ interfaces, names │ finish

Only one child of a store works at a time: it holds the lock "network-all". If its command is killed, the next command
waits for the child to finish.
"""

from __future__ import annotations

import os

from pycman.linux import syscalls
from pycman.linux.files import take_lock
from pycman.linux.forked_child import ForkedChild
from pycman.linux.processes import namespace_path
from pycman.network.reconcile.desired import read_desired
from pycman.network.subnets_lock import NOT_HELD
from pycman.state.locks import LOCK_TIMEOUT_S

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pycman.spec.network import Endpoint, Network
    from pycman.state.session import Session


_PARENT_S = 0.05


def begin_connect(
    session: Session,
    pairs: Sequence[tuple[Endpoint, Network]],
    *,
    early: bool = False,
    ports_required: bool = True,
    subnets_lock: int = NOT_HELD,
) -> ForkedChild:
    """Start a child that makes what the networks of these endpoints need, then waits for the namespace: `tell` it the
    pid or the path. Then it makes the interfaces.

    With `early` it makes them before DNS is updated, and holds the lock of the networks until the names resolve. Unless
    `ports_required`, a port of the container that the host has given away meanwhile is left out. `subnets_lock` is the
    descriptor of that lock, which the child holds until there are bridges.
    """
    mtu = _mtu(session)

    def connect(child: ForkedChild) -> None:
        from pycman.network.reconcile.interfaces import attach, open_namespace  # only imported in the child

        own = open_namespace(namespace_path("self", "net")) if early else -1
        attach(pairs, open_namespace(child.receive_line()), mtu)
        if early:
            syscalls.setns(own, syscalls.CLONE_NEWNET)  # back into the namespace in which the name server runs
            os.close(own)

    starting = frozenset(endpoint.container_id for endpoint, _ in pairs if ports_required)
    if early:
        return _begin(session, between=connect, starting=starting, subnets_lock=subnets_lock)
    return _begin(session, after=connect, starting=starting, subnets_lock=subnets_lock)


def begin_refresh(
    session: Session, *, gone: Sequence[str] = (), published: bool = True, force: bool = False
) -> ForkedChild:
    """Start a child that reconciles the network with the database and deletes the host interfaces in `gone`.

    `finish` returns once no packet reaches the removed containers. Deleting an interface takes the kernel another 20 to
    40 ms, for which the child waits alone, holding the lock. With the last container, unless it had `published` ports, the child
    does everything alone, from the moment of `finish` on. `force` ignores applied.json and repeats every step.
    """
    return _begin(session, gone=gone, published=published, force=force)


def _mtu(session: Session) -> int:
    """Return the default MTU, 0 for the kernel's: rootless that of slirp4netns, which is ten times as fast with it."""
    return 65520 if session.rootless else 0


def refresh(session: Session, *, force: bool = False) -> None:
    """Reconcile the network with the database and wait until all of it is done."""
    _begin(session, force=force, wait=True).finish()


def needs_refresh(session: Session) -> bool:
    """Say whether a killed command has left network state though no container needs any."""
    return is_applied(session) and not read_desired(session).bridges


def is_applied(session: Session) -> bool:
    """Say whether there is network state: what was applied last is recorded, or rootless there is the shared namespace."""
    if os.path.exists(f"{session.paths.network}/applied.json"):
        return True
    return session.rootless and os.path.exists(f"{session.paths.network}/netns")


def _begin(
    session: Session,
    *,
    between: Callable[[ForkedChild], None] | None = None,
    after: Callable[[ForkedChild], None] | None = None,
    gone: Sequence[str] = (),
    published: bool = True,
    force: bool = False,
    wait: bool = False,
    starting: frozenset[str] = frozenset(),
    subnets_lock: int = NOT_HELD,
) -> ForkedChild:
    lock = take_lock(session.paths.lock("network", "all"), timeout_s=LOCK_TIMEOUT_S, subject="networks")
    try:
        desired = read_desired(session, _mtu(session))
        is_last = bool(gone) and not published and not desired.bridges

        def work(child: ForkedChild) -> list[str]:
            if is_last:
                # nobody is left who could see how long it takes, the next command waits for the lock, and the parent, which
                # removes the container, would wait for the same locks of the kernel
                child.send_result([])
                child.wait_for_parent(_PARENT_S)
            from pycman.network.reconcile.work import work as reconcile  # 2 ms, beside what the parent does meanwhile

            return reconcile(
                child,
                session,
                desired,
                lock,
                between=between,
                after=after,
                gone=gone,
                force=force,
                wait=wait or is_last,
                starting=starting,
                subnets_lock=subnets_lock,
            )

        keep = (lock,) if subnets_lock == NOT_HELD else (lock, subnets_lock)
        return ForkedChild(work, keep=keep, subject="networks")
    finally:
        os.close(lock)
