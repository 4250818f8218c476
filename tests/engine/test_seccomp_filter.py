"""The compiled seccomp filter is kept for the next container, and is what crun would have made."""

from __future__ import annotations

import json
from pathlib import Path


def filter_of(pycman, container_id: str) -> bytes:
    return (Path(pycman.folder) / "run/runtime/crun" / container_id / "seccomp.bpf").read_bytes()


def annotations_of(pycman, container_id: str) -> dict[str, str]:
    config = json.loads((Path(pycman.folder) / "run/containers" / container_id / "config.json").read_text())
    return config["annotations"]


def test_the_second_container_has_the_first_ones_filter_byte_for_byte(root_pycman) -> None:
    first, second = (root_pycman("run", "-d", "busybox:1", "sleep", "1000").strip() for _ in range(2))
    assert "run.oci.seccomp_bpf_data" not in annotations_of(root_pycman, first)
    assert "run.oci.seccomp_bpf_data" in annotations_of(root_pycman, second)
    assert len(filter_of(root_pycman, first)) > 1000
    assert filter_of(root_pycman, second) == filter_of(root_pycman, first)


def test_other_capabilities_and_profiles_have_other_filters(root_pycman, tmp_path: Path) -> None:
    profile = tmp_path / "profile.json"
    profile.write_text(json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
        {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}))  # fmt: skip
    for _ in range(2):  # made, then kept
        assert root_pycman.run("run", "--rm", "busybox:1", "mkdir", "/x").returncode == 0
        done = root_pycman.run("run", "--rm", "--security-opt", f"seccomp={profile}", "busybox:1", "mkdir", "/x")
        assert b"Operation not permitted" in done.stderr
        status = root_pycman(
            "run", "--rm", "--security-opt", "seccomp=unconfined", "busybox:1", "cat", "/proc/1/status"
        )
        assert "Seccomp:\t0" in status
    plain, with_admin = (
        root_pycman("run", "-d", *words, "busybox:1", "sleep", "1000").strip()
        for words in ((), ("--cap-add", "SYS_ADMIN"))
    )
    assert filter_of(root_pycman, plain) != filter_of(root_pycman, with_admin)


def test_a_profile_that_changes_makes_a_new_filter(root_pycman, tmp_path: Path) -> None:
    profile = tmp_path / "profile.json"
    words = ("run", "--rm", "--security-opt", f"seccomp={profile}", "busybox:1", "mkdir", "/x")
    profile.write_text('{"defaultAction": "SCMP_ACT_ALLOW"}')
    assert root_pycman.run(*words).returncode == 0
    profile.write_text(
        '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}'
    )
    assert root_pycman.run(*words).returncode != 0
