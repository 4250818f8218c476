"""Who may import whom: rooms of the engine by line, the doors, and what hot commands may load."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LINES = {
    "errors": 0, "contexts": 0, "record": 0, "jsontext": 0, "digest": 0, "plan": 0, "spec": 0, "version": 0,
    "linux": 1, "config": 1, "state": 2, "storage": 3, "registry": 3, "network": 3, "runtime": 3,
    "images": 4, "volumes": 4, "secrets": 4, "containers": 5, "build": 6, "supervisor": 6, "system": 6,
    "worker": 7, "pool": 7, "engine": 8, "pytest_plugin": 9,
}  # fmt: skip
DOORS = {
    "cli": {"pycman", "pods", "kube_yaml", "cri_server", "api_server"},
    "pods": {"pycman"},
    "kube_yaml": {"pycman", "pods"},
    "cri_server": {"pycman", "pods"},
    "api_server": {"pycman", "pods", "kube_yaml"},
}
"""Which of the project's other packages each door may import."""


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_rooms_import_only_from_lines_below_their_own() -> None:
    wrong = []
    for path in (ROOT / "pycman").rglob("*.py"):
        parts = path.relative_to(ROOT / "pycman").with_suffix("").parts
        room = parts[0]
        if room in ("__init__", "__main__"):
            continue
        for name in imported(path):
            words = name.split(".")
            if words[0] in DOORS:
                wrong.append(f"{path.name} imports the door {name}")
            if words[0] != "pycman" or len(words) < 2 or words[1] == room:
                continue
            if LINES[words[1]] > LINES[room] or (LINES[words[1]] == LINES[room] and LINES[room] > 0):
                wrong.append(
                    f"pycman/{'/'.join(parts)}.py (line {LINES[room]}) imports {name} (line {LINES[words[1]]})"
                )
    assert not wrong


PURE = ("pycman/build/language", "pycman/build/ignore", "pycman/build/plan")
"""Folders of a higher room which import nothing but line 0 and each other: they read no file and start nothing."""


def test_the_planning_half_of_builds_is_pure() -> None:
    wrong = []
    for folder in PURE:
        for path in (ROOT / folder).rglob("*.py"):
            for name in imported(path):
                inside = any(name.startswith(each.replace("/", ".")) for each in PURE)
                if name in ("os", "posix", "socket", "time"):
                    wrong.append(f"{path.relative_to(ROOT)} imports {name}")
                if name.startswith("pycman.") and not inside and LINES[name.split(".")[1]]:
                    wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong


def test_doors_import_only_the_packages_behind_them() -> None:
    ours = {"pycman", *DOORS}
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for door, allowed in DOORS.items()
        for path in (ROOT / door).rglob("*.py")
        for name in imported(path)
        if (top := name.partition(".")[0]) in ours and top != door and top not in allowed
    ]
    assert not wrong


TERMINALS = ("cri_server/streaming/",)
"""Rooms that ask terminals for their size and their unread bytes (ioctl_tty(2))."""


def test_only_the_linux_room_calls_the_kernel_by_itself() -> None:
    wrong = [
        name
        for package in ("pycman", *DOORS)
        for path in (ROOT / package).rglob("*.py")
        if imported(path) & {"_ctypes", "ctypes", "fcntl", "prctl"}
        and not (name := str(path.relative_to(ROOT))).startswith(("pycman/linux/", *TERMINALS))
    ]
    assert not wrong


ONE_WAY = {"dataclasses", "json", "logging", "multiprocessing", "pathlib", "subprocess"}
"""What nobody imports: values are `Record`s, JSON goes through pycman/jsontext.py, paths are text, children are started by
pycman/linux/processes.py."""
OTHER_WAYS = {
    "pycman/jsontext.py": {"json"},
    "cli/generate/__main__.py": {"pathlib"},
    "cli/generate/missing.py": {"pathlib"},
    "kube_yaml/document_support.py": {"pathlib"},
}
"""jsontext's own slow half, and generators that no command loads."""


def test_values_json_paths_and_children_are_handled_one_way() -> None:
    wrong = {}
    for package in ("pycman", *DOORS):
        for path in (ROOT / package).rglob("*.py"):
            name = str(path.relative_to(ROOT))
            found = {each.partition(".")[0] for each in imported(path)} & ONE_WAY - OTHER_WAYS.get(name, set())
            if found:
                wrong[name] = found
    assert not wrong


def test_the_engine_neither_prints_nor_reads_a_command_line() -> None:
    wrong = []
    for path in (ROOT / "pycman").rglob("*.py"):
        if path.name == "__main__.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            prints = (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("print", "input")
            )
            streams = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "sys"
            if prints or (streams and node.attr in ("argv", "stdin", "stdout", "stderr")):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not wrong


NAMES_OF_CONTAINERS = {
    "pycman/containers/checkpoint/archive/translate.py",
    "pycman/containers/check_spec.py",
    "pycman/runtime/defaults.py",
    "pycman/runtime/mounts.py",
}
"""Files whose paths below /proc and /sys are those that a container sees; nothing is read there."""


def kernel_files_named(path: Path) -> set[str]:
    """Return the texts in a file's code, docstrings left out, that begin as a path below /proc or /sys does."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
        if node.value.startswith(("/proc/", "/sys/"))
    }


def test_only_the_linux_room_reads_proc_and_sys() -> None:
    found = {}
    for package in ("pycman", *DOORS):
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).parts
            name = "/".join(parts)
            if parts[:2] != ("pycman", "linux") and name not in NAMES_OF_CONTAINERS and kernel_files_named(path):
                found[name] = kernel_files_named(path)
    assert not found


def test_generated_files_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli.generate", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_every_command_has_its_action() -> None:
    from cli.main import _module
    from cli.table import COMMANDS

    missing = [
        name for name in COMMANDS if not (ROOT / "cli/actions" / (_module(name).replace(".", "/") + ".py")).exists()
    ]
    assert not missing


EXPENSIVE_IMPORTS = {"re", "json", "typing", "dataclasses", "subprocess", "pathlib", "argparse", "tempfile", "logging", "ssl", "tarfile",
        "asyncio", "contextlib", "importlib", "warnings", "typer", "click", "tabulate", "pyroute2", "urllib3", "yaml", "tomllib", "concurrent.futures", "shutil"}  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        ["--version"],
        ["--help"],
        ["ps", "-a"],
        ["images"],
        ["stop", "x"],
        ["rm", "x"],
        ["exec", "x", "y"],
        ["logs", "x"],
        ["inspect", "x"],
        ["__complete", "start", ""],
    ],
    ids=" ".join,
)
def test_hot_commands_load_nothing_expensive(words: list[str], tmp_path: Path) -> None:
    assert not _loaded_by(words, tmp_path) & EXPENSIVE_IMPORTS


LOADED_FOR_THE_WORK = {
    "rm": (
        "pycman.runtime.oci_runtimes",
        "pycman.containers.cleanup.release",
        "pycman.linux.mounts",
        "pycman.spec.container",
    ),
    "stop": ("pycman.containers.start", "pycman.containers.mounts", "pycman.images", "pycman.storage"),
    "start": (
        "pycman.images",
        "pycman.runtime.attach",
        "pycman.storage.layers",
        "pycman.runtime.failures",
        "cli.terminal",
    ),
    "inspect": (
        "pycman.network.",
        "pycman.linux.cgroup",
        "pycman.runtime.host_facts",
        "pycman.linux.links",
        "pycman.linux.libc",
    ),
}
"""What a command on a container loads only when there is something for it to do: an exit to clean up, an image to mount, a network."""


@pytest.mark.parametrize("command", sorted(LOADED_FOR_THE_WORK))
def test_commands_on_a_container_load_what_they_do_not_need_later(command: str, tmp_path: Path) -> None:
    kind = ["--type", "container"] if command == "inspect" else []
    loaded = _loaded_by([command, *kind, "x"], tmp_path)
    assert "pycman.containers.catalogue" in loaded
    assert sorted(name for name in loaded if name.startswith(LOADED_FOR_THE_WORK[command])) == []


def _loaded_by(words: list[str], tmp_path: Path) -> set[str]:
    """Return the modules that a command loads on an empty store."""
    options = [] if words[0].startswith("--") else ["--root", f"{tmp_path}/a", "--runroot", f"{tmp_path}/b"]
    program = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); before = set(sys.modules)\n"
        "from cli.main import main\nmain(sys.argv[1:])\n"
        "sys.stderr.write('\\nLOADED ' + ' '.join(sorted(set(sys.modules) - before)))"
    )
    command = [sys.executable, "-I", "-S", "-c", program, str(ROOT), *options, *words]
    subprocess.run(
        command, capture_output=True, check=False
    )  # the first run parses settings, which later ones find kept
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stderr.rpartition("LOADED ")[2].split())


def test_the_public_names_are_there() -> None:
    import pycman

    assert all(getattr(pycman, name) is not None for name in pycman.__all__)
