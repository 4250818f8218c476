from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.cri import CriServer


@pytest.fixture
def server(root_networked):
    networked = root_networked
    made = CriServer(networked, networked.machine)
    made.start()
    yield made
    for item in made.runtime("ListPodSandbox").items:
        made.runtime("RemovePodSandbox", pod_sandbox_id=item.id)
    made.stop()
    leases = Path(networked.folder) / "leases/pods"
    left = [name for name in os.listdir(leases) if name[0].isdigit()] if leases.is_dir() else []
    networked.machines.run("sh", "-c", "ip link delete cri0 2>/dev/null || true")
    assert left == []
