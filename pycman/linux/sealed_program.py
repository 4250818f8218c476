"""A copy of a program in sealed memory (memfd_create(2)), which nobody can change, not even who may write the program's file."""

from __future__ import annotations

import errno
import fcntl
import os
import stat

from pycman.contexts import suppress

_MFD_EXEC = 0x10
"""Executable whatever vm.memfd_noexec says, unless it is 2; unknown before Linux 6.3."""
_SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
_ELF = b"\x7fELF"
_READ_AND_EXECUTE = 0o500


class SealedProgram:
    """The copy, open as `descriptor` until it is closed or collected. A forked child must not use it: it may have closed that number."""

    def __init__(self, path: str) -> None:
        """Copy the file at `path`. Raises OSError if it cannot be read or copied, or means more than its bytes: a script, whose interpreter is
        told its path, and a file with a set-id bit or capabilities, which a copy has not.
        """
        self._pid = os.getpid()
        self.descriptor = -1
        source = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            about = os.fstat(source)
            more = about.st_mode & (stat.S_ISUID | stat.S_ISGID) or _has_capabilities(source)
            if more or not stat.S_ISREG(about.st_mode) or os.pread(source, len(_ELF), 0) != _ELF:
                raise OSError(errno.ENOEXEC, os.strerror(errno.ENOEXEC), path)
            self.descriptor = _memory(os.path.basename(path))
            copied = 0
            while copied < about.st_size:
                sent = os.sendfile(self.descriptor, source, copied, about.st_size - copied)
                if not sent:
                    raise OSError(errno.EIO, "it was truncated meanwhile", path)
                copied += sent
            os.fchmod(self.descriptor, _READ_AND_EXECUTE)
            fcntl.fcntl(self.descriptor, fcntl.F_ADD_SEALS, _SEALS)
            self._mode = os.fstat(self.descriptor).st_mode
        except BaseException:
            self.close()
            raise
        finally:
            os.close(source)

    def is_usable(self) -> bool:
        """Say whether this process can execute it still: a process that was started from it might have changed the mode."""
        return self._pid == os.getpid() and self.descriptor >= 0 and os.fstat(self.descriptor).st_mode == self._mode

    def shared_path(self) -> str:
        """Return a path by which children and their children can execute it while this process lives, if it is dumpable (prctl(2))."""
        return f"/proc/{os.readlink('/proc/self')}/fd/{self.descriptor}"  # /proc may be that of another pid namespace

    def close(self) -> None:
        """Close it; processes that run it are not disturbed. Does nothing the second time, nor in a forked child."""
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0 and self._pid == os.getpid():
            os.close(descriptor)

    def __del__(self) -> None:
        """Close it."""
        self.close()


def _memory(name: str) -> int:
    flags = os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING
    try:
        return os.memfd_create(name, flags | _MFD_EXEC)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    return os.memfd_create(name, flags)


def _has_capabilities(descriptor: int) -> bool:
    with suppress(OSError):
        return bool(os.getxattr(descriptor, "security.capability"))
    return False
