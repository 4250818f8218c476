"""Choose the OCI runtime of a container: the one named by the user, the configured one, or one that is installed and supports
this host.
"""

from __future__ import annotations

import os

from pycman.errors import NotFound
from pycman.linux.cgroup.setup import cgroup_setup
from pycman.linux.processes import find_program, how_to_install, program_places
from pycman.runtime.host_facts import cgroup_manager, host_facts
from pycman.runtime.oci_runtime import OciRuntime
from pycman.state.boot_cache import cached
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pycman.linux.sealed_program import SealedProgram
    from pycman.runtime.container_runtime import ContainerRuntime
    from pycman.state.session import Session

_PREFERRED = ("crun", "runc", "runsc", "youki", "kata-runtime")
_SHIM = "containerd-shim-"
_PREFERRED_ON_HYBRID = ("runc", *_PREFERRED)
"""crun 1.8 refuses a host with controllers on both v1 and v2, even with --cgroup-manager=disabled; runc uses the v1 ones."""


def choose_runtime(session: Session, requested: str = "", *, manager: str = "") -> ContainerRuntime:
    """Return the runtime `requested` (a name or path), else that of --runtime or containers.conf, else the first preferred one
    that is installed.

    `manager` is the cgroup manager of a container that is to be created: of one that exists the runtime knows it.
    Raises NotFound about the runtime that is not installed.
    """
    kept, question = session.kept, ("runtime", requested, manager)
    if kept is not None and question in kept:
        return kept[question]  # type: ignore[no-any-return]
    found = _chosen(session, requested, manager)
    if kept is not None:
        kept[question] = found
    return found


def _chosen(session: Session, requested: str, manager: str) -> ContainerRuntime:
    name, path = find_runtime(session, requested)
    bare = os.path.basename(path) if "/" in name or not name else name
    if is_shim(path):
        from pycman.runtime.shim.shim_runtime import shim_runtime  # only for containers of a shim

        by_systemd = cgroup_manager(session, os.path.basename(path), manager) == "systemd"
        return shim_runtime(session, name, path, _configured_flags(session, bare), by_systemd=by_systemd)
    options = (*_options(session, os.path.basename(path), manager), *_configured_flags(session, bare))
    root = session.paths.runtime_root(bare)
    known_as = bare if "/" not in name else name
    if os.path.basename(path) != "crun":  # called krun or crun-wasm it is something else; others protect themselves
        return OciRuntime(known_as, path, root, options)
    return OciRuntime(known_as, path, root, options, _copies_of_crun(session, path))


def _copies_of_crun(session: Session, path: str) -> Callable[[str], SealedProgram | None]:
    """Return what makes the copy of crun that is executed for one container; the last one is kept as long as what is looked up."""
    question = ("copy", path)
    alone: dict[Any, Any] = {}

    def copy_for(container_id: str) -> SealedProgram | None:
        from pycman.runtime.sealed_crun import sealed_crun  # only for who calls it

        kept = alone if session.kept is None else session.kept
        served, copy = kept.get(question, ("", None))
        if served != container_id or (copy is not None and not copy.is_usable()):
            copy = sealed_crun(session, path)
            kept[question] = container_id, copy
        return copy  # type: ignore[no-any-return]

    return copy_for


def find_runtime(session: Session, requested: str = "") -> tuple[str, str]:
    """Return the name of the runtime that `choose_runtime` chooses ("" if nobody asked for one) and its path. Raises NotFound."""
    name = requested or session.options.oci_runtime or containers_conf(session).runtime
    path = _find(session, name)
    if not path:
        asked = name or "crun"
        shim = shim_program(asked)
        raise NotFound(
            "no such OCI runtime",
            subject=asked,
            hint=f"install {shim}, or use --runtime"
            if shim
            else f"{how_to_install(asked)}, or use --runtime"
            if asked in _PREFERRED
            else "give the name or the path of one that is installed: pycman info lists them",
            code="no-such-oci-runtime",
        )
    return name, path


def runtime_places(session: Session, requested: str = "") -> list[str]:
    """Return the paths at which `find_runtime` looks for a runtime."""
    name = requested or session.options.oci_runtime or containers_conf(session).runtime
    if "/" in name:
        return [name]
    configured = containers_conf(session).runtimes
    names = [name, *filter(None, [shim_program(name)])] if name else _PREFERRED
    return [path for each in names for path in (*configured.get(each, ()), *program_places(each))]


def is_shim(path: str) -> bool:
    """Say whether a program is a shim of containerd's: they are all called containerd-shim-NAME-VERSION."""
    return os.path.basename(path).startswith(_SHIM)


def shim_program(name: str) -> str:
    """Return the program that a name of containerd's stands for: containerd-shim-runc-v2 of io.containerd.runc.v2; "" for other names.

    Its last two parts count (containerd, core/runtime/v2/README.md, "Invoking Runtime Shims").
    """
    parts = name.split(".")
    return f"{_SHIM}{parts[-2]}-{parts[-1]}" if len(parts) > 1 and all(parts) else ""


def _find(session: Session, name: str) -> str:
    if "/" in name:
        return name if os.access(name, os.X_OK) else ""
    configured = dict(containers_conf(session).runtimes)
    hybrid = not name and cgroup_setup().kind == "hybrid"
    preferred = _PREFERRED_ON_HYBRID if hybrid else _PREFERRED

    def search() -> str:
        for candidate in (name,) if name else preferred:
            for path in configured.get(candidate, ()):
                if os.access(path, os.X_OK):
                    return str(path)
            installed = find_program(candidate) or find_program(shim_program(candidate) or candidate)
            if installed:
                return installed
        return ""

    key = [configured, preferred[0]]
    program = cached(session.paths, f"runtime-{name or 'default'}", key, search)
    if not os.access(program, os.X_OK):
        return search()  # it has been uninstalled, or none was installed then
    return str(program)


def _options(session: Session, program: str, manager: str) -> tuple[str, ...]:
    """Return the runtime's options for the cgroup manager; rootless without delegation, that is "disabled"."""
    chosen = cgroup_manager(session, program, manager)
    if program == "crun":
        return (f"--cgroup-manager={chosen}",)
    options = ("--systemd-cgroup",) if chosen == "systemd" else ()
    return (*options, "--rootless", "true") if program == "runc" and session.rootless else options


def _configured_flags(session: Session, name: str) -> tuple[str, ...]:
    """Return --runtime-flag, and runtimes_flags of containers.conf for a runtime: both are written without the leading --."""
    flags = (*containers_conf(session).runtimes_flags.get(name, ()), *session.options.runtime_flags)
    return tuple(flag if flag.startswith("--") else f"--{flag}" for flag in flags)


def explain(session: Session) -> str:
    """Return one sentence for `info`: which runtime is used and what this host's cgroups allow."""
    runtime = choose_runtime(session)
    facts = host_facts(session, runtime=runtime.program)
    stray = ", ".join(cgroup_setup().stray)
    hybrid = f"; the host is hybrid ({stray} on v2), which crun refuses" if stray else ""
    if facts.cgroups != "none":
        made = f"made by {facts.cgroup_manager}: {facts.manager_why}"
        return f"{runtime.name} with cgroups {facts.cgroups} ({' '.join(facts.controllers)}), {made}{hybrid}"
    why = facts.manager_why
    return f"{runtime.name} without cgroups of their own for containers, so without limits: {why}{hybrid}"


def warn_of_limits(session: Session, requested: str = "", *, manager: str = "") -> list[str]:
    """Return the warning for a container whose limits cannot be enforced on this host; none if they can."""
    runtime = choose_runtime(session, requested)
    facts = host_facts(session, runtime=runtime.program, manager=manager)
    return [] if facts.cgroups != "none" else [f"limits are ignored: {facts.manager_why}"]
