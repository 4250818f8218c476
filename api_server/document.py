"""Write the endpoints of docs/api.md from both tables of routes: `python -m api_server.document`."""

from __future__ import annotations

import sys

from api_server.libpod.routes import REFUSALS as LIBPOD_REFUSALS
from api_server.libpod.routes import ROUTES as LIBPOD_ROUTES
from api_server.routes import API_VERSION, LIBPOD_VERSION, MIN_API_VERSION, ROUTES
from api_server.translate.refusals import REFUSALS
from pycman.linux.files import write_atomic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.routes import Route

BEGIN, END = "<!-- endpoints: python -m api_server.document -->\n", "<!-- end of endpoints -->\n"
LIBPOD_BEGIN, LIBPOD_END = (
    "<!-- podman's endpoints: python -m api_server.document -->\n",
    "<!-- end of podman's endpoints -->\n",
)
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


def libpod_endpoints() -> str:
    """Return the table of podman's endpoints, between its marks."""
    rows = [
        "| endpoint below /libpod | answered by | remarks |",
        "|---|---|---|",
        *(
            f"| `{route.method} {route.path.replace('*', '')}` | {_HOW[route.work]} | {_remark(route)} |"
            for route in LIBPOD_ROUTES
        ),
    ]
    versions = f"Version {LIBPOD_VERSION}; any version in a path (`/v5.0.0/libpod/…`) is taken, and older clients get what they know.\n\n"
    return LIBPOD_BEGIN + versions + "\n".join(rows) + "\n" + LIBPOD_END


def _first(handler: str) -> Route:
    return next(route for route in ROUTES if route.handler.endswith(handler))


def _swarm_paths() -> str:
    paths = dict.fromkeys(f"`/{route.path.split('/')[1]}`" for route in ROUTES if route.handler.endswith(_SWARM))
    return ", ".join(paths)


def _remark(route: Route) -> str:
    if route.work != "refused":
        return route.note
    name = route.handler.rpartition(".")[2]
    status, message = (LIBPOD_REFUSALS if route.handler.startswith("libpod.") else REFUSALS)[name]
    words = message if len(message) < 60 else message.partition(".")[0]
    return f"{status}: {words}" + (f"; {route.note}" if route.note else "")


def page(text: str) -> str:
    """Return the text of docs/api.md with the tables as they are now."""
    for begin, end, table in ((BEGIN, END, endpoints()), (LIBPOD_BEGIN, LIBPOD_END, libpod_endpoints())):
        before, _, rest = text.partition(begin)
        text = before + table + rest.partition(end)[2]
    return text


def main() -> int:
    """Rewrite the table in docs/api.md."""
    with open(_FILE, encoding="utf-8") as file:
        text = file.read()
    write_atomic(_FILE, page(text))
    return 0


if __name__ == "__main__":
    sys.exit(main())
