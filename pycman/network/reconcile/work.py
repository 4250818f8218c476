"""The work of the child that reconciles the network (in_child.py): what only the child needs is imported by this module."""

from __future__ import annotations

import binascii
import os

from pycman.linux.links import delete_link
from pycman.linux.netlink import Netlink
from pycman.linux.processes import namespace_path
from pycman.linux.systemd.presence import runs_systemd
from pycman.network.helper_gone import HelperGone
from pycman.network.reconcile.bridges import interface_exists
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
from pycman.state.paths import default_root
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pycman.linux.forked_child import ForkedChild
    from pycman.network.reconcile.desired import Desired
    from pycman.network.reconcile.reconcile import Applied
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


def work(
    child: ForkedChild,
    session: Session,
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
    """Change what differs, then connect a container, or wait for the deletion of interfaces."""
    place = place_of(session)
    prepare_folder(place)
    if read_applied(place.folder).begun:
        end_unrecorded(place.folder)

    def planned(*, again: bool) -> Refresh:
        applied = read_applied(place.folder)
        forced = force or again or was_undone(place, applied)
        return Refresh(place, desired, applied, force=forced, starting=starting, lock=lock)

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
    """Do what differs, and call `between` once. If a helper goes meanwhile, do all of it once more, with another one.

    An ordinary user's process that has entered the shared namespace cannot: the host's is another user's, and setns(2) does not lead
    back into it. The next command does it.
    """
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
            if host >= 0 and not _is_in(host):
                raise  # slirp4netns is started, and ports are opened, where this process cannot return to
        plan = planned(again=True)
        return plan, carry_out_steps(plan, connect if waiting else None)
    finally:
        if host >= 0:
            os.close(host)


def _is_in(namespace: int) -> bool:
    return os.path.samestat(os.fstat(namespace), os.stat(namespace_path("self", "net")))


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
