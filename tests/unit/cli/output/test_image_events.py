"""What events of images are called: docker tells the image's name, podman the file or the name that was given."""

from __future__ import annotations

import pytest

from cli.output.events import event_fields, event_line, podman_event
from pycman.state.events import GIVEN, Event


def _event(action: str, **attributes: str) -> Event:
    return Event(
        id=1,
        time_ns=10**9,
        type="image",
        action=action,
        actor_id="ab" * 32,
        actor_name="q.io/a:1",
        attributes=attributes,
    )


@pytest.mark.parametrize(
    ("action", "attributes", "name"),
    [
        ("save", {GIVEN: "/tmp/x.tar"}, "/tmp/x.tar"),
        ("push", {GIVEN: "dir:/tmp/x"}, "dir:/tmp/x"),
        ("pull", {}, "q.io/a:1"),
        ("tag", {GIVEN: "q.io/a"}, "q.io/a"),
        ("remove", {}, "ab" * 32),
    ],
    ids=["save", "push", "pull", "tag", "remove"],
)
def test_podman_tells_what_was_given(action: str, attributes: dict[str, str], name: str) -> None:
    event = _event(action, **attributes)
    assert event_line(event, podman=True).endswith(f" image {action} {'ab' * 32} {name}")
    assert event_fields(event, podman=True)["Name"] == podman_event(event)["Name"] == name
    assert podman_event(event)["Attributes"] is None
    assert event_fields(event)["Name"] == "q.io/a:1"


def test_a_pull_that_failed_says_why() -> None:
    assert event_line(_event("pull-error", error="it is gone"), podman=True).endswith(" q.io/a:1 it is gone")
