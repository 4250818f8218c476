"""Search registries: docker.io by its search API, others by their catalogue (distribution-spec, "_catalog") and tag lists."""

from __future__ import annotations

from urllib.parse import quote

from pycman.errors import InvalidInput, NotFound, PycmanError
from pycman.images.pull import PullOptions, client_for
from pycman.images.short_names import candidates
from pycman.record import Record
from pycman.registry.client import Client, ClientOptions
from pycman.registry.endpoints import Endpoint
from pycman.spec.image_reference import DEFAULT_DOMAIN, ImageReference, parse_image_reference
from pycman.state.settings import registries_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session

_SEARCH_HOST = "index.docker.io"


class SearchOptions(Record):
    """What `search` takes; filters are is-official and stars."""

    limit: int = 25
    list_tags: bool = False
    filters: tuple[tuple[str, str], ...] = ()
    authfile: str = ""
    creds: str = ""
    tls_verify: bool | None = None
    cert_dir: str = ""


class SearchResult(Record):
    """One repository (or with list_tags one tag)."""

    index: str
    name: str
    description: str = ""
    stars: int = 0
    official: bool = False
    tag: str = ""


def search(session: Session, term: str, options: SearchOptions) -> list[SearchResult]:
    """Return what registries know of a term ("alpine", "quay.io/x"). Raises what talking to the last one raised."""
    for key, _ in options.filters:
        if key not in ("is-official", "is-automated", "stars"):
            raise InvalidInput("invalid filter", subject=key, hint="use is-official or stars")
    if options.list_tags:
        return _tags(session, term, options)
    domain, _, rest = term.partition("/")
    known = rest and ("." in domain or ":" in domain or domain == "localhost")
    domains = (domain,) if known else registries_conf(session).unqualified_search_registries or (DEFAULT_DOMAIN,)
    results: list[SearchResult] = []
    error: PycmanError | None = None
    for each in domains:
        try:
            results += _search_one(session, each, rest if known else term, options)
        except PycmanError as failure:
            error = failure
    if error is not None and not results:
        raise error
    return [result for result in results if _passes(result, options)][: options.limit]


def _search_one(session: Session, domain: str, term: str, options: SearchOptions) -> list[SearchResult]:
    if domain == DEFAULT_DOMAIN:
        client = Client(
            Endpoint(host=_SEARCH_HOST, path=""), None, ClientOptions(tls_verify=options.tls_verify, retries=1), term
        )
        answer = client.get_json(f"/v1/search?q={quote(term)}&n={options.limit}")
        return [
            SearchResult(
                index=domain,
                name=str(each.get("name", "")),
                description=str(each.get("description") or ""),
                stars=int(each.get("star_count") or 0),
                official=bool(each.get("is_official")),
            )
            for each in answer.get("results") or ()
        ]
    reference = ImageReference(domain=domain, path=term or "x")
    answer = client_for(session, reference, _pull_options(options), pulling=False)[-1].get_json("/v2/_catalog?n=1000")
    names = [str(name) for name in answer.get("repositories") or ()]
    return [SearchResult(index=domain, name=f"{domain}/{name}") for name in names if term in name]


def _tags(session: Session, term: str, options: SearchOptions) -> list[SearchResult]:
    full = candidates(session, parse_image_reference(term))[0]
    tags = client_for(session, full, _pull_options(options), pulling=True)[-1].tags()
    if not tags:
        raise NotFound("the repository has no tags", subject=term)
    return [SearchResult(index=full.domain, name=full.repository, tag=tag) for tag in tags[: options.limit]]


def _pull_options(options: SearchOptions) -> PullOptions:
    return PullOptions(
        authfile=options.authfile,
        creds=options.creds,
        tls_verify=options.tls_verify,
        cert_dir=options.cert_dir,
        retry=1,
    )


def _passes(result: SearchResult, options: SearchOptions) -> bool:
    for key, value in options.filters:
        if key == "is-official" and result.official != (value.lower() in ("true", "1")):
            return False
        if key == "stars" and (not value.isdigit() or result.stars < int(value)):
            return False
    return True
