"""Which image of an index is for a machine (image-spec, image-index.md, "platform"; containerd's order of variants)."""

from __future__ import annotations

import pytest

from pycman.errors import InvalidInput, NotFound
from pycman.images.manifest import IndexEntry
from pycman.images.platform import Platform, choose_entry, host_platform, parse_platform


def entries(*names: str) -> list[IndexEntry]:
    found = []
    for name in names:
        os, architecture, variant = (*name.split("/"), "", "")[:3]
        found.append(IndexEntry(descriptor=None, os=os, architecture=architecture, variant=variant))
    return found


def chosen(wanted: str, *names: str, machine: str = "x86_64") -> str:
    entry = choose_entry(entries(*names), parse_platform(wanted, machine=machine), subject="i")
    return "/".join(filter(None, (entry.os, entry.architecture, entry.variant)))


@pytest.mark.parametrize(
    ("machine", "wanted"), [("x86_64", "linux/amd64"), ("aarch64", "linux/arm64/v8"), ("armv7l", "linux/arm/v7"), ("riscv64", "linux/riscv64")]
)  # fmt: skip
def test_a_machine_has_a_platform(machine: str, wanted: str) -> None:
    assert str(host_platform(machine)) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "linux/amd64"), ("linux/arm64", "linux/arm64/v8"), ("arm64", "linux/arm64/v8"), ("windows", "windows/amd64"),
        ("linux/arm/v6", "linux/arm/v6"), ("linux/arm/6", "linux/arm/v6"), ("Linux/AMD64", "linux/amd64"), ("linux/x86_64", "linux/amd64"),
    ],
)  # fmt: skip
def test_platforms_are_read_in_every_form(text: str, wanted: str) -> None:
    assert str(parse_platform(text, machine="x86_64")) == wanted


@pytest.mark.parametrize("text", ["/", "linux/", "linux/amd64/", "plan9/amd64", "linux/pdp11", "linux/arm/v7/x"])
def test_what_is_no_platform_is_an_error(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_platform(text, machine="x86_64")
    assert caught.value.subject == text


@pytest.mark.parametrize(
    ("wanted", "names", "chosen_name"),
    [
        ("linux/amd64", ["linux/arm64", "linux/amd64"], "linux/amd64"),
        ("linux/arm/v7", ["linux/arm/v5", "linux/arm/v7", "linux/arm/v6"], "linux/arm/v7"),
        ("linux/arm/v7", ["linux/arm/v5", "linux/arm/v6", "linux/arm/v8"], "linux/arm/v6"),
        ("linux/amd64", ["linux/amd64/v3", "linux/amd64"], "linux/amd64"),
        ("linux/amd64/v3", ["linux/amd64", "linux/amd64/v3"], "linux/amd64/v3"),
        ("linux/arm64", ["linux/arm64"], "linux/arm64"),
        ("linux/amd64", [""], ""),  # one entry that does not say what it is for
    ],
)
def test_the_best_variant_that_runs_is_chosen(wanted: str, names: list[str], chosen_name: str) -> None:
    assert chosen(wanted, *names) == chosen_name


def test_of_equals_the_first_is_chosen() -> None:
    found = entries("linux/amd64", "linux/amd64")
    assert choose_entry(found, Platform(os="linux", architecture="amd64"), subject="i") is found[0]


@pytest.mark.parametrize("variant", ["²", "v²", "9" * 5000, "vx"])
def test_a_variant_that_nobody_knows_is_the_lowest(variant: str) -> None:
    assert chosen("linux/amd64", f"linux/amd64/{variant}") == f"linux/amd64/{variant}"


def test_where_nothing_fits_what_there_is_is_named() -> None:
    with pytest.raises(NotFound) as caught:
        chosen("linux/amd64", "linux/arm64/v8", "windows/amd64", "unknown/unknown")
    assert "available: linux/arm64/v8, windows/amd64" in str(caught.value)
