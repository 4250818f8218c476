"""Filters of `events`: each key must match, values of one key are alternatives, but for label."""

from __future__ import annotations

import pytest

from pycman.errors import InvalidInput
from pycman.state.events import Event
from pycman.system.docker_event import docker_event, is_dockers
from pycman.system.event_stream import _parse_filters, _passes

DIED = Event(id=1, time_ns=1, type="container", action="died", actor_id="c" * 64, actor_name="web",
             image="quay.io/a/nginx:1", attributes={"app": "x", "tier": "front"})  # fmt: skip
PULLED = Event(id=2, time_ns=2, type="image", action="pull", actor_id="d" * 64, actor_name="quay.io/a/nginx:1")


@pytest.mark.parametrize(
    ("filters", "died", "pulled"),
    [
        ([], True, True),
        (["event=die"], True, False),
        (["event=died"], True, False),
        (["status=die", "status=pull"], True, True),
        (["event=die", "event=start"], True, False),
        (["event=die", "container=web"], True, False),
        (["event=start", "container=web"], False, False),
        (["container=other", "container=web"], True, False),
        (["container=cccccc"], True, False),
        (["type=container"], True, False),
        (["TYPE=Image"], False, True),
        (["image=nginx:1"], True, True),
        (["image=quay.io/a/nginx:1", "event=pull"], False, True),
        (["label=app"], True, False),
        (["label=app=x", "label=tier=front"], True, False),
        (["label=app=x", "label=tier=back"], False, False),
        (["scope=local"], True, True),
        (["scope=swarm"], False, False),
        (["service=x"], False, False),
        (["volume=web"], False, False),
        (["name=web"], True, False),
    ],
)
def test_filters(filters: list[str], died: bool, pulled: bool) -> None:
    by_key = _parse_filters([tuple(text.split("=", 1)) for text in filters])
    assert (_passes(DIED, by_key), _passes(PULLED, by_key)) == (died, pulled)


def test_events_have_dockers_actions() -> None:
    well = Event(
        id=3, time_ns=3, type="container", action="health_status", actor_id="c", attributes={"health_status": "healthy"}
    )
    assert docker_event(well)["Action"] == "health_status: healthy"
    for wanted, passes in (
        ("health_status", True),
        ("health_status: healthy", True),
        ("health_status: unhealthy", False),
    ):
        assert _passes(well, _parse_filters([("event", wanted)])) == passes
    ran = Event(id=4, time_ns=4, type="container", action="exec_died", actor_id="c")
    assert docker_event(ran)["Action"] == "exec_die"
    assert _passes(ran, _parse_filters([("event", "exec_die")]))
    assert is_dockers(ran)
    assert not is_dockers(ran.replace(action="init"))


def test_other_keys_are_refused() -> None:
    with pytest.raises(InvalidInput, match="invalid filter"):
        _parse_filters([("colour", "red")])
