"""The distribution of this host (os-release(5)), and what installs a program there: one table for every message that a part is missing."""

from __future__ import annotations

from pycman.linux.files import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_OS_RELEASE = ("/etc/os-release", "/usr/lib/os-release")
_APT, _DNF, _PACMAN, _ZYPPER, _APK = range(5)
_COMMANDS = ("apt-get install", "dnf install", "pacman -S", "zypper install", "apk add")
_MANAGERS = {
    "debian": _APT,
    "ubuntu": _APT,
    "fedora": _DNF,
    "rhel": _DNF,
    "centos": _DNF,
    "amzn": _DNF,
    "arch": _PACMAN,
    "suse": _ZYPPER,
    "opensuse": _ZYPPER,
    "sles": _ZYPPER,
    "alpine": _APK,
    "wolfi": _APK,
}
"""Package manager by ID; others are known by ID_LIKE: Mint and Raspbian, Rocky and Alma, Manjaro, Leap and Tumbleweed, postmarketOS."""
_PACKAGES = {
    "apparmor_parser": ("apparmor", "apparmor", "apparmor", "apparmor-parser", "apparmor"),
    "bridge": (
        "containernetworking-plugins",
        "containernetworking-plugins",
        "cni-plugins",
        "cni-plugins",
        "cni-plugins",
    ),
    "crontab": ("cron", "cronie", "cronie", "cronie", "cronie"),
    "docker-compose": ("docker-compose", "docker-compose", "docker-compose", "docker-compose", "docker-cli-compose"),
    "git": ("git",) * 5,
    "gpg": ("gnupg", "gnupg2", "gnupg", "gpg2", "gnupg"),
    "journalctl": ("systemd",) * 5,
    "mount": ("mount", "util-linux", "util-linux", "util-linux", "mount"),
    "newuidmap": ("uidmap", "shadow-utils", "shadow", "shadow", "shadow-subids"),
    "newgidmap": ("uidmap", "shadow-utils", "shadow", "shadow", "shadow-subids"),
    "nft": ("nftables",) * 5,
    "pasta": ("passt",) * 5,
    "policy.json": (
        "golang-github-containers-common",
        "containers-common",
        "containers-common",
        "libcontainers-common",
        "containers-common",
    ),
    "ps": ("procps", "procps-ng", "procps-ng", "procps", "procps-ng"),
    "tzdata": ("tzdata", "tzdata", "tzdata", "timezone", "tzdata"),
    "cc": ("gcc", "gcc", "gcc", "gcc", "gcc"),
    "libc-headers": ("libc6-dev", "glibc-devel", "glibc", "glibc-devel", "musl-dev"),
    "libcap-headers": ("libcap-dev", "libcap-devel", "libcap", "libcap-devel", "libcap-dev"),
    "python-headers": ("python3-dev", "python3-devel", "python", "python3-devel", "python3-dev"),
    "grpcio": ("python3-grpcio", "python3-grpcio", "python-grpcio", "python3-grpcio", "py3-grpcio"),
    "protobuf": ("python3-protobuf", "python3-protobuf", "python-protobuf", "python3-protobuf", "py3-protobuf"),
    "h11": ("python3-h11", "python3-h11", "python-h11", "python3-h11", "py3-h11"),
    "wsproto": ("python3-wsproto", "python3-wsproto", "python-wsproto", "python3-wsproto", "py3-wsproto"),
    "prometheus_client": (
        "python3-prometheus-client",
        "python3-prometheus_client",
        "python-prometheus_client",
        "python3-prometheus_client",
        "py3-prometheus-client",
    ),
}
"""Package of a program, a file or a Python library in the order of `_COMMANDS`. What is not here is everywhere in a package of its
own name: aardvark-dns, catatonit, conmon, container-selinux, criu, crun, fuse-overlayfs, runc, slirp4netns.
"""


def os_release() -> dict[str, str]:
    """Return what this host's os-release says, {} where there is none."""
    return parse_os_release(next(filter(None, map(read_text, _OS_RELEASE)), ""))


def parse_os_release(text: str) -> dict[str, str]:
    """Return names and values of os-release's lines, without the quotes. Pure."""
    pairs = (line.strip().partition("=") for line in text.splitlines() if not line.lstrip().startswith("#"))
    return {name: value.strip("\"'") for name, equals, value in pairs if equals}


def install_command(programs: Sequence[str], release: dict[str, str]) -> str:
    """Return the command line that installs programs on the distribution with this os-release.

    On one that is not known it is a sentence with the names that Debian's packages have. Pure.
    """
    names = [release.get("ID", ""), *release.get("ID_LIKE", "").split()]
    manager = next((_MANAGERS[name] for name in names if name in _MANAGERS), None)
    packages = [_PACKAGES.get(program, (program,) * 5)[manager or _APT] for program in programs]
    wanted = " ".join(dict.fromkeys(packages))
    return f"install {wanted}" if manager is None else f"{_COMMANDS[manager]} {wanted}"


def how_to_install(*programs: str) -> str:
    """Return the command line that installs programs on this host."""
    return install_command(programs, os_release())


def how_to_install_library(library: str, extra: str) -> str:
    """Return what installs a Python library of an extra of pycman's: pip, or the distribution where pycman is a package of its own."""
    own = __file__.startswith("/usr/") and not __file__.startswith("/usr/local/")
    return how_to_install(library) if own else f"pip install 'pycman[{extra}]'"
