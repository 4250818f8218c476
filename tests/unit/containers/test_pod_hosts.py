"""The names of a pod's members in its hosts file."""

from __future__ import annotations

from pycman.containers.bundle.pod_hosts import member_names, with_name, without_name

POD = "127.0.0.1\tlocalhost\n10.79.0.3\tpod 123-infra\n"


def test_members_come_and_go_and_leave_what_others_wrote() -> None:
    both = with_name(with_name(POD, "one"), "two")
    assert both == POD + "127.0.0.1\tone\n127.0.0.1\ttwo\n"
    assert member_names(both) == ["one", "two"]
    assert without_name(both, "one") == POD + "127.0.0.1\ttwo\n"
    assert without_name(without_name(both, "one"), "two") == POD
    own = both + "192.0.2.1\tone.example"  # written by a member, without an end of line
    assert with_name(own, "three") == own + "\n127.0.0.1\tthree\n"
    assert without_name(own, "three") == own


def test_a_name_that_is_there_already_is_not_written_again() -> None:
    assert with_name(POD, "pod") == POD
    assert with_name("# pod\n", "pod") == "# pod\n127.0.0.1\tpod\n"
