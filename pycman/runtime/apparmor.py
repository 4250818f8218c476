"""Which AppArmor profile confines a container. `choose_profile` is pure; `confinement` asks the kernel and loads pycman's own."""

from __future__ import annotations

from pycman.errors import NotFound, Unsupported
from pycman.record import Record
from pycman.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.container import ContainerSpec, Security

_OWN_PREFIX = "containers-default-pycman-"
DEFAULT_PROFILE = f"{_OWN_PREFIX}{__version__}"
_VERSION = frozenset("0123456789.abcdefghijklmnopqrstuvwxyz+")


class AppArmor(Record):
    """AppArmor on this host, as this process sees it. `loaded` None is not known; `can_load`: this process may load profiles."""

    own_confinement: str = "unconfined"
    loaded: frozenset[str] | None = frozenset()
    can_load: bool = False


class Choice(Record):
    """The profile of a container ("" leaves it as unconfined as its engine is), and whether it has to be loaded first."""

    profile: str = ""
    load: bool = False


def choose_profile(asked: str, *, privileged: bool, state: AppArmor | None) -> Choice:
    """Return the profile for a container that asks for `asked` ("" for the default); `state` None is a host without AppArmor.

    A default that cannot be had is left out: rootless where nobody has loaded it, inside another container, without apparmor_parser.
    Raises Unsupported (no AppArmor here), NotFound (a named profile that is not loaded).
    """
    if state is None:
        if asked in ("", "unconfined"):
            return Choice()
        raise Unsupported("this host has no AppArmor", subject=f"apparmor={asked}", hint="leave it out")
    if asked == "unconfined":
        return Choice(profile=asked)
    if not asked:
        if privileged or state.own_confinement != "unconfined" or state.loaded is None:
            return Choice()
        if DEFAULT_PROFILE in state.loaded:
            return Choice(profile=DEFAULT_PROFILE)
        return Choice(profile=DEFAULT_PROFILE, load=True) if state.can_load else Choice()
    if state.loaded is None or asked in state.loaded:
        return Choice(
            profile=asked
        )  # where the list cannot be read, the runtime fails to enter a profile that is missing
    if _is_own(asked) and state.can_load:
        return Choice(profile=asked, load=True)
    hint = "aa-status lists them, apparmor_parser loads one"
    raise NotFound("no such AppArmor profile is loaded", subject=asked, hint=hint)


def choose_again(kept: str, state: AppArmor) -> Choice:
    """Return the profile for a start of a container that was made with the profile `kept`; as `choose_profile`, raises NotFound.

    pycman's own, which a user cannot load, is gone after a reboot or an update until root runs a container: then it is as if the container
    was made now. Pure.
    """
    if _is_own(kept) and state.loaded is not None and kept not in state.loaded and not state.can_load:
        return choose_profile("", privileged=False, state=state)
    return choose_profile(kept, privileged=False, state=state)


def _is_own(profile: str) -> bool:
    return profile.startswith(_OWN_PREFIX) and _VERSION.issuperset(profile.removeprefix(_OWN_PREFIX))


def confinement(security: Security, *, rootless: bool, kept: bool = False) -> str:
    """Return the profile of a container on a host with AppArmor, loaded; `kept` says that it was made with that of `security`.

    Raises NotFound, Unavailable (it cannot be loaded).
    """
    from pycman.linux import apparmor as kernel  # only on hosts with AppArmor

    asked = security.apparmor_profile
    state = AppArmor(
        own_confinement=kernel.own_confinement(),
        loaded=kernel.loaded_profiles(),
        can_load=not rootless and bool(kernel.parser_program()),
    )
    choice = (
        choose_again(asked, state) if kept else choose_profile(asked, privileged=bool(security.privileged), state=state)
    )
    if choice.load:
        kernel.load_profile(profile_text(choice.profile, {name for name in _INCLUDES if kernel.has_file(name)}))
    return choice.profile


def confined(spec: ContainerSpec, *, rootless: bool) -> ContainerSpec:
    """Return the spec of a container that was made before, with the profile that its processes have now. Raises as `confinement`."""
    profile = confinement(spec.security, rootless=rootless, kept=True)
    return spec.replace(security=spec.security.replace(apparmor_profile=profile))


_INCLUDES = ("tunables/global", "abstractions/base")


def profile_text(name: str, includes: set[str]) -> str:
    """Return pycman's profile under a name; `includes` are the files of the host's policy that there are. Pure.

    It forbids what would change the host's kernel through /proc and /sys, and mounts; sockets, files and capabilities are left to
    namespaces, mounts and capability sets (apparmor.d(5)).
    """
    head = "#include <tunables/global>" if "tunables/global" in includes else "@{PROC}=/proc/"
    base = "  #include <abstractions/base>\n" if "abstractions/base" in includes else ""
    return f"{head}\n\nprofile {name} flags=(attach_disconnected,mediate_deleted) {{\n{base}{_RULES.replace('NAME', name)}}}\n"


_RULES = """  capability,
  file,
  network,
  umount,
  deny mount,

  ptrace (read, trace) peer=NAME,
  signal (send, receive) peer=NAME,
  signal (receive) peer=unconfined,
  signal (receive) peer={/usr/bin/,/usr/sbin/,/usr/local/bin/,/usr/local/sbin/,}{crun,runc,youki,conmon},

  deny @{PROC}/* w,
  deny @{PROC}/{acpi,asound,bus,driver,dynamic_debug,fs,irq,pressure,scsi,tty}/** wkl,
  deny @{PROC}/{kcore,sysrq-trigger} rwklx,
  deny @{PROC}/sys/[^k]** w,
  deny @{PROC}/sys/k[^e]** w,
  deny @{PROC}/sys/kernel/[^s]** w,
  deny @{PROC}/sys/kernel/s[^h]** w,

  deny /sys/[^f]*/** wkl,
  deny /sys/f[^s]*/** wkl,
  deny /sys/fs/[^c]*/** wkl,
  deny /sys/fs/c[^g]*/** wkl,
  deny /sys/{firmware,kernel/security}/** rwkl,
"""
"""/proc/sys is closed but for kernel/shm…, which an IPC namespace has for itself; /sys but for /sys/fs/cgroup."""
