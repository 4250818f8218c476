"""--log-driver and --log-opt: what a file can do is done, the rest is refused or told."""

from __future__ import annotations

import pytest

from cli.output.log_details import log_details
from cli.specs.container import container_spec
from cli.specs.logs import log_config
from pycman.errors import InvalidInput, Unsupported
from tests.support.calls import call_of


def config_of(*words: str):
    return log_config(call_of(*words, "image"))


@pytest.mark.parametrize(
    ("size", "wanted"), [("10m", 10_000_000), ("1047k", 1_047_000), ("1GiB", 10**9), ("512", 512), ("-1", -1)]
)
def test_the_size_of_a_log_is_in_decimal_units(size: str, wanted: int) -> None:
    assert config_of("--log-opt", f"max-size={size}").max_size_bytes == wanted


@pytest.mark.parametrize(
    ("name", "driver"),
    [
        ("k8s-file", "k8s-file"),
        ("json-file", "k8s-file"),
        ("local", "k8s-file"),
        ("none", "none"),
        ("passthrough", "passthrough"),
    ],
)
def test_drivers_that_are_files_are_one(name: str, driver: str) -> None:
    assert config_of("--log-driver", name).driver == driver


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("--log-driver", "syslog"), InvalidInput), (("--log-opt", "mode=non-blocking"), Unsupported),
        (("--log-opt", "max-file=0"), InvalidInput), (("--log-opt", "max-file=x"), InvalidInput), (("--log-opt", "labels-regex=x"), InvalidInput),
        (("--log-opt", "tag"), InvalidInput),
    ],
)  # fmt: skip
def test_what_is_not_done_is_refused(words: tuple[str, ...], kind: type[Exception]) -> None:
    with pytest.raises(kind):
        config_of(*words)


def test_that_one_file_is_kept_is_told(capsys) -> None:
    config_of("--log-opt", "max-file=3", "--log-opt", "max-size=1m")
    assert "Warning: --log-opt max-file=3: one file is kept" in capsys.readouterr().err
    config_of("--log-opt", "max-file=1", "--log-opt", "mode=blocking")
    assert capsys.readouterr().err == ""


def inspected(options: dict[str, str] | None) -> dict:
    return {
        "Id": "a" * 64, "Name": "web", "Image": "b" * 64, "ImageName": "docker.io/library/busybox:1",
        "Config": {"Labels": {"app": "a b", "other": "x"}, "Env": ["MODE=x=y", "HOME=/"]},
        "HostConfig": {"LogConfig": {"Config": options}},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (None, ""),
        ({"max-size": "1m"}, ""),
        ({"tag": "x"}, "tag=x"),
        ({"tag": "{{.Name}}/{{.ID}}"}, f"tag=web%2F{'a' * 12}"),
        ({"tag": "t", "labels": "app,absent", "env": "MODE"}, "MODE=x%3Dy,app=a+b,tag=t"),
    ],
)
def test_details_are_what_the_options_name(options: dict[str, str] | None, wanted: str) -> None:
    assert log_details(inspected(options)) == wanted


def test_a_name_may_begin_with_dockers_slash() -> None:
    assert container_spec(call_of("--name", "/web", "image")).name == "web"
