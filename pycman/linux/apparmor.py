"""AppArmor's state in the kernel: which profiles are loaded, what confines this process, and loading one (apparmor(7))."""

from __future__ import annotations

import os

from pycman.errors import Unavailable
from pycman.linux.files import read_text
from pycman.linux.processes import find_program, run

_FOLDER = "/sys/kernel/security/apparmor"
_CLOSED_TO_UNCONFINED = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"
"""1: an ordinary user's programs without a profile may make user namespaces in which they may do nothing (Ubuntu)."""
ABSTRACTIONS = "/etc/apparmor.d"


def loaded_profiles() -> frozenset[str] | None:
    """Return the names of the loaded profiles; None if this process may not know.

    Only root reads the list; the folders of the profiles can be read by everybody who sees securityfs.
    """
    text = read_text(f"{_FOLDER}/profiles")
    if text:
        return frozenset(line.rpartition(" (")[0] for line in text.splitlines())
    try:
        folders = os.listdir(f"{_FOLDER}/policy/profiles")
    except OSError:
        return None
    return frozenset(read_text(f"{_FOLDER}/policy/profiles/{folder}/name").strip() for folder in folders)


def confines_program(path: str) -> bool:
    """Say whether the kernel, which has AppArmor, may confine a program by its path.

    So it may if a profile has its name, if who is unconfined may not make user namespaces, and if the profiles cannot be listed.
    """
    if read_text(_CLOSED_TO_UNCONFINED, "0").strip() != "0":
        return True
    name = os.path.basename(path)
    try:
        folders = os.listdir(f"{_FOLDER}/policy/profiles")
    except OSError:
        return True
    return any(name in folder.split(".") for folder in folders)  # "usr.bin.crun.12" is the profile /usr/bin/crun


def own_confinement() -> str:
    """Return the profile that confines this process, "unconfined" for none, "" if it cannot be read."""
    text = read_text("/proc/self/attr/apparmor/current") or read_text("/proc/self/attr/current")
    return text.strip("\0\n ").rpartition(" (")[0] or text.strip("\0\n ")


def parser_program() -> str:
    """Return the path of apparmor_parser, "" if it is not installed."""
    return find_program("apparmor_parser", ("/usr/sbin", "/sbin"))


def has_file(name: str) -> bool:
    """Say whether the policy of this host has a file ("abstractions/base") that profiles can include."""
    return os.path.exists(f"{ABSTRACTIONS}/{name}")


def load_profile(text: str) -> None:
    """Load (or replace) the profiles in `text` (apparmor_parser(8)). Raises Unavailable."""
    done = run([parser_program(), "--skip-cache", "--replace"], stdin=text.encode(), timeout_s=60)
    if done.status:
        words = " ".join(done.stderr.decode("utf-8", "replace").split())[:300]
        raise Unavailable(f"the profile cannot be loaded ({words})", subject="apparmor_parser")
