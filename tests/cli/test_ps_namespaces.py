"""`ps --ns` shows the namespaces of each container, as podman does."""

from __future__ import annotations

import os

HEADINGS = "CONTAINER ID NAMES PID CGROUPNS IPC MNT NET PIDNS USERNS UTS"


def test_the_namespaces_of_containers_are_shown(pycman) -> None:
    pycman("run", "-d", "--name", "web", "--network", "none", "--uts", "host", "busybox:1", "sleep", "100")
    pycman("create", "--name", "later", "busybox:1")
    inside = pycman("exec", "web", "sh", "-c", "for n in net mnt pid; do readlink /proc/1/ns/$n; done")
    net, mnt, pid = (line.partition("[")[2].removesuffix("]") for line in inside.splitlines())
    headings, *rows = pycman("ps", "-a", "--ns").splitlines()
    assert " ".join(headings.split()) == HEADINGS
    (web,) = (row.split() for row in rows if " web " in row)
    assert (web[5], web[6], web[7]) == (mnt, net, pid)
    assert web[9] == os.readlink("/proc/self/ns/uts").partition("[")[2].removesuffix("]")
    (later,) = (row.split() for row in rows if " later " in row)
    assert later[1:] == ["later", "0"]
    assert pycman("ps", "--format", "{{.NET}} {{.PIDNS}}") == f"{net} {pid}\n"


def test_namespaces_and_sizes_exclude_each_other(root_pycman) -> None:
    assert "--size and --ns: they cannot be used together" in root_pycman.fails("ps", "--ns", "--size", status=1)
