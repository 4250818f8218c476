"""The names of a pod's members in the /etc/hosts they share: a line for each one that runs, as podman has it (hosts(5)).

The file lies in the bundle of the container whose network the members have. It is changed line by line, in place and under a lock: members
start and end side by side, containers have it bind-mounted, and what one of them has written there stays.
"""

from __future__ import annotations

import os

from pycman.contexts import suppress
from pycman.errors import PycmanError
from pycman.linux.files import locked
from pycman.linux.folder import Folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

_MOST_BYTES = 1 << 20
_LOCK_TIMEOUT_S = 10.0


def add_member(session: Session, spec: ContainerSpec, name: str) -> None:
    """Add the line of a member that is started. Does nothing for containers that share no hosts file with a pod."""
    _change(session, spec, lambda text: with_name(text, name))


def remove_member(session: Session, spec: ContainerSpec, name: str) -> None:
    """Remove the line of a member that has ended. Does nothing for containers that share no hosts file with a pod."""
    _change(session, spec, lambda text: without_name(text, name))


def with_name(text: str, name: str) -> str:
    """Return a hosts file that has the name. Pure."""
    known = {word for line in text.splitlines() if not line.startswith("#") for word in line.split()[1:]}
    if name in known:
        return text
    return (text if text.endswith("\n") or not text else text + "\n") + _line(name)


def without_name(text: str, name: str) -> str:
    """Return a hosts file without the line that `with_name` adds. Pure."""
    return "".join(line for line in text.splitlines(keepends=True) if line != _line(name))


def member_names(text: str) -> list[str]:
    """Return the names that `with_name` has added to a hosts file, for a file that is written anew. Pure."""
    lines = [line.split() for line in text.splitlines() if line.startswith("127.0.0.1\t")]
    return [words[1] for words in lines if len(words) == 2 and words[1] != "localhost"]


def _line(name: str) -> str:
    return f"127.0.0.1\t{name}\n"


def _change(session: Session, spec: ContainerSpec, change: Callable[[str], str]) -> None:
    if not spec.pod_id or spec.is_infra or spec.network.kind != "container" or spec.no_hosts:
        return
    bundle = session.paths.bundle(spec.network.value)
    if not os.path.exists(f"{bundle}/hosts"):
        return
    # a hosts file that cannot be changed (its pod ends just now, its disk is full) must stop neither start nor cleanup
    with (
        suppress(OSError, PycmanError),
        locked(f"{bundle}/hosts.lock", timeout_s=_LOCK_TIMEOUT_S),
        Folder(bundle) as folder,
    ):
        with folder.open("hosts") as file:
            text = file.read(_MOST_BYTES).decode("utf-8", "surrogateescape")
        changed = change(text)
        if changed != text:
            folder.rewrite("hosts", changed)
