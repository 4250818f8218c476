"""Calls that follow a name wherever it leads are kept out of the tree: containers and other users can change what names mean.

`pycman/linux/attributes.py` changes owner, mode, times and attributes through a descriptor, `pycman/linux/folder.py` writes
files below one, `pycman/linux/files.py` removes trees, `pycman/storage/copy_tree.py` copies them.
"""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = ("pycman", "pods", "kube_yaml", "cri_server", "api_server", "cli")
BY_NAME = {"chmod", "chown", "lchown", "lchmod", "utime", "setxattr", "removexattr", "truncate"}
"""Of os: they change what a name leads to at that moment, with a directory descriptor too."""
WALKS = {"walk", "fwalk", "makedirs", "removedirs", "renames"}
"""Of os: they join names to paths, and each part may have become a link."""
ALLOWED = {
    "pycman/linux/attributes.py": BY_NAME,
    "pycman/linux/cgroup/parent.py": {"walk", "makedirs"},  # the file system of cgroups has no links
    "pycman/runtime/host_facts.py": {"walk"},  # /dev is the host's own
    "pycman/start_index.py": {"walk"},  # the installation, whose owner runs it
}
WRITERS = ("pods/", "kube_yaml/", "pycman/containers/")
"""Who writes files for containers: below a Folder only."""
WRITING_ALLOWED = {
    "pycman/containers/start/pid_files.py",  # --pidfile: the caller names the file
    "kube_yaml/document_support.py",  # a tool of this repository
    "pycman/containers/start/pinned_sandbox.py",  # /proc/sys
    "pycman/containers/process/exec.py",  # config of a session, below the run root under a name of our own
}


def sources() -> list[tuple[str, ast.Module]]:
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    return [(str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


def names_of_os(tree: ast.Module) -> list[tuple[int, str]]:
    """Give line and name of each attribute of os that a module uses, also imported by name or handed on uncalled."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("os", "posix"):
            found.append((node.lineno, node.attr))
        elif isinstance(node, ast.ImportFrom) and node.module in ("os", "posix", "shutil"):
            found += [(node.lineno, alias.name) for alias in node.names]
    return found


def test_nothing_is_changed_by_a_name_that_may_lead_elsewhere() -> None:
    wrong = [
        f"{path}:{line}: os.{name}"
        for path, tree in sources()
        for line, name in names_of_os(tree)
        if name in (BY_NAME | WALKS) - ALLOWED.get(path, set())
    ]
    assert not wrong


def test_no_tree_is_copied_or_removed_by_the_standard_library() -> None:
    wrong = [
        f"{path}:{node.lineno}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Import) and any(alias.name == "shutil" for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module == "shutil")
    ]
    assert not wrong


def test_hard_links_are_made_to_names_and_never_to_what_a_link_leads_to() -> None:
    calls = [
        (path, node)
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "os.link"
    ]
    assert calls
    wrong = [
        f"{path}:{node.lineno}"
        for path, node in calls
        if "follow_symlinks=False" not in [ast.unparse(word) for word in node.keywords]
        and path != "pycman/linux/whole_file.py"  # its own descriptor's link in /proc
    ]
    assert not wrong


def test_files_for_containers_are_written_below_a_folder_only() -> None:
    wrong = []
    for path, tree in sources():
        if not path.startswith(WRITERS) or path in WRITING_ALLOWED:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id == "write_atomic":
                wrong.append(f"{path}:{node.lineno}: write_atomic")
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "open":
                given = [word.value for word in node.keywords if word.arg == "mode"]
                mode = (node.args[1:2] or given or [ast.Constant("r")])[0]
                if not isinstance(mode, ast.Constant) or set(str(mode.value)) & set("wax+"):
                    wrong.append(f"{path}:{node.lineno}: open for writing")
            elif isinstance(node, ast.Attribute) and node.attr in ("write_text", "write_bytes", "touch"):
                wrong.append(f"{path}:{node.lineno}: {node.attr}")
    assert not wrong
