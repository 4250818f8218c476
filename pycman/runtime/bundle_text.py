"""Write the bundle's config.json: the built spec, with "linux.seccomp" spliced in as text that is cached once per boot."""

from __future__ import annotations

import os

from pycman.errors import NotFound
from pycman.jsontext import format_json, parse_json
from pycman.linux.files import read_text, write_atomic
from pycman.runtime.process import capabilities_of
from pycman.runtime.seccomp import convert_seccomp
from pycman.runtime.seccomp_filter import ANNOTATION, FilterCache
from pycman.runtime.spec_builder import build_runtime_spec
from pycman.state.boot_cache import cached, file_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.runtime.bundle_input import BundleInput
    from pycman.runtime.oci_runtime import OciRuntime
    from pycman.state.session import Session

_PROFILES = ("/etc/containers/seccomp.json", "/usr/share/containers/seccomp.json")


def write_bundle(session: Session, inputs: BundleInput, bundle: str, runtime: OciRuntime) -> FilterCache | None:
    """Write `bundle`/config.json; return the cache to `keep` the compiled filter in once crun has made it, None if it is
    cached already or the runtime is not crun.

    Raises NotFound for a seccomp profile that is missing, Corrupt for one that is broken.
    """
    profile = find_profile(inputs)
    seccomp = seccomp_text(session, inputs, profile) if profile else ""
    to_fill = None
    if profile and runtime.program == "crun" and ANNOTATION not in inputs.spec.annotations:
        cache = FilterCache(session, _name(profile), [*file_key([profile[0], runtime.path]), os.uname().machine])
        compiled = cache.find()
        if compiled:
            inputs = inputs.replace(annotations={**inputs.annotations, ANNOTATION: compiled})
        else:
            to_fill = cache
    text = bundle_text(format_json(build_runtime_spec(inputs)), seccomp)
    write_atomic(f"{bundle}/config.json", text, mode=0o600, sync=False)
    return to_fill


def bundle_text(spec_text: str, seccomp: str) -> str:
    """Return the spec (whose last member is "linux") with `seccomp` as a member of "linux"."""
    if not seccomp:
        return spec_text
    start = spec_text.rindex('"linux":{') + len('"linux":{')
    return f'{spec_text[:start]}"seccomp":{seccomp},{spec_text[start:]}'


def find_profile(inputs: BundleInput) -> tuple[str, tuple[str, ...]] | None:
    """Return the seccomp profile's path and the capabilities it is for; None for no filter (unconfined, privileged, no
    profile on this host). Raises NotFound.
    """
    security = inputs.spec.security
    asked = security.seccomp_profile or ("" if security.privileged else inputs.host.seccomp_profile)
    if asked == "unconfined" or (security.privileged and not asked):
        return None
    path = asked or next((path for path in _PROFILES if os.path.exists(path)), "")
    if not path:
        return None
    if not os.path.exists(path):
        hint = "" if security.seccomp_profile else "it is the seccomp_profile of containers.conf: correct that"
        raise NotFound("no such seccomp profile", subject=path, hint=hint)
    return path, capabilities_of(security, inputs.host)


def seccomp_text(session: Session, inputs: BundleInput, profile: tuple[str, tuple[str, ...]] | None = None) -> str:
    """Return the "linux.seccomp" object as text; "" for none."""
    profile = profile or find_profile(inputs)
    if profile is None:
        return ""
    path, capabilities = profile
    machine = os.uname().machine

    def convert() -> str:
        kernel = tuple(int(part) for part in os.uname().release.split(".")[:2])
        content = parse_json(read_text(path), subject=path)
        return format_json(
            convert_seccomp(content, machine=machine, capabilities=capabilities, kernel=(kernel[0], kernel[1]))
        )

    return str(cached(session.paths, _name(profile), [*file_key([path]), machine], convert))


def _name(profile: tuple[str, tuple[str, ...]]) -> str:
    return f"seccomp-{_short_hash(*profile)}"


def _short_hash(path: str, capabilities: tuple[str, ...]) -> str:
    from pycman.digest import digest_bytes  # OpenSSL's hashes: 1 ms

    return digest_bytes(f"{path} {' '.join(capabilities)}".encode())[7:19]
