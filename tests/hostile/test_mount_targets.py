"""Images that lead mounts elsewhere: a VOLUME or a link into /proc does not replace what the runtime writes a container's labels to."""

from __future__ import annotations

import os

import pytest

from pycman.containers.bundle.bundle_input import _refuse_links_into_proc
from pycman.errors import InvalidInput
from pycman.linux.open_below import is_proc, resolved_below
from pycman.runtime.bundle_input import RuntimeMount


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("/data", "/data"), ("/p", "/proc"), ("/p/self/attr", "/proc/self/attr"), ("/up/x", "/proc/sys/x"), ("/chain", "/proc/sys"),
        ("/data/../p", "/proc"), ("/out", "/etc/shadow"), ("/missing/../p/x", "/proc/x"), ("//p//", "/proc"), ("/", "/"),
        ("/loop/x", "/loop/x"), ("/deep/a", "/proc/a"), ("/file/..", "/"), ("/../../p", "/proc"),
    ],
)  # fmt: skip
def test_a_path_leads_where_the_links_of_the_image_say(tmp_path, path, leads) -> None:
    for name, target in (
        ("p", "/proc"),
        ("up", "../../proc/sys"),
        ("chain", "up"),
        ("out", "/../../etc/shadow"),
        ("loop", "loop"),
        ("deep", "data/in"),
    ):
        (tmp_path / name).symlink_to(target)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/in").symlink_to("../p")
    (tmp_path / "file").write_text("")
    assert resolved_below(str(tmp_path), path) == leads
    assert is_proc(leads) is leads.startswith("/proc")


def test_files_of_the_engine_are_not_led_there_either(tmp_path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/hosts").symlink_to("/proc/self/attr/exec")
    (tmp_path / "etc/hostname").symlink_to("/run/hostname")
    _refuse_links_into_proc(str(tmp_path), [RuntimeMount(kind="bind", source="/s", target="/etc/hostname")])
    with pytest.raises(InvalidInput, match="/etc/hosts"):
        _refuse_links_into_proc(str(tmp_path), [RuntimeMount(kind="bind", source="/s", target="/etc/hosts")])


def test_an_image_mounts_nothing_in_proc(root_pycman) -> None:
    folder = root_pycman.folder / "links"
    folder.mkdir()
    os.symlink("/proc/self", folder / "p")
    name = root_pycman("create", "busybox:1", "true").strip()
    root_pycman("cp", str(folder / "p"), f"{name}:/p")
    root_pycman("commit", "-q", "--change", "VOLUME /p/attr", name, "evil:1")
    done = root_pycman.run("run", "--rm", "evil:1", "true")
    assert done.returncode == 125
    assert "the image has a VOLUME in /proc" in done.stderr.decode()
    assert done.stderr.decode().count("\n") == 1
    done = root_pycman.run("run", "--rm", "--image-volume=ignore", "-v", f"{folder}:/p/attr", "evil:1", "true")
    assert "a link of the image leads in /proc" in done.stderr.decode()
    assert root_pycman.run("run", "--rm", "--image-volume=ignore", "evil:1", "true").returncode == 0
    root_pycman("rmi", "-f", "evil:1")
