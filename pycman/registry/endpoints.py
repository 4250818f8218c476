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
    """One place: `host` with port, `path` of the repository there. `insecure`: no certificate check, plain HTTP allowed."""

    host: str
    path: str
    insecure: bool = False
    mirror: bool = False


def endpoints_of(reference: ImageReference, conf: RegistriesConf, *, pulling: bool) -> list[Endpoint]:
    """Return where to ask, best first; mirrors only when `pulling`. Raises Denied for a blocked registry."""
    registry = _find(reference.repository, conf)
    if registry is None:
        return [_endpoint(reference.repository, insecure=False)]
    if registry.blocked:
        raise Denied(
            f"the registry {registry.prefix} is blocked", subject=str(reference), hint="see registries.conf(5)"
        )
    found = []
    for mirror in registry.mirrors if pulling else ():
        only = mirror.pull if mirror.pull != "all" else "digest-only" if registry.mirror_by_digest_only else "all"
        if only == ("tag-only" if reference.digest else "digest-only"):
            continue
        where = _rewrite(reference.repository, registry.prefix, mirror.location)
        found.append(_endpoint(where, insecure=mirror.insecure).replace(mirror=True))
    where = _rewrite(reference.repository, registry.prefix, registry.location)
    return [*found, _endpoint(where, insecure=registry.insecure)]


def _find(repository: str, conf: RegistriesConf) -> Registry | None:
    """Return the registry with the longest prefix that fits; "*.example.com" fits its subdomains."""
    best = None
    for registry in conf.registries:
        if _fits(repository, registry.prefix) and (best is None or len(registry.prefix) > len(best.prefix)):
            best = registry
    return best


def _fits(repository: str, prefix: str) -> bool:
    if prefix.startswith("*."):
        return repository.partition("/")[0].partition(":")[0].endswith(prefix[1:])
    return repository == prefix or repository.startswith((prefix + "/", prefix + ":", prefix + "@"))


def _rewrite(repository: str, prefix: str, location: str) -> str:
    if not location or prefix.startswith("*."):
        return repository
    return location + repository[len(prefix) :]


def _endpoint(repository: str, *, insecure: bool) -> Endpoint:
    host, _, path = repository.partition("/")
    return Endpoint(host=_DOCKER_HOST if host == DEFAULT_DOMAIN else host, path=path, insecure=insecure)


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine: plain HTTP is tried there too, as docker does."""
    name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    name = name.strip("[]")
    return name in ("localhost", "::1") or name.startswith("127.")
