"""build --shell-on-error: say why the RUN failed, and lend this terminal to the shell."""

from __future__ import annotations

import sys

from cli.terminal import attached
from pycman.contexts import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from cli.output.build_lines import BuildLines
    from pycman.build.outcome import StepFailed
    from pycman.runtime.attach import Streams


def shell_streams(lines: BuildLines) -> Callable[[StepFailed], AbstractContextManager[Streams]]:
    """Return what BuildOptions.shell_streams takes. Nothing detaches from the shell: the build waits for it."""

    @contextmanager
    def streams(error: StepFailed) -> Iterator[Streams]:
        lines.failed(error)
        error.output = ()  # it is not shown again at the end
        sys.stderr.write(f"{error.describe()}\nOpening a shell in what the step has left; the build ends with it.\n")
        sys.stderr.flush()
        with attached(stdin=True, terminal=True, detach_keys="") as found:
            yield found

    return streams
