"""Where a tar entry may land."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycman.errors import Corrupt
from pycman.storage.entries import Opaque, Place, Skip, Whiteout, place, split


@pytest.mark.parametrize(
    ("name", "parent", "last"),
    [
        ("a", "", "a"),
        ("a/b/c", "a/b", "c"),
        ("./a/", "", "a"),
        ("/etc/passwd", "etc", "passwd"),
        ("//a//./b", "a", "b"),
        ("a/../b", "", "b"),
        ("a/b/../../c/d", "c", "d"),
        ("./", "", ""),
        ("/", "", ""),
        ("a/..", "", ""),
        (".whatever", "", ".whatever"),
        ("a.wh.b", "", "a.wh.b"),
    ],
)
def test_names_are_taken_relative_to_the_top(name, parent, last):
    assert place(name, whiteouts=True) == Place(parent=parent, name=last)


@pytest.mark.parametrize("name", ["..", "../a", "a/../..", "a/../../b", "/../a", "./../a", "a/b/../../../c"])
def test_what_would_leave_the_layer_is_refused(name):
    for whiteouts in (True, False):
        with pytest.raises(Corrupt) as caught:
            place(name, whiteouts=whiteouts)
        assert caught.value.problem == "the entry would land outside of its layer"


def test_a_nul_byte_is_refused():
    with pytest.raises(Corrupt):
        place("a\0b", whiteouts=True)


def test_whiteouts_hide_names_and_opaque_marks_hide_all():
    assert place("dir/.wh.gone", whiteouts=True) == Whiteout(parent="dir", name="gone")
    assert place(".wh.gone", whiteouts=True) == Whiteout(parent="", name="gone")
    assert place("dir/.wh..wh..opq", whiteouts=True) == Opaque(parent="dir")


def test_without_whiteouts_their_names_are_ordinary():
    assert place("dir/.wh.gone", whiteouts=False) == Place(parent="dir", name=".wh.gone")
    assert place(".wh..wh..opq", whiteouts=False) == Place(parent="", name=".wh..wh..opq")


@pytest.mark.parametrize("name", [".wh.", ".wh..", ".wh...", "dir/.wh..."])
def test_a_whiteout_of_nothing_or_of_the_parent_is_refused(name):
    with pytest.raises(Corrupt):
        place(name, whiteouts=True)


@pytest.mark.parametrize("name", [".wh..wh.plnk", ".wh..wh.aufs", ".wh..wh.plnk/123.456", ".wh.a/b"])
def test_bookkeeping_of_other_engines_is_skipped(name):
    assert isinstance(place(name, whiteouts=True), Skip)


@given(st.text(alphabet="ab./wh\\ ", max_size=40))
def test_no_name_lands_above_the_top(name):
    try:
        parts = split(name)
    except Corrupt:
        return
    assert not {"", ".", ".."} & set(parts)
