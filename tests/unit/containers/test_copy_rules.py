"""Docker's rules of cp, one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycman.containers.files.copy_rules import DIRECTORY, FILE, MISSING, CopyTarget, choose_target, parse_copy_path
from pycman.errors import InvalidInput, NotFound


def target(source, source_kind, destination, destination_kind, **more):
    chosen = choose_target(parse_copy_path(source), source_kind, parse_copy_path(destination), destination_kind, **more)
    return chosen.directory, chosen.name


@pytest.mark.parametrize(
    ("source", "source_kind", "destination", "destination_kind", "expected"),
    [
        ("/s/f", FILE, "/d/new", MISSING, ("/d", "new")),
        ("/s/f", FILE, "/d/old", FILE, ("/d", "old")),
        ("/s/f", FILE, "/d", DIRECTORY, ("/d", "f")),
        ("/s/f", FILE, "/d/", DIRECTORY, ("/d", "f")),
        ("/s/f", FILE, "new", MISSING, ("/", "new")),
        ("/s/dir", DIRECTORY, "/d/new", MISSING, ("/d", "new")),
        ("/s/dir/", DIRECTORY, "/d/new/", MISSING, ("/d", "new")),
        ("/s/dir/.", DIRECTORY, "/d/new", MISSING, ("/d", "new")),
        ("/s/dir", DIRECTORY, "/d", DIRECTORY, ("/d", "dir")),
        ("/s/dir/", DIRECTORY, "/d", DIRECTORY, ("/d", "dir")),
        ("/s/dir/.", DIRECTORY, "/d", DIRECTORY, ("/d", "")),
        ("/", DIRECTORY, "/d", DIRECTORY, ("/d", "")),
        ("/s/dir", DIRECTORY, "/", DIRECTORY, ("/", "dir")),
        ("/s/x/../dir", DIRECTORY, "/d", DIRECTORY, ("/d", "dir")),
    ],
)
def test_the_target_follows_docker_s_rules(source, source_kind, destination, destination_kind, expected):
    assert target(source, source_kind, destination, destination_kind) == expected


@pytest.mark.parametrize(
    ("source", "source_kind", "destination", "destination_kind", "kind"),
    [
        ("/s/f", MISSING, "/d", DIRECTORY, NotFound),
        ("/s/f", FILE, "/d/new/", MISSING, NotFound),
        ("/s/f/", FILE, "/d", DIRECTORY, InvalidInput),
        ("/s/f/.", FILE, "/d", DIRECTORY, InvalidInput),
        ("/s/f", FILE, "/d/old/", FILE, InvalidInput),
        ("/s/dir", DIRECTORY, "/d/old", FILE, InvalidInput),
    ],
)
def test_impossible_copies_are_refused(source, source_kind, destination, destination_kind, kind):
    with pytest.raises(kind):
        target(source, source_kind, destination, destination_kind)


def test_parents_are_not_made():
    with pytest.raises(NotFound, match="/d/no"):
        target("/s/f", FILE, "/d/no/new", MISSING, parent_exists=False)


@pytest.mark.parametrize("text", ["", "a\0b"])
def test_an_empty_path_and_a_nul_are_refused(text):
    with pytest.raises(InvalidInput):
        parse_copy_path(text)


@given(st.text(alphabet="ab./", min_size=1, max_size=20))
def test_no_path_ever_points_above_the_root(text):
    path = parse_copy_path(text)
    assert path.path.startswith("/")
    assert ".." not in path.path.split("/")
    assert path.name not in (".", "..")
    assert "/" not in path.name
    assert (path.parent.rstrip("/") + "/" + path.name).rstrip("/") == path.path.rstrip("/")
    chosen = choose_target(path, DIRECTORY, parse_copy_path("/x"), DIRECTORY)
    assert chosen in (CopyTarget(directory="/x", name=path.name), CopyTarget(directory="/x", name=""))
