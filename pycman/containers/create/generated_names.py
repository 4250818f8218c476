"""Random ids, and generated names such as "calm_otter" for containers and pods without --name."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session

_MOODS = (
    "able airy apt avid bold brave brisk calm civil clear clever cosy crisp deft eager early easy fair fine firm fleet fond "
    "frank free fresh gentle glad grand happy hardy hearty ideal jolly just keen kind large light live loyal lucky merry "
    "mild modest neat noble novel open patient plain prime proud pure quick quiet rapid ready rosy safe sharp silent "
    "simple smart snug sober solid sound spry steady still stout sunny super sure swift tidy tough true vivid warm wise"
)
_THINGS = (
    "acorn alder anchor apple arch ash aspen badger barge beacon beech birch bison brook canoe cedar clover comet coral "
    "crane creek delta dune eagle ember falcon fern finch fjord flint forge fox gale garnet glade grove gull harbor "
    "hare hazel heron hill inlet iris isle ivy jetty juniper kite lagoon lake larch lark lemur linden lotus lynx maple "
    "marsh meadow mole moon moss oak opal orchard otter owl palm pearl pier pine plover pond poplar quarry quartz raven "
    "reef ridge river robin sail sequoia shore sparrow spruce summit swan thistle tide topaz trout valley walnut willow"
)


def new_id() -> str:
    """Return 64 random hexadecimal digits.

    The first twelve have a letter, so that a short id is not taken for a number.
    """
    while True:
        random_id = os.urandom(32).hex()
        if not random_id[:12].isdecimal():
            return random_id


def free_name(session: Session) -> str:
    """Return a name like "calm_otter" that no container has now.

    Inserting the row may still fail on the unique index.
    """
    moods, things = _MOODS.split(), _THINGS.split()
    for attempt in range(60):
        random = int.from_bytes(os.urandom(4), "little")
        name = f"{moods[random % len(moods)]}_{things[(random >> 12) % len(things)]}"
        if attempt > 5:
            name += str(random % (10 ** (attempt // 6 + 1)))
        if session.db.value("SELECT 1 FROM containers WHERE name = ?", (name,)) is None:
            return name
    return f"container_{os.urandom(6).hex()}"
