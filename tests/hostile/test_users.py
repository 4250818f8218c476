"""Users of images made to hurt: an id that means "no change" to the kernel does not leave a process root."""

from __future__ import annotations

import pytest

from pycman.containers.users import lookup_user
from pycman.errors import InvalidInput, PycmanError
from pycman.runtime.process import user_object

NO_CHANGE = 2**32 - 1


@pytest.mark.parametrize(
    "number", [str(NO_CHANGE), str(NO_CHANGE + 1), str(2**31), "-1", "0" * 20 + "1", "9" * 5000, "²", "0x0", ""]
)
def test_a_name_with_an_id_that_is_none_is_no_user(tmp_path, number) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text(f"evil:x:{number}:{number}::/:/bin/sh\ngood:x:5:6::/:/bin/sh\n")
    (tmp_path / "etc/group").write_text(f"evils:x:{number}:good\ngoods:x:7:good\n")
    for user in ("evil", "good:evils", number):
        if user:
            with pytest.raises(PycmanError):
                lookup_user(str(tmp_path), user)
    found = lookup_user(str(tmp_path), "good")
    assert (found.uid, found.gid, found.extra_gids) == (5, 6, (7,))


@pytest.mark.parametrize(
    "ids", [(NO_CHANGE, 0, ()), (0, NO_CHANGE, ()), (5, 5, (NO_CHANGE,)), (2**31, 5, ()), (-1, 5, ()), (5, -1, ())]
)
def test_no_process_gets_an_id_that_is_none_whoever_asks(ids) -> None:
    with pytest.raises(InvalidInput, match="must be from 0 to 2147483647"):
        user_object(*ids)


def test_a_number_is_never_a_name_of_the_images(tmp_path) -> None:
    """CVE-2016-3697: a user whose name is 1000 and whose id is 0."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("1000:x:0:0::/root:/bin/sh\nroot:x:0:0::/root:/bin/sh\n")
    (tmp_path / "etc/group").write_text("5:x:0:\n7:x:0:1000,root\n")
    found = lookup_user(str(tmp_path), "1000:5", ("7",))
    assert (found.uid, found.gid, found.extra_gids) == (1000, 5, (7,))
    found = lookup_user(str(tmp_path), "1000", ("7",), "Merge")
    assert (found.uid, found.gid, found.extra_gids) == (1000, 0, (7,))  # nobody's entry: docker's group 0
    assert lookup_user(str(tmp_path), "root").uid == 0


def test_an_image_with_such_a_user_runs_nothing(root_pycman, tmp_path) -> None:
    """crun would call setresuid(-1): the process stays root, with all capabilities."""
    name = root_pycman("create", "busybox:1", "true").strip()
    (tmp_path / "passwd").write_text(f"evil:x:{NO_CHANGE}:{NO_CHANGE}::/:/bin/sh\n")
    root_pycman("cp", str(tmp_path / "passwd"), f"{name}:/etc/passwd")
    root_pycman("commit", "-q", "--change", "USER evil", name, "evil:1")
    root_pycman("rm", name)
    done = root_pycman.run("run", "--rm", "evil:1", "id", "-u")
    assert done.returncode != 0
    assert done.stdout == b""
    assert done.stderr.decode().count("\n") == 1
    root_pycman("rmi", "evil:1")
