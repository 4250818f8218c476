"""Search registries: docker.io by its search API, others by their catalog (distribution "_catalog") or that API."""

from __future__ import annotations

import contextlib
import os
from urllib.parse import quote

from pycman.errors import Corrupt, InvalidInput, NotFound, PycmanError, Unauthenticated
from pycman.images.transfer.registry_access import RegistryOptions, clients_of
from pycman.images.transfer.short_names import candidates
from pycman.record import Record
from pycman.registry.client import Client, ClientOptions
from pycman.registry.endpoints import Endpoint
from pycman.spec.image_reference import DEFAULT_DOMAIN, LOCAL_DOMAIN, ImageReference, parse_image_reference
from pycman.state.settings import engine_environment, registries_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.state.session import Session

_SEARCH_HOST = "index.docker.io"
_MAX_NAMES = 100_000
_FILTERS = {"is-official": ("true", "false", "1", "0"), "is-automated": ("true", "false", "1", "0"), "stars": ()}


class SearchOptions(RegistryOptions):
    """Options of `search`; filters are is-official, is-automated and stars."""

    limit: int = 25
    list_tags: bool = False
    filters: tuple[tuple[str, str], ...] = ()
    retry: int = 1


class SearchResult(Record):
    """One repository, or with `list_tags` one tag, found in the registry `index`."""

    index: str
    name: str
    description: str = ""
    stars: int = 0
    official: bool = False
    tag: str = ""


def search(session: Session, term: str, options: SearchOptions) -> list[SearchResult]:
    """Return the repositories that match a term ("alpine", "quay.io/x"). Raises the last registry's error if all fail.

    `limit` is for each registry, as in podman; 0 is 25.
    """
    _check(term, options)
    if options.list_tags:
        return _tags(session, term, options)
    domain, slash, rest = term.partition("/")
    has_domain = bool(slash) and ("." in domain or ":" in domain or domain == LOCAL_DOMAIN)
    domains = (domain,) if has_domain else registries_conf(session).unqualified_search_registries or (DEFAULT_DOMAIN,)
    results: list[SearchResult] = []
    error: PycmanError | None = None
    for searched in domains:
        try:
            repositories = _search_one(session, searched, rest if has_domain else term, options)
        except PycmanError as failure:
            error = failure
            continue
        results += [result for result in repositories if _passes(result, options)][: options.limit or 25]
    if error is not None and not results:
        raise error
    return results


def _check(term: str, options: SearchOptions) -> None:
    if not term:
        raise InvalidInput("the search term is empty", subject='""', hint="write a part of an image's name")
    if options.limit < 0 or options.limit > 1000:
        raise InvalidInput("the limit is 1 to 1000", subject=str(options.limit))
    for key, value in options.filters:
        if key not in _FILTERS:
            raise InvalidInput("invalid filter", subject=key, hint="use is-official or stars", code="not-a-filter-key")
        valid = value.isdecimal() if key == "stars" else value.lower() in _FILTERS[key]
        if not valid:
            raise InvalidInput(f"not a value of the filter {key}", subject=value)


def _search_one(session: Session, domain: str, term: str, options: SearchOptions) -> list[SearchResult]:
    if domain == DEFAULT_DOMAIN:
        client_options = ClientOptions(
            tls_verify=options.tls_verify,
            retries=options.retry,
            timeout_s=options.timeout_s,
            home=session.user.home,
            environment=engine_environment(session, os.environ),
        )
        with contextlib.closing(Client(Endpoint(host=_SEARCH_HOST, path=""), None, client_options, term)) as hub:
            return _search_v1(hub, domain, term, options)
    reference = ImageReference(domain=domain, path=term or "x")
    with contextlib.closing(clients_of(session, reference, options, pulling=True)[-1]) as client:
        return _search_in(client, domain, term, options)


def _search_in(client: Client, domain: str, term: str, options: SearchOptions) -> list[SearchResult]:
    """Return the matching names of a registry's catalog, or of its search API if it has no catalog."""
    try:
        names = client.repositories(_MAX_NAMES)
    except (NotFound, Unauthenticated) as error:
        try:
            return _search_v1(client, domain, term, options)  # not every registry has a catalog
        except PycmanError:
            raise error from None
    return [SearchResult(index=domain, name=f"{domain}/{name}") for name in names if term in name]


def _search_v1(client: Client, domain: str, term: str, options: SearchOptions) -> list[SearchResult]:
    document, _ = client.get_json(f"/v1/search?q={quote(term, safe='')}&n={options.limit or 25}")
    prefix = "" if domain == DEFAULT_DOMAIN else f"{domain}/"
    results = document.get("results") or []
    if not isinstance(results, list):
        raise Corrupt("its results are not a list", subject=f"the response of {client.host}")
    return [_result(domain, prefix, result) for result in results if isinstance(result, dict)]


def _result(domain: str, prefix: str, entry: dict[str, Any]) -> SearchResult:
    stars = entry.get("star_count")
    return SearchResult(
        index=domain,
        name=prefix + str(entry.get("name", "")),
        description=" ".join(str(entry.get("description") or "").split()),
        stars=stars if isinstance(stars, int) else 0,
        official=bool(entry.get("is_official")),
    )


def _tags(session: Session, term: str, options: SearchOptions) -> list[SearchResult]:
    if options.filters:
        raise InvalidInput("filters cannot be combined with --list-tags", subject=options.filters[0][0])
    reference = parse_image_reference(term)
    if reference.tag or reference.digest:
        raise InvalidInput("--list-tags takes a name without a tag", subject=term)
    full = candidates(session, reference)[0]
    with contextlib.closing(clients_of(session, full, options, pulling=True)[-1]) as client:
        tags = client.tags()
    if not tags:
        raise NotFound("the repository has no tags", subject=term)
    return [SearchResult(index=full.domain, name=full.repository, tag=tag) for tag in tags[: options.limit or 25]]


def _passes(result: SearchResult, options: SearchOptions) -> bool:
    for key, value in options.filters:
        if key == "is-official" and result.official != (value.lower() in ("true", "1")):
            return False
        if key == "stars" and result.stars < int(value):
            return False
    return True
