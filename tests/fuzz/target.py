"""A target: something that reads what strangers wrote."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from pycman.errors import PycmanError


@dataclass(frozen=True)
class Target:
    """`run` reads one input. `seeds` are good inputs, `words` what inputs are made of; `expected` are the errors it may raise.

    `longest` bounds the inputs that are made.
    """

    run: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    words: tuple[bytes, ...] = ()
    expected: tuple[type[BaseException], ...] = (PycmanError,)
    longest: int = 16 << 10


def names() -> list[str]:
    """Return the names of all targets: a module each."""
    from tests.fuzz import targets

    return sorted(module.name for module in pkgutil.iter_modules(targets.__path__))


def target(name: str) -> Target:
    """Return a target by its name."""
    found = importlib.import_module(f"tests.fuzz.targets.{name}").TARGET
    assert isinstance(found, Target)
    return found
