"""The endpoints of a reference, in the order to try: mirrors, then the registry, by registries.conf. Pure
(containers-registries.conf(5): prefix, location, mirror, insecure, blocked).
"""

from __future__ import annotations

from pycman.errors import Denied
from pycman.record import Record
from pycman.spec.image_reference import DEFAULT_DOMAIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.config.registries_conf import RegistriesConf, Registry
    from pycman.spec.image_reference import ImageReference

_DOCKER_HOST = "registry-1.docker.io"


class Endpoint(Record):
    """One endpoint: `host` with port, and `path` of the repository there.

    For an `insecure` one certificates are not verified, and plain HTTP is allowed.
    """

    host: str
    path: str
    insecure: bool = False
    mirror: bool = False

    @property
    def login_host(self) -> str:
        """Return the host under which its credentials are stored: docker.io for registry-1.docker.io."""
        return DEFAULT_DOMAIN if self.host == _DOCKER_HOST else self.host


def endpoints_of(reference: ImageReference, conf: RegistriesConf, *, pulling: bool) -> list[Endpoint]:
    """Return the endpoints in the order to try; mirrors only if `pulling`. Raises Denied for a blocked registry."""
    registry = find_registry(reference, conf)
    if registry is None:
        return [_endpoint(reference.repository, insecure=False)]
    if registry.blocked:
        raise Denied(
            f"the registry {registry.prefix} is blocked in registries.conf",
            subject=str(reference),
            hint="remove blocked there if you trust it",
        )
    endpoints = []
    for mirror in registry.mirrors if pulling else ():
        restriction = (
            mirror.pull if mirror.pull != "all" else "digest-only" if registry.mirror_by_digest_only else "all"
        )
        if restriction == ("tag-only" if reference.digest else "digest-only"):
            continue
        repository = _rewrite(reference, registry.prefix, mirror.location)
        endpoints.append(_endpoint(repository, insecure=mirror.insecure).replace(mirror=True))
    repository = _rewrite(reference, registry.prefix, registry.location)
    return [*endpoints, _endpoint(repository, insecure=registry.insecure)]


def find_registry(reference: ImageReference, conf: RegistriesConf) -> Registry | None:
    """Return the registry with the longest prefix that matches; "*.example.com" matches its subdomains."""
    best = None
    for registry in conf.registries:
        if _matched_length(str(reference), registry.prefix) and (
            best is None or len(registry.prefix) > len(best.prefix)
        ):
            best = registry
    return best


def _matched_length(text: str, prefix: str) -> int:
    """Return how many characters of a reference a prefix matches; 0 if it does not match.

    A match ends at the end of a component. A host without a port does not match one with a port (podman accepts that,
    but documents that it may change).
    """
    end = len(prefix)
    if prefix.startswith("*."):
        at = text.find(prefix[1:])
        if at < 1 or "/" in text[:at]:
            return 0
        end = at + len(prefix) - 1
    elif not text.startswith(prefix):
        return 0
    ends = ("", "/", ":", "@") if "/" in prefix else ("", "/")
    return end if text[end : end + 1] in ends else 0


def _rewrite(reference: ImageReference, prefix: str, location: str) -> str:
    """Return the repository with `location` in place of the part that `prefix` matches."""
    if not location:
        return reference.repository
    return location + reference.repository[_matched_length(str(reference), prefix) :]


def _endpoint(repository: str, *, insecure: bool) -> Endpoint:
    host, _, path = repository.partition("/")
    return Endpoint(host=_DOCKER_HOST if host == DEFAULT_DOMAIN else host, path=path, insecure=insecure)


def host_name(host: str) -> str:
    """Return a host without its port and an IPv6 address without its brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine, where plain HTTP is tried too, as in docker."""
    name = host_name(host)
    return name in ("localhost", "::1") or (name.startswith("127.") and name.replace(".", "").isdigit())
