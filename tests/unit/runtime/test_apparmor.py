"""Which AppArmor profile confines a container. This kernel need not have AppArmor: the decision is pure."""

from __future__ import annotations

import pytest

from pycman.errors import NotFound, PycmanError, Unsupported
from pycman.runtime.apparmor import DEFAULT_PROFILE, AppArmor, Choice, choose_again, choose_profile, profile_text

ROOT = AppArmor(loaded=frozenset({"docker-default"}), can_load=True)
USER = ROOT.replace(can_load=False)
LOADED = USER.replace(loaded=frozenset({"docker-default", DEFAULT_PROFILE}))
OLD = "containers-default-pycman-0.0.9"


@pytest.mark.parametrize(
    ("state", "asked", "privileged", "expected"),
    [
        (None, "", False, Choice()),
        (None, "unconfined", False, Choice()),
        (None, "mine", False, Unsupported),
        (ROOT, "", False, Choice(profile=DEFAULT_PROFILE, load=True)),
        (ROOT, "", True, Choice()),
        (ROOT, "unconfined", False, Choice(profile="unconfined")),
        (ROOT, "docker-default", False, Choice(profile="docker-default")),
        (ROOT, "docker-default", True, Choice(profile="docker-default")),
        (ROOT, "mine", False, NotFound),
        (ROOT, "mine", True, NotFound),
        (ROOT, OLD, False, Choice(profile=OLD, load=True)),
        (USER, OLD, False, NotFound),
        (ROOT, "containers-default-pycman-1 {} profile all", False, NotFound),
        (ROOT, "containers-default-0.50", False, NotFound),
        (USER, "", False, Choice()),
        (LOADED, "", False, Choice(profile=DEFAULT_PROFILE)),
        (LOADED.replace(own_confinement="docker-default"), "", False, Choice()),
        (ROOT.replace(loaded=None), "", False, Choice()),
        (ROOT.replace(loaded=None), "mine", False, Choice(profile="mine")),
    ],
)
def test_the_profile_of_a_container(state, asked, privileged, expected) -> None:
    if isinstance(expected, type) and issubclass(expected, PycmanError):
        with pytest.raises(expected) as raised:
            choose_profile(asked, privileged=privileged, state=state)
        assert asked in str(raised.value)
        assert "\n" not in str(raised.value)
    else:
        assert choose_profile(asked, privileged=privileged, state=state) == expected


@pytest.mark.parametrize(
    ("state", "kept", "expected"),
    [
        (ROOT, OLD, Choice(profile=OLD, load=True)),
        (USER, DEFAULT_PROFILE, Choice()),
        (USER, OLD, Choice()),
        (LOADED, OLD, Choice(profile=DEFAULT_PROFILE)),
        (LOADED, DEFAULT_PROFILE, Choice(profile=DEFAULT_PROFILE)),
        (USER.replace(loaded=None), DEFAULT_PROFILE, Choice(profile=DEFAULT_PROFILE)),
        (USER, "docker-default", Choice(profile="docker-default")),
    ],
)
def test_a_users_container_starts_after_a_reboot_though_nobody_has_loaded_the_default(state, kept, expected) -> None:
    assert choose_again(kept, state) == expected


def test_a_profile_that_was_asked_for_is_not_left_out_at_a_later_start() -> None:
    with pytest.raises(NotFound):
        choose_again("mine", USER)


def test_the_text_of_the_profile_names_itself_and_includes_what_there_is() -> None:
    alone = profile_text("p-1", set())
    assert "include" not in alone
    assert "@{PROC}=/proc/" in alone
    assert "profile p-1 flags=" in alone
    assert "peer=p-1," in alone
    assert "NAME" not in alone
    whole = profile_text("p-1", {"tunables/global", "abstractions/base"})
    assert whole.count("#include <") == 2
    assert alone.count("{") == alone.count("}")
