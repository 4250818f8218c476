"""What a short name ("alpine") may mean: an alias, else a path in each registry that is searched (registries.conf(5)).

Where nothing is configured it means docker.io, as docker has it.
"""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.spec.image_reference import DEFAULT_DOMAIN, LOCAL_DOMAIN, parse_image_reference
from pycman.state.settings import registries_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.config.registries_conf import RegistriesConf
    from pycman.spec.image_reference import ImageReference
    from pycman.state.session import Session


def candidates(session: Session, reference: ImageReference) -> list[ImageReference]:
    """Return the full references a name may mean, best first; a full one means itself."""
    return [reference] if reference.domain else meanings(registries_conf(session), reference)


def meanings(conf: RegistriesConf, reference: ImageReference) -> list[ImageReference]:
    """Return the full references of a short name by settings. Pure. Raises InvalidInput for an alias that is none."""
    alias = conf.aliases.get(reference.path) if conf.short_name_mode != "disabled" else None
    if alias:
        full = parse_image_reference(alias)
        if not full.domain or full.tag or full.digest:
            raise InvalidInput(
                f"its alias {alias} in registries.conf must be a full name without tag", subject=str(reference)
            )
        return [full.replace(tag=reference.tag, digest=reference.digest)]
    domains = conf.unqualified_search_registries or (DEFAULT_DOMAIN,)
    return [_within(reference, domain) for domain in domains]


def unambiguous(session: Session, reference: ImageReference) -> None:
    """Raise InvalidInput where settings forbid to guess: short-name-mode "enforcing" and several registries to search.

    (podman asks its user there, and without a terminal refuses.)
    """
    if reference.domain:
        return
    conf = registries_conf(session)
    if conf.short_name_mode == "enforcing" and len(meanings(conf, reference)) > 1:
        choices = " or ".join(str(each) for each in meanings(conf, reference))
        raise InvalidInput("the short name may mean several images", subject=str(reference), hint=f"write {choices}")


def local_candidates(session: Session, reference: ImageReference) -> list[ImageReference]:
    """Return what a name may mean among the images here: localhost first."""
    if reference.domain:
        return [reference]
    return [reference.with_domain(LOCAL_DOMAIN), *candidates(session, reference)]


def _within(reference: ImageReference, place: str) -> ImageReference:
    """Return a short name in a registry or, as registries.conf allows, below a path of one ("quay.io/team")."""
    domain, _, above = place.partition("/")
    return (
        reference.replace(path=f"{above}/{reference.path}").with_domain(domain)
        if above
        else (reference.with_domain(domain))
    )
