"""Reconcile the network with the database, and connect containers to it, in a forked child beside the caller's own
work.

    begin_refresh ─▶ child: bridges, table, names │ finish
    begin_connect ─▶ child: the same, then waits ── pid ──▶ interfaces │ finish
    begin_connect(early) ─▶ child: bridges, table, waits ── path ──▶ interfaces │ wait_interim ─▶ names │ finish

Only one child of a store works at a time: it holds the lock "network-all". If its command is killed, the next command
waits for the child to finish.
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
from pycman.linux.systemd.presence import runs_systemd
from pycman.network.helper_gone import HelperGone
from pycman.network.reconcile.bridges import interface_exists
from pycman.network.reconcile.desired import read_desired
from pycman.network.reconcile.helpers import end_unrecorded, living_helpers
from pycman.network.reconcile.nftables import table_is_gone
from pycman.network.reconcile.reconcile import (
    Place,
    Refresh,
    carry_out_steps,
    prepare_folder,
    read_applied,
)
from pycman.network.subnets_lock import NOT_HELD
from pycman.state.locks import LOCK_TIMEOUT_S
from pycman.state.paths import default_root
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pycman.network.reconcile.desired import Desired
    from pycman.network.reconcile.reconcile import Applied
    from pycman.spec.network import Endpoint, Network
    from pycman.state.session import Session


def place_of(session: Session) -> Place:
    """Return where the network of this store is: its folder, table name and, rootless, its uplink."""
    folder = session.paths.network
    settings = containers_conf(session)
    if not session.rootless:
        own = "" if session.paths.root == default_root(0, "") else session.paths.root
        suffix = f"_{binascii.crc32(own.encode()):08x}" if own else ""
        return Place(folder=folder, table=f"pycman{suffix}", helper_directories=settings.helper_binaries_dir)
    from pycman.network.rootless.uplink import Uplink  # only imported for rootless stores

    uplink = Uplink(folder, settings.network_cmd_path, helper_directories=settings.helper_binaries_dir)
    return Place(
        folder=folder,
        table="pycman",
        uplink=uplink,
        helper_directories=settings.helper_binaries_dir,
        uid=session.user.uid,
    )


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

    With `early` it makes them before DNS is updated; `wait_interim` returns once they exist, and the child holds the
    lock of the networks until the names resolve. Unless `ports_required`, a port of the container that the host has given away
    meanwhile is left out. `subnets_lock` is the descriptor of that lock, which the child holds until
    there are bridges.
    """
    mtu = _mtu(session)

    def connect(child: ForkedChild) -> None:
        from pycman.network.reconcile.interfaces import attach, open_namespace  # only imported in the child

        own = open_namespace(namespace_path("self", "net")) if early else -1
        attach(pairs, open_namespace(child.receive_line()), mtu)
        if early:
            syscalls.setns(own, syscalls.CLONE_NEWNET)  # back into the namespace in which the name server runs
            os.close(own)
            child.send_interim()

    starting = frozenset(endpoint.container_id for endpoint, _ in pairs if ports_required)
    if early:
        return _begin(session, between=connect, starting=starting, subnets_lock=subnets_lock)
    return _begin(session, after=connect, starting=starting, subnets_lock=subnets_lock)


def begin_refresh(session: Session, *, gone: Sequence[str] = (), force: bool = False) -> ForkedChild:
    """Start a child that reconciles the network with the database and deletes the host interfaces in `gone`.

    `finish` returns once no packet reaches the removed containers. Deleting an interface takes the kernel another 20 to
    40 ms, for which the child waits alone, holding the lock. `force` ignores applied.json and repeats every step.
    """
    return _begin(session, gone=gone, force=force)


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
    force: bool = False,
    wait: bool = False,
    starting: frozenset[str] = frozenset(),
    subnets_lock: int = NOT_HELD,
) -> ForkedChild:
    place = place_of(session)
    lock = take_lock(session.paths.lock("network", "all"), timeout_s=LOCK_TIMEOUT_S, subject="networks")
    try:
        desired = read_desired(session, _mtu(session))

        def work(child: ForkedChild) -> list[str]:
            return _work(
                child,
                place,
                desired,
                lock,
                between=between,
                after=after,
                gone=gone,
                force=force,
                wait=wait,
                starting=starting,
                subnets_lock=subnets_lock,
            )

        keep = (lock,) if subnets_lock == NOT_HELD else (lock, subnets_lock)
        return ForkedChild(work, keep=keep, subject="networks")
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
    starting: frozenset[str],
    subnets_lock: int,
) -> list[str]:
    """Run in the child: change what differs, then connect a container, or wait for the deletion of interfaces."""
    prepare_folder(place)
    if read_applied(place.folder).begun:
        end_unrecorded(place.folder)

    def planned(*, again: bool) -> Refresh:
        applied = read_applied(place.folder)
        forced = force or again or was_undone(place, applied)
        return Refresh(place, desired, applied, force=forced, starting=starting)

    plan, done = _carry_out(place, planned, None if between is None else lambda: between(child))
    if runs_systemd():
        from pycman.linux.systemd.own_scope import move_helpers  # only on hosts with systemd

        move_helpers(place.uid, living_helpers(place.folder), rootless=place.uplink is not None)
    if subnets_lock != NOT_HELD:
        os.close(subnets_lock)
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
        _delete_interfaces(gone)
    for step in leftovers:
        step.do()
    if leftovers:
        plan.keep_without_leftovers()
    return done


def _carry_out(
    place: Place, planned: Callable[..., Refresh], between: Callable[[], None] | None
) -> tuple[Refresh, list[str]]:
    """Do what differs, and call `between` once. If a helper goes meanwhile, do all of it once more, with another one."""
    waiting = [] if between is None else [between]

    def connect() -> None:
        waiting.pop()()

    host = os.open(namespace_path("self", "net"), os.O_RDONLY | os.O_CLOEXEC) if place.uplink is not None else -1
    try:
        plan = planned(again=False)
        try:
            return plan, carry_out_steps(plan, connect if waiting else None)
        except HelperGone:
            plan.abandon()
        if host >= 0:
            syscalls.setns(host, syscalls.CLONE_NEWNET)  # slirp4netns is started there, and ports are opened
        plan = planned(again=True)
        return plan, carry_out_steps(plan, connect if waiting else None)
    finally:
        if host >= 0:
            os.close(host)


def was_undone(place: Place, applied: Applied) -> bool:
    """Say whether another program has deleted a bridge or the table of ours (only as root: no other program is in the shared
    namespace).
    """
    if place.uplink is not None:
        return False
    return has_lost_rules(place) or any(not interface_exists(name) for name in applied.bridges)


def has_lost_rules(place: Place) -> bool:
    """Say whether the table of a store with networks is gone, as after `nft flush ruleset` (only as root, for the same reason)."""
    return place.uplink is None and os.path.exists(f"{place.folder}/applied.json") and table_is_gone(place.table)


def _delete_interfaces(interfaces: Sequence[str]) -> None:
    with Netlink() as netlink:
        for name in interfaces:
            delete_link(netlink, name)
