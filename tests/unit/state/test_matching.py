"""Labels of filters: exact keys and values, and podman's * in keys."""

from __future__ import annotations

import pytest

from pycman.state.matching import label_matches

LABELS = {"com.example.app": "web", "com.example.tier": "front", "plain": ""}


@pytest.mark.parametrize(
    ("value", "matches"),
    [
        ("plain", True),
        ("plain=", True),
        ("plain=x", False),
        ("com.example.app=web", True),
        ("com.example", False),
        ("com.example.*", True),
        ("com.*.app=web", True),
        ("com.*.app=front", False),
        ("*tier=front", True),
        ("com.*.none", False),
        ("com*com.example.app", False),
        ("*", True),
    ],
)
def test_labels(value: str, matches: bool) -> None:
    assert label_matches(LABELS, value) is matches
