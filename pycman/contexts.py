"""`suppress` and `contextmanager` as contextlib has them, without what contextlib imports (collections, functools, operator).

That costs 2 ms at every start of a command, a tenth of `ps`. Type checkers see the originals.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextlib import contextmanager, suppress
else:

    class suppress:  # noqa: N801 - the name it has in contextlib
        """End the block quietly at an exception of one of the given kinds."""

        def __init__(self, *kinds: type[BaseException]) -> None:
            self._kinds = kinds

        def __enter__(self) -> None:
            """Nothing to begin with."""

        def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: object) -> bool:
            """Say whether the exception, if there is one, is suppressed."""
            return kind is not None and issubclass(kind, self._kinds)

    def contextmanager(function):
        """Make a context manager of a generator function that yields once."""

        def begin(*arguments, **keywords) -> _Context:
            return _Context(function(*arguments, **keywords))

        begin.__name__, begin.__doc__, begin.__wrapped__ = function.__name__, function.__doc__, function
        return begin

    class _Context:
        def __init__(self, generator) -> None:
            self._generator = generator

        def __enter__(self):
            return next(self._generator)

        def __exit__(self, kind, error, trace) -> bool:
            if kind is None:
                return self._must_be_over()
            try:
                self._generator.throw(error)
            except BaseException as raised:
                if raised is error:
                    raised.__traceback__ = trace  # without the frames of the generator, as the block raised it
                    return False
                if isinstance(raised, StopIteration):
                    return True
                if isinstance(raised, RuntimeError) and isinstance(error, StopIteration) and raised.__cause__ is error:
                    return False  # PEP 479 turned the block's own StopIteration into it
                raise
            return self._must_be_over()

        def _must_be_over(self) -> bool:
            for _ in self._generator:
                raise RuntimeError("the generator of a context manager yielded twice")
            return False


__all__ = ["contextmanager", "suppress"]
