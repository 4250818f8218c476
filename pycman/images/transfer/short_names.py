"""Resolve a short name ("alpine"): an alias, else the path in each search registry (registries.conf(5)).

Without configuration it means docker.io, as in docker.
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
    """Return the full references a name may mean, in the order to try them; of a full reference, itself."""
    return [reference] if reference.domain else resolve_short_name(registries_conf(session), reference)


def resolve_short_name(conf: RegistriesConf, reference: ImageReference) -> list[ImageReference]:
    """Return the full references of a short name by registries.conf. Raises InvalidInput for an invalid alias. Pure."""
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


def how_resolved(conf: RegistriesConf, reference: ImageReference) -> str:
    """Return a line on where the meaning of a short name comes from, "" for a full name and where nothing is configured. Pure."""
    if reference.domain:
        return ""
    if conf.short_name_mode != "disabled" and conf.aliases.get(reference.path):
        return f'Resolved "{reference.path}" as an alias ({conf.alias_files.get(reference.path, "")})'
    if not conf.search_file:
        return ""
    return f'Resolving "{reference.path}" using unqualified-search registries ({conf.search_file})'


def check_unambiguous(session: Session, reference: ImageReference) -> None:
    """Raise InvalidInput for a short name with several meanings if short-name-mode is "enforcing".

    podman prompts the user then, and fails without a terminal.
    """
    if reference.domain:
        return
    conf = registries_conf(session)
    if conf.short_name_mode == "enforcing" and len(resolve_short_name(conf, reference)) > 1:
        choices = " or ".join(str(full) for full in resolve_short_name(conf, reference))
        raise InvalidInput("the short name may mean several images", subject=str(reference), hint=f"write {choices}")


def local_candidates(session: Session, reference: ImageReference) -> list[ImageReference]:
    """Return the full references a name may mean in the local store: localhost first."""
    if reference.domain:
        return [reference]
    return [reference.with_domain(LOCAL_DOMAIN), *candidates(session, reference)]


def _within(reference: ImageReference, registry: str) -> ImageReference:
    """Return a short name in a search registry, which may have a path of its own ("quay.io/team")."""
    domain, _, prefix = registry.partition("/")
    return (
        reference.replace(path=f"{prefix}/{reference.path}").with_domain(domain)
        if prefix
        else (reference.with_domain(domain))
    )
