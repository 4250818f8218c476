"""Push what a name means: an image, a manifest list with its images, or all that bears a repository's name."""

from __future__ import annotations

from pycman.errors import InvalidInput, NotFound
from pycman.images.catalogue import get_named
from pycman.images.lists.push import ListPushOptions, push_list
from pycman.images.transfer.push import push_image
from pycman.images.transfer.registry_access import RegistryOptions
from pycman.spec.image_reference import DEFAULT_DOMAIN, parse_image_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.images.transfer.push import PushOptions, PushReport
    from pycman.images.transfer.registry_access import Progress
    from pycman.state.session import Session


def push_named(
    session: Session, name: str, destination: str, options: PushOptions, *, progress: Progress | None = None
) -> PushReport:
    """Push an image or a list to `destination`, "" is its own name; with `options.all_tags` every tag of a repository.

    Raises NotFound, InvalidInput, and what `push_image` and `push_list` raise.
    """
    if not options.all_tags:
        return _push(session, name, destination, options, progress)
    if destination:
        raise InvalidInput("--all-tags takes no destination", subject=destination)
    return [_push(session, full_name, "", options, progress) for full_name in _tags(session, name)][-1]


def _tags(session: Session, name: str) -> list[str]:
    """Return the full names that a repository has here. Raises InvalidInput, NotFound."""
    reference = parse_image_reference(name)
    if reference.tag or reference.digest:
        raise InvalidInput("--all-tags takes a name without a tag", subject=name)
    full = reference if reference.domain else reference.with_domain(DEFAULT_DOMAIN)
    rows = session.db.rows(
        "SELECT name FROM image_names WHERE substr(name, 1, ?) = ? ORDER BY name", (len(str(full)) + 1, f"{full}:")
    )
    if not rows:
        raise NotFound("no local image has this name", subject=name)
    return [str(row["name"]) for row in rows]


def _push(session: Session, name: str, destination: str, options: PushOptions, progress: Progress | None) -> PushReport:
    if not get_named(session, name).is_list:
        return push_image(session, name, destination, options, progress=progress)
    if options.sign_by or options.sign_by_sigstore or options.sign_by_sigstore_private_key:
        raise InvalidInput(
            "manifest lists are not signed", subject=name, hint="push and sign their images by themselves"
        )
    connection = {field: getattr(options, field) for field in RegistryOptions._fields}
    list_options = ListPushOptions(
        format=options.format,
        compression=options.compression_format,
        compression_level=options.compression_level,
        **connection,
    )
    return push_list(session, name, destination, list_options, progress=progress)
