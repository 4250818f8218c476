"""Artifacts: made of files, pushed, read by skopeo, pulled and written out again."""

from __future__ import annotations

import json
import subprocess


def test_an_artifact_goes_to_a_registry_and_comes_back(root_pycman, registry, tmp_path) -> None:
    (tmp_path / "model.txt").write_text("weights\n")
    (tmp_path / "large.bin").write_bytes(b"\0" * (1 << 20))
    name = f"{registry.host}/artifacts/model:1"
    paths = (str(tmp_path / "model.txt"), str(tmp_path / "large.bin"))
    digest = root_pycman("artifact", "add", "--type", "application/x-model", name, *paths).strip()
    assert digest[:12] in root_pycman("artifact", "ls")
    root_pycman("artifact", "push", "-q", "--digestfile", str(tmp_path / "digest"), name)
    assert (tmp_path / "digest").read_text() == f"sha256:{digest}"
    seen = subprocess.run(
        ["skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{name}"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert json.loads(seen.stdout) == json.loads(root_pycman("artifact", "inspect", name))["Manifest"]

    assert root_pycman("artifact", "rm", name).strip() == digest
    assert "no such artifact" in root_pycman.fails("artifact", "extract", name, str(tmp_path))
    assert root_pycman("artifact", "pull", "-q", name).strip() == digest
    (tmp_path / "out").mkdir()
    root_pycman("artifact", "extract", name, str(tmp_path / "out"))
    assert (tmp_path / "out/model.txt").read_text() == "weights\n"
    assert (tmp_path / "out/large.bin").stat().st_size == 1 << 20
    image = f"{registry.host}/artifacts/image:1"
    root_pycman("tag", "busybox:1", image)
    root_pycman("push", "-q", image)
    assert "container image and no artifact" in root_pycman.fails("artifact", "pull", image)
    root_pycman("artifact", "rm", "--all")
