"""Write the endpoints of docs/api.md from the table of routes: `python -m api_server.document`."""

from __future__ import annotations

import sys

from api_server.routes import API_VERSION, MIN_API_VERSION, ROUTES
from api_server.translate.refusals import REFUSALS
from pycman.linux.files import write_atomic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.routes import Route

BEGIN, END = "<!-- endpoints: python -m api_server.document -->\n", "<!-- end of endpoints -->\n"
_FILE = "docs/api.md"
_SWARM = "no_swarm"
_HOW = {
    "verb": "a worker",
    "output": "a worker, streamed",
    "input": "a worker, streamed both ways",
    "stream": "the event loop",
    "refused": "refused",
}


def endpoints() -> str:
    """Return the table of endpoints, between its marks."""
    rows = [
        "| endpoint | answered by | remarks |",
        "|---|---|---|",
        *(
            f"| `{route.method} {route.path.replace('*', '')}` | {_HOW[route.work]} | {_remark(route)} |"
            for route in ROUTES
            if not route.handler.endswith(_SWARM)
        ),
        f"| {_swarm_paths()}, all methods, and everything below | refused | {_remark(_first(_SWARM))} |",
    ]
    versions = f"Versions {MIN_API_VERSION} to {API_VERSION} of the API, by path (`/v1.41/…`) or without one.\n\n"
    return BEGIN + versions + "\n".join(rows) + "\n" + END


def _first(handler: str) -> Route:
    return next(route for route in ROUTES if route.handler.endswith(handler))


def _swarm_paths() -> str:
    paths = dict.fromkeys(f"`/{route.path.split('/')[1]}`" for route in ROUTES if route.handler.endswith(_SWARM))
    return ", ".join(paths)


def _remark(route: Route) -> str:
    if route.work != "refused":
        return route.note
    status, message = REFUSALS[route.handler.partition(".")[2]]
    words = message if len(message) < 60 else message.partition(".")[0]
    return f"{status}: {words}" + (f"; {route.note}" if route.note else "")


def page(text: str) -> str:
    """Return the text of docs/api.md with the table as it is now."""
    before, _, rest = text.partition(BEGIN)
    return before + endpoints() + rest.partition(END)[2]


def main() -> int:
    """Rewrite the table in docs/api.md."""
    with open(_FILE, encoding="utf-8") as file:
        text = file.read()
    write_atomic(_FILE, page(text))
    return 0


if __name__ == "__main__":
    sys.exit(main())
