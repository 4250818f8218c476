from __future__ import annotations

import pytest

from tests.support.cri import a_server


@pytest.fixture
def server(root_networked):
    yield from a_server(root_networked)
