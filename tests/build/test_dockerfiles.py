"""A table of Dockerfiles (tests/support/dockerfiles.py): the config and files that each gives, by pycman and by podman."""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest

from tests.build.conftest import write_context
from tests.support.dockerfiles import CASES, Case


def described(path: Path) -> dict[str, str]:
    """Return the files of a tar as a Case's `tree` has them."""
    found = {}
    with tarfile.open(path) as archive:
        for member in archive:
            name = member.name.removeprefix("./").rstrip("/")
            if member.issym():
                found[name] = f"link {member.linkname}"
                continue
            file = archive.extractfile(member) if member.isfile() and member.size < 1000 else None
            content = file.read().decode("latin1") if file else ""
            found[name] = f"{member.mode:o} {member.uid}:{member.gid} {content}"
    return found


def differences(case: Case, config: dict, tree: dict[str, str]) -> list[str]:
    wrong = [
        f"{key}: {config.get(key)} is not {value}"
        for key, value in case.config.items()
        if not fits(config.get(key), value)
    ]
    wrong += [
        f"{path}: {tree.get(path)!r} is not {value!r}" for path, value in case.tree.items() if tree.get(path) != value
    ]
    return wrong


def fits(found: object, wanted: object) -> bool:
    """Compare a field of a config: variables in any order (builders differ), labels and ports with others beside them."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and wanted.items() <= found.items()
    if isinstance(wanted, list) and wanted and "=" in wanted[0]:
        return isinstance(found, list) and sorted(found) == sorted(wanted)
    return found == wanted


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_dockerfile_gives_the_config_and_the_files_it_says(builder, context, case):
    folder = context(case.dockerfile, case.context)
    output = builder.folder / f"{case.name}.tar"
    builder(
        "build", "-q", "-t", case.name, *case.arguments, "-o", f"type=tar,dest={output}", "-o", "type=image", folder
    )
    config = json.loads(builder("image", "inspect", case.name))[0]["Config"]
    assert differences(case, config, described(output)) == []


@pytest.fixture
def short_folder():
    """A directory with a path short enough for podman's run root."""
    path = Path(tempfile.mkdtemp(prefix="pb-"))
    yield path
    shutil.rmtree(path)


@pytest.mark.skipif(shutil.which("podman") is None, reason="podman is not installed")
def test_podman_gives_the_same(tmp_path, short_folder, busybox_archive):
    """What the table says is not pycman's own idea: podman builds it so."""
    podman = ["podman", "--root", f"{short_folder}/root", "--runroot", f"{short_folder}/run", "--storage-driver", "vfs"]

    def run(*words: str) -> str:
        done = subprocess.run([*podman, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("load", "-q", "-i", str(busybox_archive))
    wrong = {}
    for case in CASES:
        if case.podman:
            continue
        write_context(tmp_path / case.name, case.dockerfile, case.context)
        words = (
            "--isolation",
            "chroot",
            "--network",
            "host",
            "--layers=false",
            *case.arguments,
            str(tmp_path / case.name),
        )
        config = {}
        if case.config:
            run("build", "-q", "-t", case.name, *words)
            config = json.loads(run("image", "inspect", case.name))[0]["Config"]
        if case.tree:
            run("build", "-q", "-o", f"type=tar,dest={tmp_path}/{case.name}.tar", *words)
        found = differences(case, config, described(tmp_path / f"{case.name}.tar") if case.tree else {})
        if found:
            wrong[case.name] = found
    assert wrong == {}
