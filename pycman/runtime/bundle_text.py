"""Write the bundle's config.json: the built spec, with "linux.seccomp" spliced in as text that is cached once per boot."""

from __future__ import annotations

import os

from pycman.jsontext import format_json
from pycman.linux.files import write_atomic
from pycman.runtime.process import capabilities_of
from pycman.runtime.runtime_json import runtime_json
from pycman.runtime.seccomp_filter import ANNOTATION, FilterCache
from pycman.runtime.seccomp_profile import profile_path, read_profile
from pycman.runtime.spec_builder import build_runtime_spec
from pycman.state.boot_cache import cached, file_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.runtime.bundle_input import BundleInput
    from pycman.runtime.container_runtime import ContainerRuntime
    from pycman.state.session import Session


def write_bundle(session: Session, inputs: BundleInput, bundle: str, runtime: ContainerRuntime) -> FilterCache | None:
    """Write `bundle`/config.json; return the cache to `keep` the compiled filter in once crun has made it, None if it is
    cached already or the runtime is not crun.

    Raises NotFound for a seccomp profile that is missing, Corrupt for one that is broken.
    """
    profile = find_profile(inputs)
    seccomp = seccomp_text(session, profile) if profile else ""
    to_fill = None
    if profile and runtime.program == "crun" and ANNOTATION not in inputs.spec.annotations:
        cache = FilterCache(session, _name(profile), [*file_key([profile[0], runtime.path]), os.uname().machine])
        compiled = cache.find()
        if compiled:
            inputs = inputs.replace(annotations={**inputs.annotations, ANNOTATION: compiled})
        else:
            to_fill = cache
    text = bundle_text(runtime_json(session, build_runtime_spec(inputs)), seccomp)
    write_atomic(f"{bundle}/config.json", text, mode=0o600, sync=False)
    return to_fill


def bundle_text(spec_text: str, seccomp: str) -> str:
    """Return the spec (whose last member is "linux") with `seccomp` as a member of "linux"."""
    if not seccomp:
        return spec_text
    start = spec_text.rindex('"linux":{') + len('"linux":{')
    return f'{spec_text[:start]}"seccomp":{seccomp},{spec_text[start:]}'


def find_profile(inputs: BundleInput) -> tuple[str, tuple[str, ...]] | None:
    """Return the seccomp profile's path and the capabilities it is for; None for no filter. Raises NotFound."""
    path = profile_path(inputs.spec.security, inputs.host.seccomp_profile)
    return (path, capabilities_of(inputs.spec.security, inputs.host)) if path else None


def seccomp_text(session: Session, profile: tuple[str, tuple[str, ...]]) -> str:
    """Return a profile's "linux.seccomp" object as text. Raises NotFound, Corrupt."""
    path, capabilities = profile
    key = [*file_key([path]), os.uname().machine]
    return str(cached(session.paths, _name(profile), key, lambda: format_json(read_profile(path, capabilities))))


def _name(profile: tuple[str, tuple[str, ...]]) -> str:
    return f"seccomp-{_short_hash(*profile)}"


def _short_hash(path: str, capabilities: tuple[str, ...]) -> str:
    from pycman.digest import digest_bytes  # OpenSSL's hashes: 1 ms

    return digest_bytes(f"{path} {' '.join(capabilities)}".encode())[7:19]
