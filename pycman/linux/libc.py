"""Functions of the C library that Python 3.11 lacks, called through `_ctypes`.

The classes of `ctypes` are not needed here, and its import is a third of what starting the interpreter takes.
"""

from __future__ import annotations

import _ctypes
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    class _SimpleCData(_ctypes._SimpleCData[int]):
        pass
else:
    _SimpleCData = _ctypes._SimpleCData


class _Int(_SimpleCData):
    _type_ = "i"


class _Long(_SimpleCData):
    _type_ = "l"


class _Function(_ctypes.CFuncPtr):
    _flags_ = _ctypes.FUNCFLAG_CDECL | _ctypes.FUNCFLAG_USE_ERRNO
    _restype_ = _Int


class _LongFunction(_ctypes.CFuncPtr):
    _flags_ = _ctypes.FUNCFLAG_CDECL | _ctypes.FUNCFLAG_USE_ERRNO
    _restype_ = _Long


_process = _ctypes.dlopen(None, 0)  # type: ignore[arg-type]  # the program itself (dlopen(3))
_functions: dict[str, Any] = {}


def libc_call(name: str, *arguments: int | bytes | None, target: str) -> int:
    """Call a function that returns an int (`syscall`: a long) and return that. Raises OSError with its name and `target` if it is negative.

    A number is passed as a long, of which the callee takes the bits it knows; bytes are passed as a pointer to them, None is NULL.
    """
    function = _functions.get(name)
    if function is None:
        kind = _LongFunction if name == "syscall" else _Function
        function = _functions[name] = kind(_ctypes.dlsym(_process, name))
    result = function(*(_Long(word) if isinstance(word, int) else word for word in arguments))
    if result < 0:
        number = _ctypes.get_errno()
        raise OSError(number, os.strerror(number), f"{name} {target}".rstrip())
    return int(result)
