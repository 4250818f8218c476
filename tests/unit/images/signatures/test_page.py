"""What docs/signatures.md tells people to write is what the parsers read."""

from __future__ import annotations

import re
from pathlib import Path

from cli.table import COMMANDS
from pycman.config.policy_json import load_policy
from pycman.config.registries_d import load_registries_d
from pycman.images.signatures.scopes import docker_scopes
from pycman.images.transfer.policy import requirements_of
from pycman.spec.image_reference import parse_image_reference

PAGE = (Path(__file__).resolve().parents[4] / "docs/signatures.md").read_text(encoding="utf-8")


def block(kind: str) -> str:
    return re.search(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)[1]


def scopes(name: str) -> list[str]:
    return docker_scopes(parse_image_reference(name))


def test_its_policy_and_its_place_of_signatures(tmp_path) -> None:
    (tmp_path / "policy.json").write_text(block("json"))
    (tmp_path / "example.yaml").write_text(block("yaml"))
    policy = load_policy(str(tmp_path / "policy.json"))
    names = ("registry.example.com/team/web:2", "registry.example.com/cosigned/web:2", "docker.io/library/busybox:1")
    kinds = [requirements_of(policy, "docker", scopes(name))[0].kind for name in names]
    assert kinds == ["signedBy", "sigstoreSigned", "reject"]
    found = load_registries_d(str(tmp_path))
    assert found.lookaside(scopes(names[0]), write=False) == "https://signatures.example.com"
    assert found.lookaside(scopes(names[0]), write=True) == "file:///srv/signatures"
    assert found.has_attachments(scopes(names[1]))


def test_its_commands_have_the_flags_that_it_gives_them() -> None:
    lines = [line.split() for line in PAGE.splitlines() if line.startswith("    pycman ")]
    assert len(lines) == 5
    for words in lines:
        name = " ".join(words[1:3]) if words[1] == "image" else words[1]
        known = {flag.partition(":")[0].partition(",")[0] for flag in COMMANDS[name][3].split()}
        assert {word.removeprefix("--") for word in words if word.startswith("--")} <= known
