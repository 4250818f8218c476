"""Docker's words: names of images, durations, the status line of a listing. Pure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.containers.container import Container

_PREFIXES = ("docker.io/library/", "docker.io/")
_UNITS = ((60, 1, "seconds"), (120, 60, "about a minute"), (3600, 60, "minutes"), (5400, 3600, "about an hour"),
          (48 * 3600, 3600, "hours"), (14 * 86400, 86400, "days"), (60 * 86400, 7 * 86400, "weeks"),
          (730 * 86400, 30 * 86400, "months"))  # fmt: skip
STATES = {"initialized": "created"}
"""States that docker does not have, by the one that it has."""


def familiar_name(name: str) -> str:
    """Return a full name as docker shows it: docker.io/library/x is x."""
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name


def full_name(name: str) -> str:
    """Return a name as docker means it: x is docker.io/library/x, whatever registries.conf says about short names."""
    domain, slash, _ = name.partition("/")
    if slash and ("." in domain or ":" in domain or domain == "localhost"):
        return name
    return f"docker.io/{name}" if slash else f"docker.io/library/{name}"


def with_tag(name: str) -> str:
    """Return a name with the tag latest unless it has a tag or digest."""
    return name if "@" in name or ":" in name.rpartition("/")[2] else f"{name}:latest"


def image_id(hex_digits: str) -> str:
    """Return an image's id as docker writes it, "" for none."""
    return f"sha256:{hex_digits.removeprefix('sha256:')}" if hex_digits else ""


def duration(seconds: float) -> str:
    """Return a duration as docker's client shows it (go-units, HumanDuration)."""
    whole = int(seconds)
    if whole < 1:
        return "Less than a second"
    if whole == 1:
        return "1 second"
    for limit, unit, word in _UNITS:
        if whole < limit:
            return word.capitalize() if word.startswith("about") else f"{whole // unit} {word}"
    return f"{int(whole / 3600 / 24 / 365)} years"


def status_line(container: Container, now_ns: int) -> str:
    """Return the Status of a listing: "Up 3 minutes (healthy)", "Exited (0) 2 hours ago"."""
    state = container.state
    ended = f"({container.exit_status}) {duration((now_ns - container.finished_at_ns) / 1e9)} ago"
    if state in ("running", "paused"):
        notes = " (Paused)" if state == "paused" else _health(container)
        return f"Up {duration((now_ns - container.started_at_ns) / 1e9)}{notes}"
    if state == "restarting":
        return f"Restarting {ended}"
    if state == "exited":
        return f"Exited {ended}"
    return {"created": "Created", "initialized": "Created", "removing": "Removal In Progress"}.get(state, "Dead")


def _health(container: Container) -> str:
    if not container.has_health:
        return ""
    status = container.health_status or "starting"
    return " (health: starting)" if status == "starting" else f" ({status})"
