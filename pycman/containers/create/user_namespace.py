"""User namespaces: the id map of a container, from `--userns`, `--uidmap` and `--gidmap`.

All maps here lead from the container's ids to those of the namespace pycman works in: as root the host's; rootless the
user's namespace, where 0 is the user and 1, 2, … are the subordinate ids.

    host, ""    the namespace pycman works in       keep-id     rootless: the user has the same uid in the container
    nomap       rootless: the user is not mapped    auto        a range that no other container has
    container:  that container's namespace          private     needs --uidmap/--gidmap
"""

from __future__ import annotations

from pycman.errors import InvalidInput, NoSpace, Unsupported
from pycman.linux.files import read_text
from pycman.spec.id_map import IdMap, IdRange
from pycman.state.settings import storage_conf
from pycman.state.sqlite import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.config.storage_conf import StorageConf
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

_AUTO_DEFAULT_SIZE = 65_536
_AUTO_ROOTLESS_SIZE = 1_024
_AUTO_ROOT_FIRST = 0x7000_0000
"""Above the ranges that systemd and shadow hand out; used where storage.conf has no root-auto-userns-user."""
_AUTO_ROOT_SIZE = 0x0800_0000


def resolve_id_map(session: Session, spec: ContainerSpec, available: int) -> IdMap:
    """Return the id map of a new container; an empty one stands for the namespace pycman works in.

    `available` is how many ids (from 0) that namespace has. For auto it is empty too: `reserve_auto` reserves a range
    when the row is inserted. Raises InvalidInput, Unsupported.
    """
    mode = spec.user_mode.kind
    if mode in ("keep-id", "auto"):
        parse_options(spec.user_mode.value)
    elif spec.user_mode.value and mode not in ("container", "path"):
        raise InvalidInput("it takes no options", subject=f"--userns={mode}:{spec.user_mode.value}")
    if spec.id_map.uids or spec.id_map.gids:
        if mode not in ("", "private", "auto"):
            raise InvalidInput("it cannot be used with --uidmap and --gidmap", subject=f"--userns={mode}")
        return IdMap(uids=spec.id_map.uids or spec.id_map.gids, gids=spec.id_map.gids or spec.id_map.uids)
    if mode in ("", "host", "container", "path", "auto"):
        return IdMap()
    if mode == "private":
        raise InvalidInput(
            "it needs an id map", subject="--userns=private", hint="set --uidmap and --gidmap, or use --userns=auto"
        )
    if not session.rootless:
        if mode == "keep-id" and not spec.user_mode.value:  # root has uid 0 in the container without any map
            return IdMap()
        raise Unsupported(
            "it is for rootless containers only",
            subject=f"--userns={mode}",
            code="rootless-only-user-namespace",
            facts={"mode": mode},
        )
    if mode == "nomap":
        ranges = (IdRange(container_id=0, host_id=1, size=available - 1),)
        return IdMap(uids=ranges, gids=ranges)
    if mode == "keep-id":
        options = parse_options(spec.user_mode.value)
        return IdMap(
            uids=_keep(options.get("uid", session.user.uid), available, options.get("size", available)),
            gids=_keep(options.get("gid", session.user.gid), available, options.get("size", available)),
        )
    raise InvalidInput("not a user namespace mode", subject=mode, hint="use host, keep-id, auto, nomap or container:ID")


def parse_options(text: str) -> dict[str, int]:
    """Return the options of keep-id and auto ("uid=1,gid=2,size=3") as numbers by name. Raises InvalidInput."""
    options = {}
    for part in filter(None, text.split(",")):
        name, _, value = part.partition("=")
        if name not in ("uid", "gid", "size") or not value.isascii() or not value.isdecimal() or len(value) > 10:
            raise InvalidInput("not an option of --userns", subject=part, hint="use uid=N, gid=N or size=N")
        options[name] = int(value)
    return options


def _keep(inside: int, available: int, size: int) -> tuple[IdRange, ...]:
    """Return a map of `inside` to 0 (the user) and of the ids around it to 1, 2, …; of at most `size` ids."""
    below = min(inside, available - 1)
    above = min(size, available) - 1 - below
    ranges = [IdRange(container_id=0, host_id=1, size=below)] if below else []
    ranges.append(IdRange(container_id=inside, host_id=0, size=1))
    if above > 0:
        ranges.append(IdRange(container_id=inside + 1, host_id=below + 1, size=above))
    return tuple(ranges)


def reserve_auto(session: Session, container_id: str, spec: ContainerSpec, available: int) -> IdMap:
    """Reserve an id range for `--userns=auto` in the caller's transaction; return its map.

    Raises NoSpace if none is free, InvalidInput (options, more ids than storage.conf allows).
    """
    options = parse_options(spec.user_mode.value)
    conf = storage_conf(session)
    size = options.get("size", 0) or _default_size(session, conf)
    maximum = conf.auto_userns_max_size if conf is not None else 0
    if 0 < maximum < size:
        raise InvalidInput(
            f"storage.conf allows at most {maximum} ids (auto-userns-max-size)", subject=f"--userns=auto:size={size}"
        )
    if session.rootless:
        first, limit = 1, available
    elif conf is not None and conf.root_auto_userns_user:
        first, limit = _range_of(conf.root_auto_userns_user)
    else:
        first, limit = _AUTO_ROOT_FIRST, _AUTO_ROOT_FIRST + _AUTO_ROOT_SIZE
    start = first
    for row in session.db.rows("SELECT first_id, size FROM id_ranges ORDER BY first_id"):
        if row["first_id"] - start >= size:
            break
        start = max(start, row["first_id"] + row["size"])
    if start + size > limit:
        raise NoSpace(
            f"no free range of {size} ids is left",
            subject="--userns=auto",
            hint="use a smaller one: --userns=auto:size=N",
        )
    try:
        session.db.change("INSERT INTO id_ranges VALUES (?, ?, ?)", (container_id, start, size))
    except sqlite3.IntegrityError as error:
        raise NoSpace("another container reserved the same range", subject="--userns=auto", hint="try again") from error
    ranges = (IdRange(container_id=0, host_id=start, size=size),)
    return IdMap(uids=ranges, gids=ranges)


def _default_size(session: Session, conf: StorageConf | None) -> int:
    """Return how many ids a container gets without `size=`: pycman's default, within the limits of storage.conf."""
    size = _AUTO_ROOTLESS_SIZE if session.rootless else _AUTO_DEFAULT_SIZE
    if conf is None:
        return size
    size = max(size, conf.auto_userns_min_size)
    return min(size, conf.auto_userns_max_size) if conf.auto_userns_max_size else size


def _range_of(user: str) -> tuple[int, int]:
    """Return the first id of the user that root-auto-userns-user in storage.conf names, and the one after the last.

    The range must be in both /etc/subuid and /etc/subgid. Raises InvalidInput.
    """
    from pycman.linux.user.subordinate_ids import parse_ranges  # only imported if storage.conf has that key

    uids, gids = (parse_ranges(read_text(path), {user}) for path in ("/etc/subuid", "/etc/subgid"))
    in_both = [ids for ids in uids if ids in gids]
    if not in_both:
        raise InvalidInput(
            "it has no range that is in both /etc/subuid and /etc/subgid", subject=f"root-auto-userns-user {user}"
        )
    first, size = in_both[0]
    return first, first + size
