"""The host's resolv.conf has changed (a VPN, another Wi-Fi) while containers run: theirs are made of the new one (resolv.conf(5))."""

from __future__ import annotations

import os

from pycman.containers import states
from pycman.containers.bundle.etc_files import host_resolv, resolv_text
from pycman.containers.catalogue import row_of, spec_of
from pycman.containers.networks.etc_networks import network_names
from pycman.contexts import suppress
from pycman.errors import PycmanError
from pycman.linux.files import read_text
from pycman.linux.folder import Folder
from pycman.network.reconcile.in_child import refresh

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from pycman.state.session import Session


def follow_host_resolver(session: Session, before: str) -> None:
    """Have the name server and all running containers use what the host's resolv.conf says now; it said `before`.

    A container that has written its own resolv.conf keeps it.
    """
    session.enter_namespaces()
    if session.db.value("SELECT 1 FROM endpoints LIMIT 1") is not None:
        refresh(session, force=True)  # the name server reads the file again when it is told to read its own
    rows = session.db.rows("SELECT * FROM containers WHERE row_state = 'ready'")
    rewrite_resolvers(session, [row for row in rows if states.has_process(row)], before=before)


def rewrite_resolvers(session: Session, rows: Iterable[Any], *, before: str | None = None) -> None:
    """Write resolv.conf of running containers anew; with `before` only where it is what follows from that text of the host's.

    Containers that end meanwhile are left out, and so are those that share the file of another one.
    """
    host = host_resolv()
    for row in rows:
        bundle = session.paths.bundle(row["id"])
        if not os.path.exists(f"{bundle}/resolv.conf"):
            continue
        with suppress(PycmanError), session.lock("container", row["id"]):
            current = row_of(session, row["id"])
            spec = spec_of(current)
            if not states.has_process(current) or "none" in spec.dns:
                continue
            names = network_names(session, row["id"], spec)
            present = read_text(f"{bundle}/resolv.conf")
            text = resolv_text(spec, names, host=host)
            if text == present or (before is not None and present != resolv_text(spec, names, host=before)):
                continue
            with Folder(bundle) as folder:
                folder.rewrite("resolv.conf", text)
