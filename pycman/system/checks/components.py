"""Checks of the programs pycman runs and the files it reads."""

from __future__ import annotations

import os

from pycman.errors import PycmanError
from pycman.linux.processes import find_program, run
from pycman.state.settings import containers_conf, settings_files, settings_warnings
from pycman.system.checks import fail, fine, warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pycman.state.session import Session

_NEEDED = (
    ("crun", "crun", "fail", "no container can run"),
    ("conmon", "conmon", "fail", "no container can run"),
    ("catatonit", "catatonit", "warn", "--init does not work"),
    ("nft", "nftables", "warn", "no firewall rules for networks"),
    ("aardvark-dns", "aardvark-dns", "warn", "no names on networks"),
    ("slirp4netns", "slirp4netns", "warn", "no rootless network"),
)
_KNOWN_BAD_PASTA = "2023"


def _program(name: str, package: str, status: str, cause: str) -> Callable[[Session], dict[str, str]]:
    def check(_session: Session) -> dict[str, str]:
        path = find_program(name)
        identity = f"program-{name}"
        if path and os.path.getsize(path):
            lines = run([path, "--version"], timeout_s=10).stdout.decode("utf-8", "replace").splitlines()
            return fine(identity, f"{path} {lines[0] if lines else ''}".strip())
        outcome = fail if status == "fail" else warn
        return outcome(identity, f"{name} is missing", cause, f"apt-get install {package}")

    return check


def pasta(_session: Session) -> dict[str, str]:
    """Is pasta there, and of a version that may carry published ports?"""
    path = find_program("pasta")
    if not path:
        return fine("program-pasta", "not installed; slirp4netns does its work")
    lines = run([path, "--version"], timeout_s=10).stdout.decode("utf-8", "replace").splitlines()
    version = lines[0] if lines else ""
    if _KNOWN_BAD_PASTA in version:
        fix = "use slirp4netns, or a newer passt"
        return warn("program-pasta", version, "this version stalls when the server speaks first", fix)
    return fine("program-pasta", version)


def seccomp_profile(session: Session) -> dict[str, str]:
    """Is there a default seccomp profile?"""
    configured = containers_conf(session).seccomp_profile
    if configured == "unconfined":
        fix = "take seccomp_profile out of containers.conf"
        return warn("seccomp-profile", configured, "containers run without a system call filter", fix)
    for path in (configured,) if configured else ("/etc/containers/seccomp.json", "/usr/share/containers/seccomp.json"):
        if os.path.exists(path) and os.path.getsize(path):
            return fine("seccomp-profile", path)
    fix = "apt-get install golang-github-containers-common"
    return warn("seccomp-profile", "none", "containers run without a system call filter", fix)


def policy(_session: Session) -> dict[str, str]:
    """Is there a policy.json?"""
    if os.path.exists("/etc/containers/policy.json"):
        return fine("image-policy", "/etc/containers/policy.json")
    fix = "apt-get install golang-github-containers-common"
    return warn("image-policy", "none", "every image is accepted", fix)


def settings(session: Session) -> dict[str, str]:
    """Can the files of settings be read, and has all they say an effect?"""
    try:
        warnings = settings_warnings(session)
    except PycmanError as error:
        return fail("settings", str(error), "a file of settings is broken", f"correct {error.subject}")
    if warnings:
        return warn("settings", "; ".join(warnings), "keys are unknown or do nothing here", "see docs/configuration.md")
    files = ", ".join(settings_files(session)) or "there are none"
    return fine("settings", f"files of settings: {files}")


CHECKS = (*(_program(*each) for each in _NEEDED), pasta, seccomp_profile, policy, settings)
