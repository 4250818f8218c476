"""Where `pycman` and `python -m pycman` begin: find the doors, then go through the command line's.

Installed, the doors (cli, pods, …) are in `_doors` inside this package; in a source tree they lie beside it. This file
may also be run by its path with `python -I -S` (conmon's exit command does, which saves the start of `site`).
"""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.start_index import StartIndex

_ALLOCATIONS_A_COLLECTION = 50_000
"""A short command makes some 15,000 objects and no cycles worth collecting: 18 collections took `run` 3 ms."""


def main() -> int:
    """Run the command line and return its exit status."""
    gc.set_threshold(_ALLOCATIONS_A_COLLECTION)
    here = os.path.dirname(os.path.abspath(__file__))
    _find_packages(here)
    index = _find_doors(here)
    if sys.argv[1:2] == ["__worker"]:
        return _worker(sys.argv[2], int(sys.argv[3]))
    if sys.argv[1:2] == ["__relay"]:
        from pycman.network.relay.process import run_relay  # without the command line, which nobody uses in there

        return run_relay(3, as_nobody="as-nobody" in sys.argv[3:], shows_callers="shows-callers" in sys.argv[3:])
    if sys.argv[1:2] == ["__shim_monitor"]:
        from pycman.runtime.shim.monitor_process import run_monitor  # as above

        return run_monitor(sys.argv[2], again=sys.argv[3:] == ["--again"])
    if sys.argv[1:2] == ["--address"] and sys.argv[3:4] == ["publish"]:
        from pycman.runtime.shim.publish import run_publish  # a shim runs it for an event

        return run_publish(sys.argv[1:])
    if sys.argv[1:2] == ["__shim_exec"]:
        from pycman.runtime.shim.exec_command import run_exec  # as above

        return run_exec(sys.argv[2:])
    if sys.argv[1:2] == ["__pool"]:
        return _pool(sys.argv[2], [int(number) for number in sys.argv[3:]])
    from cli.main import end_now  # only now can it be found
    from cli.main import main as command_line

    status = command_line(sys.argv[1:])
    if index is not None and index.stale:
        _renew(index)
    if sys.modules.keys() & {"atexit", "threading"}:  # somebody wants to do something at the end
        return status
    return end_now(status)  # the interpreter would take every module apart first, a tenth of all that `run` does


def generator() -> int:
    """Be pycman-system-generator or pycman-user-generator, by the name that it was started by; return the exit status."""
    here = os.path.dirname(os.path.abspath(__file__))
    _find_packages(here)
    _find_doors(here)
    from cli.quadlet.generator import run_generator  # only now can it be found

    return run_generator(sys.argv)


def _find_packages(here: str) -> None:
    """Have this package and its libraries found, whoever started Python, and in whatever way."""
    above = os.path.dirname(here)
    if sys.path and sys.path[0] == here:  # run by path: our own file names must not shadow the standard library's
        sys.path[0] = above
    elif above not in sys.path:
        sys.path.insert(0, above)
    _find_libraries()


def _find_doors(here: str) -> StartIndex | None:
    """Have the doors of an installation found, and most modules in its index, which is returned; None in a source tree."""
    doors = here + "/_doors"
    if not os.path.isdir(doors):
        return None
    sys.path.insert(0, doors)
    from pycman.start_index import StartIndex  # a source tree has none

    index = StartIndex(here)
    sys.meta_path.insert(0, index)
    return index


def _renew(index: StartIndex) -> None:
    """Write the index for the next command; where that cannot be, it does without."""
    try:
        sys.stdout.flush()
        index.write()
    except Exception:  # noqa: S110 - OSError, OutputFailed
        pass


def _find_libraries() -> None:
    """Have the environment's libraries found also without `site`, where this package does not lie among them."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    libraries = f"{os.path.dirname(os.path.dirname(sys.executable))}/lib/{version}/site-packages"
    if libraries not in sys.path:
        sys.path.append(libraries)


def _worker(options: str, descriptor: int) -> int:
    """Be the worker of a program that uses the library (pycman/worker)."""
    from pycman.engine import open_engine
    from pycman.jsontext import parse_json
    from pycman.state.session import Options
    from pycman.worker.child import serve

    with open_engine(Options.from_dict(parse_json(options)), join_namespaces=True) as engine:
        return serve(descriptor, lambda api: getattr(engine, api))


def _pool(entry: str, descriptors: list[int]) -> int:
    """Be the pool process of a server whose first one was killed (pycman/pool)."""
    import socket

    from pycman.jsontext import parse_json
    from pycman.linux.processes import close_all_but
    from pycman.pool.entry import Entry
    from pycman.pool.process import run_pool_process

    close_all_but(*descriptors)
    requests, *listener = [socket.socket(fileno=number) for number in descriptors]
    for each in (requests, *listener):
        each.set_inheritable(False)
    run_pool_process(requests, listener[0] if listener else None, Entry.from_dict(parse_json(entry)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
