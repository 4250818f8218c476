"""Programs that connect rootless networks: what they mount stays theirs, and killed ones come back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.machines import HERE_ADDRESS, THERE_ADDRESS

IMAGE = "busybox:1"


def mounts_of_the_engine(pycman) -> list[str]:
    """Return the mount points of the user's mount namespace, except those of containers."""
    pid = (pycman.folder / "run/rootless/pause.pid").read_text().split()[0]
    targets = [line.split()[4] for line in Path(f"/proc/{pid}/mountinfo").read_text().splitlines()]
    return sorted(target for target in targets if not target.startswith(str(pycman.folder)))


@pytest.mark.parametrize("mode", ["bridge", "slirp4netns", "pasta"])
def test_helpers_leave_no_mounts_where_tmp_and_run_are_mounts(rootless_networked_with_own_tmp, mode: str) -> None:
    pycman = rootless_networked_with_own_tmp
    before = mounts_of_the_engine(pycman)
    ports = ["-p", "8080:80"] if mode != "pasta" else []
    for name in ("first", "second"):
        pycman("run", "-d", "--name", name, "--network", mode, *ports, IMAGE, "sleep", "1000")
        assert mounts_of_the_engine(pycman) == before
        machines = pycman.machines
        if ports:
            namespace = f"/proc/{pycman('inspect', '-f', '{{.State.Pid}}', name).strip()}/ns/net"
            machines.answer(namespace)
            assert machines.ask(machines.there, "tcp", HERE_ADDRESS, 8080) == THERE_ADDRESS
            machines.hush()
        pycman("rm", "-f", "-t", "0", name)
    pycman("run", "--rm", "--network", mode, IMAGE, "true")
    assert mounts_of_the_engine(pycman) == before
