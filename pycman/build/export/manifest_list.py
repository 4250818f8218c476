"""Images of several platforms as one manifest list: --platform with several, or --manifest."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.images.lists.catalogue import add_entries, annotate_list, create_list, insert_list
from pycman.images.lists.sources import SourceOptions, entries_of
from pycman.images.lookup import local_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.build.options import BuildOptions, BuildResult
    from pycman.state.session import Session


def list_names(options: BuildOptions) -> tuple[str, ...]:
    """Return the full names of the lists, before anything is built: --manifest, else the tags. Raises InvalidInput."""
    names = tuple(local_name(name) for name in ((options.manifest,) if options.manifest else options.tags))
    if not names:
        raise InvalidInput("images of several platforms need a name", subject="--platform", hint="give one with -t")
    return names


def put_into_lists(
    session: Session, names: Sequence[str], results: Sequence[BuildResult], options: BuildOptions
) -> BuildResult:
    """Put the images into lists: into the one of --manifest beside what it has, into new ones of the tags' names.

    Return the result of the last image, with the names, and the steps of all.
    """
    entries = [entry for result in results for entry in entries_of(session, result.image_id, SourceOptions())]
    with session.db.transaction():
        for name in names:
            if options.manifest:
                create_list(session, name, entries, options.annotations, amend=True)
            else:
                made = insert_list(session, name)
                add_entries(session, made.id, entries)
                annotate_list(session, made.id, options.annotations)
    return results[-1].replace(
        names=tuple(names),
        steps=sum(result.steps for result in results),
        cached_steps=sum(result.cached_steps for result in results),
    )
