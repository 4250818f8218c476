"""Directories that a group may write in: a user's own group is nobody else's (umask 0002)."""

from __future__ import annotations

import grp
import os
import pwd
from types import SimpleNamespace

import pytest

from pycman.errors import Denied
from pycman.linux import trust
from pycman.linux.user.identity import CurrentUser

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

ME, MINE = 70123, 70124


def person(name: str, uid: int, gid: int) -> SimpleNamespace:
    return SimpleNamespace(pw_name=name, pw_uid=uid, pw_gid=gid)


@pytest.mark.parametrize(
    ("others", "members", "rootless", "trusted"),
    [
        ([], [], True, True),
        ([], ["me"], True, True),
        ([], ["you"], True, False),
        ([person("you", 70125, MINE)], [], True, False),
        ([], [], False, False),
    ],
    ids=["own group", "named in it", "another member", "primary group of another", "root"],
)
@pytest.mark.parametrize("joined", [False, True], ids=["host", "namespace"])
def test_a_directory_that_only_the_own_group_may_write_in_is_trusted(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    others: list[SimpleNamespace],
    members: list[str],
    rootless: bool,
    trusted: bool,
    joined: bool,
) -> None:
    path = tmp_path / "containers"
    path.mkdir()
    path.chmod(0o775)
    inside = 0 if joined else MINE
    os.chown(path, -1, inside)
    monkeypatch.setattr(os, "getegid", lambda: inside)
    monkeypatch.setattr(trust, "current_user", lambda: CurrentUser(ME, MINE, rootless=rootless, joined=joined))
    known = [person("root", 0, 0), person("me", ME, MINE), *others]
    monkeypatch.setattr(pwd, "getpwall", lambda: known)
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: next(one for one in known if one.pw_uid == uid))
    monkeypatch.setattr(grp, "getgrgid", lambda gid: SimpleNamespace(gr_mem=members if gid == MINE else ["you"]))
    if trusted:
        trust.refuse_untrusted(str(path))
        path.chmod(0o777)
    with pytest.raises(Denied, match="others may write in it"):
        trust.refuse_untrusted(str(path))
