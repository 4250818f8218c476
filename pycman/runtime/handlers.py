"""Which OCI runtime runs a container: asked for, configured, or what this host has and supports."""

from __future__ import annotations

import os

from pycman.errors import NotFound
from pycman.linux.processes import find_program
from pycman.runtime.oci_runtime import OciRuntime
from pycman.state.boot_cache import cached
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session

PREFERRED = ("crun", "runc", "runsc", "youki", "kata-runtime")


def choose_runtime(session: Session, wanted: str = "") -> OciRuntime:
    """Return the runtime `wanted` (a name or path), else that of --runtime, containers.conf or this host's first.

    Raises NotFound naming what is missing.
    """
    name = wanted or session.options.oci_runtime or containers_conf(session).runtime
    path = _find(session, name)
    if not path:
        asked = name or "crun"
        raise NotFound("no such OCI runtime", subject=asked, hint=f"install {os.path.basename(asked)} or use --runtime")
    bare = os.path.basename(path) if "/" in name or not name else name
    options = _options(session, os.path.basename(path))
    return OciRuntime(bare if "/" not in name else name, path, session.paths.runtime_root(bare), options)


def _find(session: Session, name: str) -> str:
    if "/" in name:
        return name if os.access(name, os.X_OK) else ""
    configured = dict(containers_conf(session).runtimes)

    def look() -> str:
        for each in (name,) if name else PREFERRED:
            for path in configured.get(each, ()):
                if os.access(path, os.X_OK):
                    return str(path)
            found = find_program(each)
            if found:
                return found
        return ""

    found = cached(session.paths, f"runtime-{name or 'default'}", [configured.get(name, ())], look)
    if found and not os.access(found, os.X_OK):
        return look()  # it was uninstalled since
    return str(found)


def _options(session: Session, program: str) -> tuple[str, ...]:
    """Return what the runtime must be told about cgroups: as root cgroupfs; rootless without delegation, none at all."""
    from pycman.runtime.host_facts import host_facts  # host facts are looked at by most, but not by every verb

    if program == "crun":
        manager = "cgroupfs" if host_facts(session).cgroups != "none" else "disabled"
        return (f"--cgroup-manager={manager}",)
    if program == "runc" and session.rootless:
        return ("--rootless", "true")
    return ()


def explain(session: Session) -> str:
    """Say which runtime is used and what this host's cgroups allow, in one sentence (for `info`)."""
    from pycman.runtime.host_facts import host_facts  # cold

    runtime = choose_runtime(session)
    facts = host_facts(session)
    if facts.cgroups != "none":
        return f"{runtime.name} with cgroups {facts.cgroups} ({' '.join(facts.controllers)})"
    why = "no cgroup is delegated to this user" if session.rootless else "a controller is left on v2 (hybrid)"
    return f"{runtime.name} without cgroups of their own for containers, so without limits: {why}"
