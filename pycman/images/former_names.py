"""The names that an image had once, as its events tell them (podman's `images --history`, NamesHistory of `image inspect`)."""

from __future__ import annotations

from pycman.images.catalogue import get_image
from pycman.state.events import of_actor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.state.session import Session


_NAMING = ("untag", "tag", "pull", "build", "commit", "import", "loadfromarchive")
"""The actions whose events tell a name that the image had or got: a name that another image took later has no event of its own."""
_MOST = 100
"""How many former names are told at most."""


def former_names(session: Session, image_id: str) -> list[str]:
    """Return the names that an image had and has no more, the latest first, 100 at most. Raises NotFound."""
    return names_lost(session, image_id, get_image(session, image_id).names)


def names_lost(session: Session, image_id: str, names: Sequence[str]) -> list[str]:
    """Return the names that an image had beside `names`, which it has, the latest first, 100 at most."""
    found = [event.actor_name for event in reversed(of_actor(session.db, image_id)) if event.action in _NAMING]
    return [name for name in dict.fromkeys(found) if _is_whole(name) and name not in names][:_MOST]


def _is_whole(name: str) -> bool:
    """Say whether a name has a registry and a tag, as names in the store do: some events tell what the user typed."""
    return "/" in name and ":" in name.rpartition("/")[2] and "@" not in name
