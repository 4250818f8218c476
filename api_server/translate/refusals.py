"""What pycman has not, in the words with which docker says that it is not there: handler → (status, message)."""

from __future__ import annotations

_SWARM = 'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.'

REFUSALS: dict[str, tuple[int, str]] = {
    "no_swarm": (503, _SWARM),
    "no_plugins": (404, "plugin not found: pycman has no plugins"),
    "no_sessions": (404, "page not found: there are no BuildKit sessions, use the classic builder (DOCKER_BUILDKIT=0)"),
    "no_secret_update": (501, "a secret cannot be changed: remove it and create it again"),
}
