from __future__ import annotations

import pytest

from tests.support.engine_api import EngineApi


@pytest.fixture
def api(networked):
    """A server on a store of its own, as root and as an ordinary user."""
    made = EngineApi(networked)
    made.start()
    yield made
    assert made.end() == 0


@pytest.fixture
def root_api(root_networked):
    made = EngineApi(root_networked)
    made.start()
    yield made
    assert made.end() == 0
