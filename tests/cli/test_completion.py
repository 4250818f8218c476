"""TAB, pressed in real shells."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.shells import Shell, complete_in_fish

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def environment(root_pycman):
    """The environment of a shell in which `pycman` is the one under test, without the flags that say where its store is."""
    program = root_pycman.argv()[0]
    return {**root_pycman.env, "PATH": f"{os.path.dirname(program)}:{root_pycman.env['PATH']}"}


@pytest.fixture
def store(root_pycman) -> str:
    """The flags of a store with a volume, a container and a network."""
    root_pycman("volume", "create", "logs-of-web")
    root_pycman("create", "--name", "webserver", "busybox:1")
    root_pycman("network", "create", "backend")
    return " ".join(root_pycman.argv()[1:])


CASES = [
    ("network crea", ["network", "create", "X"]),
    ("--log-lev", ["--log-level", "X"]),
    ("STORE start webs", ["STORE", "start", "webserver", "X"]),
    ("STORE run --network=back", ["STORE", "run", "--network=backend", "X"]),
    ("STORE run --network back", ["STORE", "run", "--network", "backend", "X"]),
    ("STORE run --network cont", ["STORE", "run", "--network", "container:X"]),
    ("STORE run --network container:webs", ["STORE", "run", "--network", "container:webserver", "X"]),
    ("STORE run --network=container:webs", ["STORE", "run", "--network=container:webserver", "X"]),
    ("STORE run -e A=b -v logs", ["STORE", "run", "-e", "A=b", "-v", "logs-of-web", "X"]),
    ("STORE rmi localhost/busybox:", ["STORE", "rmi", "localhost/busybox:1", "X"]),
    ("STORE cp webs", ["STORE", "cp", "webserver:X"]),
    ("run --pull=al", ["run", "--pull=always", "X"]),
    ("run --env-file=/etc/hostn", ["run", "--env-file=/etc/hostname", "X"]),
    ("load -i /etc/hostn", ["load", "-i", "/etc/hostname", "X"]),
]


@pytest.mark.parametrize("kind", ["bash", "zsh"])
def test_a_tab_completes_the_word(kind: str, environment, store: str) -> None:
    with Shell(kind, ROOT / f"completions/pycman.{kind}", environment) as shell:
        for line, expected in CASES:
            words = [part for word in expected for part in (store.split() if word == "STORE" else [word])]
            assert shell.complete(f"pycman {line.replace('STORE', store)}") == words, line


def test_a_tab_in_fish_offers_the_same(environment, store: str) -> None:
    script = ROOT / "completions/pycman.fish"
    for line, expected in CASES:
        word = expected[-1].removesuffix("X") or expected[-2]
        offered = complete_in_fish(f"pycman {line.replace('STORE', store)}", script, environment)
        assert offered in ({word}, {word.partition("=")[2]}), line


PODMANS_SCRIPTS = {
    "bash-completion": Path("/usr/share/bash-completion/completions/podman"),
    "zsh": Path("/usr/share/zsh/vendor-completions/_podman"),
}
"""The completion scripts that podman's package brings; docker's are made by the same library (cobra)."""
UNDER_PODMANS = [
    ("network crea", ["network", "create", "X"]),
    ("STORE start webs", ["STORE", "start", "webserver", "X"]),
    ("STORE run --network=back", ["STORE", "run", "--network=backend", "X"]),
    ("STORE run --network back", ["STORE", "run", "--network", "backend", "X"]),
    ("STORE run --network container:webs", ["STORE", "run", "--network", "container:webserver", "X"]),
    ("STORE rmi localhost/busybox:", ["STORE", "rmi", "localhost/busybox:1", "X"]),
    ("run --env-file=/etc/hostn", ["run", "--env-file=/etc/hostname", "X"]),
    ("load -i /etc/hostn", ["load", "-i", "/etc/hostname", "X"]),
]


@pytest.mark.parametrize("kind", PODMANS_SCRIPTS)
def test_a_tab_completes_the_word_by_podmans_own_script(kind: str, environment, store: str, root_pycman) -> None:
    program = root_pycman.folder / "podman"
    program.symlink_to(root_pycman.argv()[0])
    environment = {**environment, "PATH": f"{root_pycman.folder}:{environment['PATH']}"}
    with Shell(kind, PODMANS_SCRIPTS[kind], environment, "podman") as shell:
        for line, expected in UNDER_PODMANS:
            words = [part for word in expected for part in (store.split() if word == "STORE" else [word])]
            assert shell.complete(f"podman {line.replace('STORE', store)}") == words, line


def test_fish_tells_what_each_candidate_is(environment, store: str, root_pycman) -> None:
    script = root_pycman.folder / "podman.fish"
    (root_pycman.folder / "podman").symlink_to(root_pycman.argv()[0])
    environment = {**environment, "PATH": f"{root_pycman.folder}:{environment['PATH']}"}
    script.write_text(root_pycman("completion", "fish", env={"PYCMAN_COMPAT": "podman"}), encoding="utf-8")
    for line, offered in (
        ("ps --no-tr", "--no-trunc\tDo not truncate output"),
        (f"{store} start webs", "webserver\tcreated"),
    ):
        done = subprocess.run(
            ["fish", "--no-config", "-c", f'source {script}; complete -C "podman {line}"'],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.startswith(offered), line


def test_the_script_printed_is_the_one_installed(root_pycman) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert root_pycman("completion", shell) == (ROOT / f"completions/pycman.{shell}").read_text(encoding="utf-8")
