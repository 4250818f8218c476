"""The flags of `build`: what they become, and what is refused."""

from __future__ import annotations

import pytest

from cli.call import Call
from cli.parse import FlagTable, parse_flags
from cli.specs.build import build_options
from cli.table import COMMANDS
from pycman.build.options import BuildOptions, BuildOutput, BuildSecret
from pycman.errors import InvalidInput, NotFound, PycmanError, Unsupported


def options(*words: str, program: str = "pycman") -> BuildOptions:
    flags, rest = parse_flags(FlagTable(COMMANDS["build"][3]), list(words), stop_at_first=False)
    return build_options(Call("build", flags, rest, {}, program, list(words)))


def test_pull_takes_its_value_with_an_equals_sign_only() -> None:
    assert options("--pull", ".").pull == "always"
    assert options("--pull", ".").context == "."
    assert options("--pull=newer", ".").pull == "newer"
    assert options("--pull=false", ".").pull == "missing"
    assert options("--pull-never", ".").pull == "never"
    with pytest.raises(InvalidInput, match="not a pull policy"):
        options("--pull=sometimes", ".")


def test_arguments_without_a_value_are_those_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERE", "from outside")
    monkeypatch.delenv("GONE", raising=False)
    assert options("--build-arg", "A=1", "--build-arg", "HERE", "--build-arg", "GONE", ".").build_args == {
        "A": "1",
        "HERE": "from outside",
    }


def test_secrets_name_a_file_or_a_variable(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t").write_text("x")
    monkeypatch.setenv("TOKEN", "y")
    assert options("--secret", f"id=a,src={tmp_path}/t", ".").secrets == (BuildSecret(id="a", path=f"{tmp_path}/t"),)
    assert options("--secret", "id=a,env=TOKEN", ".").secrets == (BuildSecret(id="a", env="TOKEN"),)
    assert options("--secret", "id=TOKEN", ".").secrets == (BuildSecret(id="TOKEN", env="TOKEN"),)
    with pytest.raises(NotFound, match="no such file"):
        options("--secret", f"id=a,src={tmp_path}/none", ".")
    with pytest.raises(InvalidInput, match="needs an id"):
        options("--secret", "src=", ".")


def test_outputs_are_folders_files_and_images(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    assert options("-o", "out", ".").outputs == (BuildOutput(kind="local", target=f"{tmp_path}/out"),)
    assert options("-o", "-", ".").outputs == (BuildOutput(kind="tar", target="-"),)
    assert options("-o", "type=docker", ".").outputs == (BuildOutput(kind="image"),)
    assert options("-o", "type=oci,dest=a.tar", ".").outputs == (BuildOutput(kind="oci", target=f"{tmp_path}/a.tar"),)


@pytest.mark.parametrize(
    "words",
    [
        ("--isolation", "vm"),
        ("--provenance", "true"),
        ("--allow", "security.insecure"),
        ("-o", "type=registry"),
        ("--push",),
        ("--inherit-labels=false",),
        ("--skip-unused-stages=false",),
        ("--identity-label",),
        ("--timestamp", "soon"),
        ("--format", "zip"),
        ("--progress", "fancy"),
        ("--memory", "much"),
        ("--authfile", "/nowhere/auth.json"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_refused_with_one_line(words: tuple[str, ...]) -> None:
    with pytest.raises(PycmanError) as caught:
        options(*words, ".")
    assert isinstance(caught.value, Unsupported | InvalidInput | NotFound)
    assert "\n" not in str(caught.value)
