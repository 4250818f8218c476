"""What installs a missing part: on each distribution, in every message, and by one table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pycman.linux import distribution
from pycman.linux.distribution import how_to_install_library, install_command, parse_os_release

ROOT = Path(__file__).resolve().parent.parent.parent.parent

FEDORA = 'NAME="Fedora Linux"\nID=fedora\nVERSION_ID=41\n'
ROCKY = 'ID="rocky"\nID_LIKE="rhel centos fedora"\n'
MINT = "ID=linuxmint\nID_LIKE='ubuntu debian'\n"
LEAP = 'ID="opensuse-leap"\nID_LIKE="suse opensuse"\n'
MANJARO = "# a comment\nID=manjaro\nID_LIKE=arch\n"
ALPINE = "ID=alpine\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ID=debian\n", "apt-get install crun uidmap nftables libcap-dev"),
        ("ID=ubuntu\nID_LIKE=debian\n", "apt-get install crun uidmap nftables libcap-dev"),
        (MINT, "apt-get install crun uidmap nftables libcap-dev"),
        (FEDORA, "dnf install crun shadow-utils nftables libcap-devel"),
        (ROCKY, "dnf install crun shadow-utils nftables libcap-devel"),
        (MANJARO, "pacman -S crun shadow nftables libcap"),
        (LEAP, "zypper install crun shadow nftables libcap-devel"),
        (ALPINE, "apk add crun shadow-subids nftables libcap-dev"),
        ("ID=nixos\n", "install crun uidmap nftables libcap-dev"),
        ("", "install crun uidmap nftables libcap-dev"),
    ],
    ids=["debian", "ubuntu", "mint", "fedora", "rocky", "manjaro", "leap", "alpine", "nixos", "none"],
)
def test_each_distribution_is_told_its_own_command(text: str, expected: str) -> None:
    wanted = ["crun", "newuidmap", "newgidmap", "nft", "libcap-headers"]
    assert install_command(wanted, parse_os_release(text)) == expected


def test_os_release_is_read_as_a_shell_would() -> None:
    release = parse_os_release("\n# ID=no\nNAME='A B'\nPRETTY_NAME=\"A = B\"\nno equals sign\n")
    assert release == {"NAME": "A B", "PRETTY_NAME": "A = B"}


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("/usr/lib/python3/dist-packages/pycman/linux/distribution.py", "apk add py3-h11"),
        ("/usr/local/lib/python3.13/dist-packages/pycman/linux/distribution.py", "pip install 'pycman[api]'"),
        ("/home/a/.local/share/pipx/venvs/pycman/x/distribution.py", "pip install 'pycman[api]'"),
    ],
    ids=["package", "usr-local", "pipx"],
)
def test_a_library_comes_from_where_pycman_came_from(
    place: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distribution, "__file__", place)
    monkeypatch.setattr(distribution, "os_release", lambda: {"ID": "alpine"})
    assert how_to_install_library("h11", "api") == expected


def test_no_other_file_names_a_package_manager() -> None:
    """A message that names one would be wrong on every other distribution."""
    words = re.compile(r"apt-get install|apt install|install the package|\bdnf install|pip install 'pycman")
    found = [
        str(path.relative_to(ROOT))
        for room in ("pycman", "cli", "pods", "kube_yaml", "cri_server", "api_server")
        for path in (ROOT / room).rglob("*.py")
        if words.search(path.read_text())
    ]
    assert found == ["pycman/linux/distribution.py"]


def test_every_part_has_a_package_for_each_manager() -> None:
    assert all(len(packages) == len(distribution._COMMANDS) for packages in distribution._PACKAGES.values())
