"""Names that `ps` shows for a kubelet's sandboxes and containers."""

from __future__ import annotations

import pytest

from cri_server.translate.names import visible_name
from pycman.spec.container import check_name


def test_a_common_name_is_its_parts() -> None:
    assert visible_name(("web", "shop", "u-1", 2)) == "k8s_web_shop_u-1_2"


@pytest.mark.parametrize("name", ["x" * 253, "a_b/c", "ä", "\ud800", "a" * 128, "e\nvil", ""])
def test_any_name_becomes_one_that_objects_may_have(name: str) -> None:
    shown = visible_name((name, "n", "u", 0))
    assert check_name(shown) == shown
    assert len(shown) <= 128


def test_different_parts_never_have_the_same_name() -> None:
    parts = [
        ("a_b", "c"), ("a", "b_c"), ("a-b", "c"), ("a/b", "c"), ("x" * 200, "c"), ("x" * 201, "c"), ("x" * 200, "d"),
        ("a_b_c", ""), ("a b", "c"), ("ä", "c"), ("ö", "c"),
    ]  # fmt: skip
    assert len({visible_name(each) for each in parts}) == len(parts)
