"""pycman.contexts behaves as contextlib does: every case is run with both."""

from __future__ import annotations

import contextlib

import pytest

import pycman.contexts

PAIRS = pytest.mark.parametrize("module", [contextlib, pycman.contexts], ids=["contextlib", "ours"])


@PAIRS
def test_suppress_ends_the_block_at_its_own_kinds_only(module) -> None:
    reached = []
    with module.suppress(KeyError, OSError):
        reached.append(1)
        raise FileNotFoundError
    with pytest.raises(ValueError, match="other"), module.suppress(KeyError):
        raise ValueError("other")
    with module.suppress():
        reached.append(2)
    assert reached == [1, 2]


@PAIRS
def test_a_generator_is_entered_left_and_told_of_errors(module) -> None:
    seen = []

    @module.contextmanager
    def managed(name, *, swallow=False):
        """What it is for."""
        seen.append(f"enter {name}")
        try:
            yield name.upper()
        except KeyError:
            seen.append("error")
            if not swallow:
                raise
        finally:
            seen.append("leave")

    with managed("a") as value:
        assert value == "A"
    with managed("b", swallow=True):
        raise KeyError("gone")
    original = KeyError("passes")
    with pytest.raises(KeyError) as caught, managed("c"):
        raise original
    assert caught.value is original
    assert managed.__doc__ == "What it is for." and managed.__name__ == "managed"
    assert seen == ["enter a", "leave", "enter b", "error", "leave", "enter c", "error", "leave"]


@PAIRS
def test_stop_iteration_raised_by_the_block_passes(module) -> None:
    @module.contextmanager
    def managed():
        yield

    error = StopIteration("mine")
    with pytest.raises(StopIteration) as caught, managed():
        raise error
    assert caught.value is error


@PAIRS
def test_another_error_raised_while_leaving_replaces_the_first(module) -> None:
    @module.contextmanager
    def managed():
        try:
            yield
        except KeyError as error:
            raise ValueError("instead") from error

    with pytest.raises(ValueError, match="instead") as caught, managed():
        raise KeyError("first")
    assert isinstance(caught.value.__cause__, KeyError)


@PAIRS
def test_a_generator_that_yields_twice_is_a_bug(module) -> None:
    @module.contextmanager
    def managed():
        yield 1
        yield 2

    with pytest.raises(RuntimeError), managed():
        pass
