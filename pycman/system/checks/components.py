"""Checks of the programs that pycman runs and the settings it reads."""

from __future__ import annotations

import os

from pycman.errors import PycmanError
from pycman.linux.apparmor import loaded_profiles, parser_program
from pycman.linux.processes import find_program, how_to_install, run
from pycman.network.rootless.pasta import pasta_forwards_ports, pasta_version
from pycman.runtime.seccomp_profile import OWN_PROFILE, profile_path, read_profile
from pycman.spec.container import Security
from pycman.state.settings import containers_conf, settings_files, settings_warnings
from pycman.system.checks.outcome import fail, fine, warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pycman.state.session import Session

_PROGRAMS = (
    ("crun", "fail", "no container can run"),
    ("conmon", "fail", "no container can run"),
    ("catatonit", "warn", "--init does not work"),
    ("nft", "warn", "no firewall rules for networks"),
    ("aardvark-dns", "warn", "no names on networks"),
    ("slirp4netns", "warn", "no rootless network"),
)


def _program(name: str, status: str, cause: str) -> Callable[[Session], dict[str, str]]:
    """Return a check that a program is installed; `status` and `cause` are for the case that it is not."""

    def check(_session: Session) -> dict[str, str]:
        path = find_program(name)
        check_id = f"program-{name}"
        if path and os.path.getsize(path):
            lines = run([path, "--version"], timeout_s=10).stdout.decode("utf-8", "replace").splitlines()
            return fine(check_id, f"{path} {lines[0] if lines else ''}".strip())
        outcome = fail if status == "fail" else warn
        return outcome(check_id, f"{name} is missing", cause, how_to_install(name))

    return check


def pasta(_session: Session) -> dict[str, str]:
    """Check that pasta, if installed, is a version that can publish ports."""
    path = find_program("pasta")
    if not path:
        return fine("program-pasta", "not installed; slirp4netns is used instead")
    version = f"{path} {pasta_version(path)}"
    if not pasta_forwards_ports(path):
        fix = "use slirp4netns, or a newer passt"
        return warn("program-pasta", version, "this version stalls when the server speaks first", fix)
    return fine("program-pasta", version)


def apparmor(_session: Session) -> dict[str, str]:
    """Check that pycman's default profile can be loaded where the kernel has AppArmor."""
    if loaded_profiles() is None:
        return fine("apparmor", "this kernel has none, or does not tell")
    program = parser_program()
    if not program:
        cause = "containers run without a profile"
        return warn("apparmor", "apparmor_parser is missing", cause, how_to_install("apparmor_parser"))
    return fine("apparmor", program)


def seccomp_profile(session: Session) -> dict[str, str]:
    """Check that the default seccomp profile is there and can be read."""
    configured = containers_conf(session).seccomp_profile
    if configured == "unconfined":
        fix = "remove seccomp_profile from containers.conf"
        return warn("seccomp-profile", configured, "containers run without a system call filter", fix)
    try:
        path = profile_path(Security(), configured)
        read_profile(path, ())
    except PycmanError as error:
        return fail("seccomp-profile", str(error), "no container can be started", "correct that file")
    return fine("seccomp-profile", f"{path} (pycman's own)" if path == OWN_PROFILE else path)


def policy(_session: Session) -> dict[str, str]:
    """Check that a policy.json is installed."""
    if os.path.exists("/etc/containers/policy.json"):
        return fine("image-policy", "/etc/containers/policy.json")
    fix = how_to_install("policy.json")
    return warn("image-policy", "none", "every image is accepted", fix)


def settings(session: Session) -> dict[str, str]:
    """Check that the configuration files can be parsed and that all they say has an effect."""
    try:
        warnings = settings_warnings(session)
    except PycmanError as error:
        return fail("settings", str(error), "a configuration file is invalid", f"correct {error.subject}")
    if warnings:
        return warn(
            "settings", "; ".join(warnings), "keys are unknown or have no effect here", "see docs/configuration.md"
        )
    files = ", ".join(settings_files(session)) or "there are none"
    return fine("settings", f"configuration files: {files}")


CHECKS = (*(_program(*program) for program in _PROGRAMS), pasta, apparmor, seccomp_profile, policy, settings)
