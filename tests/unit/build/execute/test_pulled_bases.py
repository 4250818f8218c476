"""When a build says that it pulls a base: at once where it must, with --pull=newer only when the registry has another one."""

from __future__ import annotations

import pytest

from pycman.build.execute import bases
from pycman.build.options import BuildOptions
from pycman.images.transfer import ensure_image, pull


class EnoughError(Exception):
    """The image itself is not looked at."""


@pytest.mark.parametrize(
    ("policy", "is_here", "pulls", "told"),
    [
        ("missing", False, True, 1), ("missing", True, False, 0), ("always", True, True, 1), ("never", False, False, 0),
        ("newer", False, True, 1), ("newer", True, True, 1), ("newer", True, False, 0),
    ],
)  # fmt: skip
def test_a_pull_is_told_once_and_only_if_there_is_one(
    monkeypatch, policy: str, is_here: bool, pulls: bool, told: int
) -> None:
    def ensure(_session, _reference, *, progress, **_more):
        for text in ("Trying to pull a...", "more") if pulls and progress is not None else ():
            progress.message(text)
        raise EnoughError

    monkeypatch.setattr(bases, "find_image", lambda *_arguments, **_more: object() if is_here else None)
    monkeypatch.setattr(bases, "ensure_image", ensure)
    events: list[object] = []
    with pytest.raises(EnoughError):
        bases.Bases(None, None, BuildOptions(context="", pull=policy), events.append).image("a", "")
    assert [(event.kind, event.text) for event in events] == [("pull", "a")] * told


@pytest.mark.parametrize(("policy", "asked"), [("newer", "newer"), ("always", "always")])
def test_a_newer_image_is_pulled_by_the_policy_that_asks_first(monkeypatch, policy: str, asked: str) -> None:
    def pull_image(_session, _name, options, *, progress):
        assert options.policy == asked
        raise EnoughError

    class Session:
        def log_step(self, _text: str) -> None:
            """Nobody reads it."""

    monkeypatch.setattr(pull, "pull_image", pull_image)
    monkeypatch.setattr(ensure_image, "find_image", lambda *_arguments, **_more: object())
    with pytest.raises(EnoughError):
        ensure_image.ensure_image(Session(), "a", policy=policy, platform="")
