"""Which hosts to ask for a reference, in order: mirrors, rewritten locations, insecure and blocked ones. Pure
(containers-registries.conf(5)).
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
    """One place: `host` with port, `path` of the repository there. `insecure`: no certificate check, plain HTTP allowed.

    `login_host` is the name its credentials are kept under: docker.io for registry-1.docker.io.
    """

    host: str
    path: str
    insecure: bool = False
    mirror: bool = False

    @property
    def login_host(self) -> str:
        """Return the name under which users log in there."""
        return DEFAULT_DOMAIN if self.host == _DOCKER_HOST else self.host


def endpoints_of(reference: ImageReference, conf: RegistriesConf, *, pulling: bool) -> list[Endpoint]:
    """Return where to ask, best first; mirrors only when `pulling`. Raises Denied for a blocked registry."""
    registry = find_registry(reference, conf)
    if registry is None:
        return [_endpoint(reference.repository, insecure=False)]
    if registry.blocked:
        raise Denied(
            f"the registry {registry.prefix} is blocked in registries.conf",
            subject=str(reference),
            hint="remove blocked there if you trust it",
        )
    found = []
    for mirror in registry.mirrors if pulling else ():
        only = mirror.pull if mirror.pull != "all" else "digest-only" if registry.mirror_by_digest_only else "all"
        if only == ("tag-only" if reference.digest else "digest-only"):
            continue
        where = _rewrite(reference, registry.prefix, mirror.location)
        found.append(_endpoint(where, insecure=mirror.insecure).replace(mirror=True))
    where = _rewrite(reference, registry.prefix, registry.location)
    return [*found, _endpoint(where, insecure=registry.insecure)]


def find_registry(reference: ImageReference, conf: RegistriesConf) -> Registry | None:
    """Return the registry with the longest prefix that fits; "*.example.com" fits its subdomains."""
    best = None
    for registry in conf.registries:
        if _fitting(str(reference), registry.prefix) and (best is None or len(registry.prefix) > len(best.prefix)):
            best = registry
    return best


def _fitting(text: str, prefix: str) -> int:
    """Return how many characters of a reference a prefix covers; 0 if it does not fit.

    It ends where a part of the reference ends. A host without a port is not one with (podman lets it be, and warns not
    to rely on that).
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
    """Return the repository with `location` in the place of what `prefix` covers."""
    if not location:
        return reference.repository
    return location + reference.repository[_fitting(str(reference), prefix) :]


def _endpoint(repository: str, *, insecure: bool) -> Endpoint:
    host, _, path = repository.partition("/")
    return Endpoint(host=_DOCKER_HOST if host == DEFAULT_DOMAIN else host, path=path, insecure=insecure)


def host_name(host: str) -> str:
    """Return a host without its port and an IPv6 address without its brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine: plain HTTP is tried there too, as docker does."""
    name = host_name(host)
    return name in ("localhost", "::1") or (name.startswith("127.") and name.replace(".", "").isdigit())
