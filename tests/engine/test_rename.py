"""rename, in any state."""

from __future__ import annotations

import pytest

from pycman.errors import AlreadyExists, InvalidInput, NotFound
from tests.support.engines import create, run


def test_the_old_name_is_free_and_the_new_one_taken(engine):
    container = run(engine, name="old")
    engine.containers.rename("old", "/new")
    assert engine.containers.get("new").id == container
    assert engine.containers.find("old") is None
    create(engine, name="old")
    with pytest.raises(AlreadyExists, match=container[:12]):
        engine.containers.rename("old", "new")
    engine.containers.stop("new", timeout_s=0)
    engine.containers.start("new")
    assert engine.containers.inspect(container)["Name"] == "new"


def test_names_are_checked(engine):
    create(engine, name="box")
    for name in ("", "a b", "-a", "a/b"):
        with pytest.raises(InvalidInput):
            engine.containers.rename("box", name)
    with pytest.raises(NotFound):
        engine.containers.rename("nobody", "b")
