"""What a short name ("alpine") may mean: an alias, else a path in each registry that is searched (registries.conf(5)).

Where nothing is configured it means docker.io, as docker has it.
"""

from __future__ import annotations

from pycman.spec.image_reference import DEFAULT_DOMAIN, LOCAL_DOMAIN, parse_image_reference
from pycman.state.settings import registries_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.image_reference import ImageReference
    from pycman.state.session import Session


def candidates(session: Session, reference: ImageReference) -> list[ImageReference]:
    """Return the full references a name may mean, best first; a full one means itself."""
    if reference.domain:
        return [reference]
    conf = registries_conf(session)
    alias = conf.aliases.get(reference.path)
    if alias:
        full = parse_image_reference(alias)
        return [full.replace(tag=reference.tag, digest=reference.digest)]
    domains = conf.unqualified_search_registries or (DEFAULT_DOMAIN,)
    return [reference.with_domain(domain) for domain in domains]


def local_candidates(session: Session, reference: ImageReference) -> list[ImageReference]:
    """Return what a name may mean among the images here: localhost first."""
    if reference.domain:
        return [reference]
    return [reference.with_domain(LOCAL_DOMAIN), *candidates(session, reference)]
