"""The README's CRI session, as it is written there: on a machine of its own, with directories of its own over the host's."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import yaml

from cri_server.config import CriConfig, load_config

ROOT = Path(__file__).resolve().parent.parent.parent
OWN = ("/etc/cni", "/var/lib/pycman", "/run/pycman", "/var/lib/cni", "/var/log/pods")


def test_the_session_of_the_readme(root_networked, program, tmp_path) -> None:
    text = (ROOT / "README.md").read_text()
    section = text[text.index("## The container runtime of a kubelet") :]
    session = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert session
    copy = tmp_path / "copy"
    for part in ("examples", "cri_server", "pycman"):
        shutil.copytree(ROOT / part, copy / part)
    (copy / ".venv").symlink_to(ROOT / ".venv")
    for folder in OWN:
        Path(folder).mkdir(parents=True, exist_ok=True)
    mounts = "".join(f"mount -t tmpfs -o mode=0755 own {folder}\n" for folder in OWN)
    script = f"set -e; trap 'kill $(jobs -p) 2>/dev/null; true' EXIT\n{mounts}cd {copy}\n{session[1]}"
    done = subprocess.run(
        ["nsenter", f"--net={root_networked.machine}", "unshare", "--mount", "bash", "-c", script],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    for words in (("ip", "link", "delete", "cni0"), ("nft", "flush", "ruleset")):  # CNI's plugins leave these
        root_networked.machines.run(*words)
    assert done.returncode == 0, done.stderr
    assert "hello from a pod" in done.stdout
    assert "httpd -f -p 8080" in done.stdout
    assert "serving" in done.stdout
    assert "usage_core_nano_seconds" in done.stdout
    assert "k8s_web_default_web-1_0" in done.stdout
    assert done.stdout.rstrip().endswith("web")


def test_the_settings_in_the_example_are_the_defaults() -> None:
    assert load_config(str(ROOT / "examples/cri.toml"), must_exist=True) == CriConfig()


def test_the_example_of_a_kubelets_configuration_is_yaml() -> None:
    found = yaml.safe_load((ROOT / "examples/cri/kubelet.yaml").read_text())
    assert found["containerRuntimeEndpoint"] == CriConfig().listen
