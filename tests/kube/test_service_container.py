"""The service container of a play: systemd follows it, it ends with the pods, and its status says whether they have failed."""

from __future__ import annotations

import hashlib
import os
import select
import socket
from pathlib import Path

TWO = """\
apiVersion: v1
kind: Pod
metadata: {{name: site}}
spec:
  restartPolicy: Never
  containers:
  - {{name: a, image: "busybox:1", command: [sh, -c, "while ! test -e /tmp/end; do sleep 0.05; done; exit {first}"]}}
  - {{name: b, image: "busybox:1", command: [sh, -c, "exit {second}"]}}
"""


def play(pycman, *flags: str, first: int, second: int, env: dict[str, str] | None = None) -> tuple[str, str]:
    path = Path(pycman.folder) / "site.yaml"
    text = TWO.format(first=first, second=second)
    path.write_text(text)
    path.chmod(0o644)
    pycman("kube", "play", "--replace", "--service-container=true", *flags, str(path), env=env)
    return str(path), f"{hashlib.sha256(text.encode()).hexdigest()[:12]}-service"


def test_the_service_container_ends_with_the_pods_of_its_play(pycman) -> None:
    listening = pycman.folder / "manager.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(listening))
        os.chmod(listening, 0o777)
        told = {"NOTIFY_SOCKET": str(listening)}
        path, service = play(pycman, "--service-exit-code-propagation=any", first=0, second=3, env=told)
        assert select.select([manager], [], [], 10)[0], "no message came"
        pid = pycman("container", "inspect", service, "--format", "{{.State.ConmonPid}}").strip()
        assert manager.recv(4096).decode() == f"MAINPID={pid}\nREADY=1"
    listening.unlink()
    shown = "{{.State.Status}} {{.KubeExitCodePropagation}} {{.IsService}} {{.Config.sdNotifyMode}}"
    assert pycman("container", "inspect", service, "--format", shown) == "running any true ignore\n"
    pycman("exec", "site-a", "touch", "/tmp/end")
    assert pycman("wait", service).strip() == "137"  # one of the two has failed
    pycman("kube", "down", path)
    assert pycman("ps", "-aq") == ""
    path, service = play(pycman, first=0, second=3)
    pycman("exec", "site-a", "touch", "/tmp/end")
    assert pycman("wait", service).strip() == "0"
    pycman("kube", "down", path)
    assert pycman("ps", "-aq") == ""
