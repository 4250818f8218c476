"""The endpoints: one table for routing and for docs/api.md. Pure.

`work` says who answers:  verb     a worker, with one whole answer
                          output   a worker that writes the body (a tar, progress) as it comes
                          input    the same, which also reads the body of the request as it comes
                          stream   the event loop itself (streams/)
                          refused  nobody: pycman has no such thing, and docker's own words say so
"""

from __future__ import annotations

import re

from pycman.record import Record

API_VERSION = "1.55"
MIN_API_VERSION = "1.24"
LIBPOD_VERSION = "5.4.2"


class Route(Record):
    """One endpoint. `path` has names in braces ({name}: one part, {name*}: more); `handler` is MODULE.FUNCTION of verbs/ or streams/.

    `since` is the first version of the API that has it; `note` says what differs from docker, "" for nothing known.
    """

    method: str
    path: str
    handler: str
    work: str = "verb"
    since: tuple[int, int] = (1, 24)
    note: str = ""


class Match(Record):
    """A route, and the parts of the path that it names."""

    route: Route
    names: dict[str, str]


def routes_of(*rows: tuple[str, ...]) -> tuple[Route, ...]:
    """Return routes of (method, path, handler, work, note), the last two possibly left out."""
    return tuple(
        Route(
            method=row[0],
            path=row[1],
            handler=row[2],
            work=row[3] if len(row) > 3 else "verb",
            note=row[4] if len(row) > 4 else "",
        )
        for row in rows
    )


ROUTES: tuple[Route, ...] = tuple(
    routes_of(
        ("GET", "/_ping", "ping.ping", "stream"),
        ("HEAD", "/_ping", "ping.ping", "stream"),
        ("GET", "/version", "system.version"),
        ("GET", "/info", "system.info"),
        ("POST", "/auth", "system.auth"),
        ("GET", "/system/df", "system.disk_usage"),
        ("GET", "/events", "events.events", "stream"),
        (
            "POST",
            "/session",
            "refused.no_sessions",
            "refused",
            "BuildKit's sessions: clients fall back to the classic builder",
        ),
        ("POST", "/grpc", "refused.no_sessions", "refused", "the same"),
        # -- containers
        ("GET", "/containers/json", "containers.list_containers"),
        ("POST", "/containers/create", "containers.create", "verb", "fields that pycman cannot do are refused by name"),
        ("POST", "/containers/prune", "containers.prune"),
        ("GET", "/containers/{name}/json", "containers.inspect"),
        ("GET", "/containers/{name}/top", "containers.top"),
        ("GET", "/containers/{name}/logs", "logs.logs", "stream"),
        ("GET", "/containers/{name}/changes", "containers.changes"),
        ("GET", "/containers/{name}/export", "files.export", "output"),
        ("GET", "/containers/{name}/stats", "stats.stats", "stream"),
        ("POST", "/containers/{name}/resize", "attach.resize", "stream"),
        ("POST", "/containers/{name}/start", "start.start", "stream"),
        ("POST", "/containers/{name}/stop", "containers.stop"),
        ("POST", "/containers/{name}/restart", "containers.restart"),
        ("POST", "/containers/{name}/kill", "containers.kill"),
        ("POST", "/containers/{name}/update", "containers.update"),
        ("POST", "/containers/{name}/rename", "containers.rename"),
        ("POST", "/containers/{name}/pause", "containers.pause"),
        ("POST", "/containers/{name}/unpause", "containers.unpause"),
        ("POST", "/containers/{name}/checkpoints", "checkpoints.create"),
        ("GET", "/containers/{name}/checkpoints", "checkpoints.list_checkpoints"),
        ("DELETE", "/containers/{name}/checkpoints/{checkpoint}", "checkpoints.remove"),
        ("POST", "/containers/{name}/attach", "attach.attach", "stream"),
        ("GET", "/containers/{name}/attach/ws", "attach.attach_websocket", "stream"),
        ("POST", "/containers/{name}/wait", "wait.wait", "stream"),
        ("DELETE", "/containers/{name}", "containers.remove", "verb", "links are not known"),
        ("HEAD", "/containers/{name}/archive", "files.stat"),
        ("GET", "/containers/{name}/archive", "files.get_archive", "output"),
        ("PUT", "/containers/{name}/archive", "files.put_archive", "input"),
        # -- exec
        ("POST", "/containers/{name}/exec", "execs.create"),
        ("POST", "/exec/{id}/start", "execs.start", "stream"),
        ("POST", "/exec/{id}/resize", "execs.resize", "stream"),
        ("GET", "/exec/{id}/json", "execs.inspect"),
        # -- images
        ("GET", "/images/json", "images.list_images"),
        ("POST", "/images/create", "transfer.create", "input"),
        ("POST", "/images/load", "transfer.load", "input"),
        ("POST", "/images/prune", "images.prune"),
        ("GET", "/images/search", "images.search"),
        ("GET", "/images/get", "transfer.save_several", "output"),
        ("GET", "/images/{name*}/get", "transfer.save", "output"),
        ("GET", "/images/{name*}/json", "images.inspect"),
        ("GET", "/images/{name*}/history", "images.history"),
        ("GET", "/images/{name*}/attestations", "images.attestations", "verb", "there are none"),
        ("POST", "/images/{name*}/push", "transfer.push", "output"),
        ("POST", "/images/{name*}/tag", "images.tag"),
        ("DELETE", "/images/{name*}", "images.remove"),
        ("POST", "/commit", "images.commit"),
        ("POST", "/build", "build.build", "input", "the classic builder's stream; BuildKit's sessions are refused"),
        ("POST", "/build/prune", "build.prune"),
        (
            "POST",
            "/build/cancel",
            "build.cancel",
            "verb",
            "a build ends when its client goes, so there is none to cancel",
        ),
        ("GET", "/distribution/{name*}/json", "images.distribution"),
        # -- networks
        ("GET", "/networks", "networks.list_networks"),
        ("POST", "/networks/create", "networks.create"),
        ("POST", "/networks/prune", "networks.prune"),
        ("GET", "/networks/{name}", "networks.inspect"),
        ("DELETE", "/networks/{name}", "networks.remove"),
        ("POST", "/networks/{name}/connect", "networks.connect"),
        ("POST", "/networks/{name}/disconnect", "networks.disconnect"),
        # -- volumes
        ("GET", "/volumes", "volumes.list_volumes"),
        ("POST", "/volumes/create", "volumes.create"),
        ("POST", "/volumes/prune", "volumes.prune"),
        ("GET", "/volumes/{name}", "volumes.inspect"),
        ("DELETE", "/volumes/{name}", "volumes.remove"),
        # -- secrets
        (
            "GET",
            "/secrets",
            "secrets.list_secrets",
            "verb",
            "secrets of the engine, as podman serves them; no swarm is needed",
        ),
        ("POST", "/secrets/create", "secrets.create"),
        ("GET", "/secrets/{name}", "secrets.inspect"),
        ("DELETE", "/secrets/{name}", "secrets.remove"),
        ("POST", "/secrets/{name}/update", "refused.no_secret_update", "refused"),
        # -- what pycman has not
        ("GET", "/plugins", "system.no_plugins", "verb", "there are none"),
        ("GET", "/plugins/privileges", "refused.no_plugins", "refused"),
        ("GET", "/plugins/{name*}/json", "refused.no_plugins", "refused"),
        ("POST", "/plugins/{name*}", "refused.no_plugins", "refused"),
        ("DELETE", "/plugins/{name*}", "refused.no_plugins", "refused"),
        *(
            (method, path, "refused.no_swarm", "refused")
            for path in ("/swarm", "/services", "/tasks", "/nodes", "/configs")
            for method in ("GET", "POST", "DELETE", "PUT")
        ),
        *(
            (method, f"{path}/{{rest*}}", "refused.no_swarm", "refused")
            for path in ("/swarm", "/services", "/tasks", "/nodes", "/configs")
            for method in ("GET", "POST", "DELETE", "PUT")
        ),
    )
)
"""In the order in which they are tried."""


def _pattern(path: str) -> re.Pattern[str]:
    expression = re.escape(path)
    expression = re.sub(r"\\\{(\w+)\\\*\\\}", r"(?P<\1>.+)", expression)
    expression = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>/?[^/]+)", expression)
    return re.compile(expression, re.DOTALL)


class Table:
    """Routes with their paths as patterns."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self._compiled = tuple((route, _pattern(route.path)) for route in routes)

    def find(self, method: str, path: str) -> Match | None:
        """Return the route of a method and a path without its version, None if there is none."""
        for route, pattern in self._compiled:
            if route.method == method:
                found = pattern.fullmatch(path)
                if found is not None:
                    return Match(route=route, names=found.groupdict())
        return None

    def methods(self, path: str) -> list[str]:
        """Return the methods that a path has."""
        return [route.method for route, pattern in self._compiled if pattern.fullmatch(path) is not None]


_TABLE = Table(ROUTES)


def docker_table() -> Table:
    """Return the table of docker's API."""
    return _TABLE


def find_route(method: str, path: str) -> Match | None:
    """Return the route of docker's API for a method and a path without its version, None if there is none."""
    return _TABLE.find(method, path)


def methods_of(path: str) -> list[str]:
    """Return the methods that a path of docker's API has."""
    return _TABLE.methods(path)


_VERSION = re.compile(r"/v(\d{1,3})\.(\d{1,3})(?:\.\d{1,3})?(?=/)")


def split_version(path: str) -> tuple[str, tuple[int, int] | None]:
    """Return a path without its version, and the version: /v1.41/info is /info of (1, 41); None if it has none."""
    found = _VERSION.match(path)
    if found is None:
        return path, None
    return path[found.end() :], (int(found[1]), int(found[2]))


def version_number(text: str) -> tuple[int, int]:
    """Return "1.47" as a pair of numbers."""
    major, _, minor = text.partition(".")
    return int(major), int(minor)
