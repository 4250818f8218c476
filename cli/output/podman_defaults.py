"""Defaults in podman's help that stand in containers.conf: what a flag does where nobody gives it."""

from __future__ import annotations

import os

from pycman.config.containers_conf import ContainersConf, containers_conf_files
from pycman.config.containers_conf_parse import load_containers_conf
from pycman.errors import PycmanError

_ACTIONS = {"pull": "pull", "push": "push", "create": "pull", "run": "pull"}


def with_defaults(text: str, command: str) -> str:
    """Return podman's help text of a command with these defaults; a broken containers.conf is no reason to give no help."""
    if command not in _ACTIONS:
        return text
    try:
        conf = load_containers_conf(containers_conf_files(os.environ.get("HOME", ""), os.geteuid()))[0]
    except PycmanError:
        conf = ContainersConf()
    flags = _flags(_ACTIONS[command], conf)
    return "\n".join(_line(line, flags) for line in text.split("\n"))


def _flags(action: str, conf: ContainersConf) -> dict[str, tuple[str, str]]:
    """Return the kind of value and the help of each such flag."""
    level = f" (default {conf.compression_level})" if conf.compression_level >= 0 else ""
    compression = _quoted(conf.compression_format or "gzip")
    return {
        "--retry": ("uint", f"Number of retries in case of failure when performing {action} (default {conf.retry})"),
        "--retry-delay": ("string", f"Delay between retries in case of {action} failures" + _quoted(conf.retry_delay)),
        "--compression-format": ("string", f"The compression format to use{compression}: gzip or zstd"),
        "--compression-level": ("int", f"The compression level to use{level}: gzip 1 to 9, zstd 1 to 22"),
    }


def _quoted(value: str) -> str:
    return f' (default "{value}")' if value else ""


def _line(line: str, flags: dict[str, tuple[str, str]]) -> str:
    flag = line.strip().partition(" ")[0]
    if flag not in flags or not line.startswith("      --"):
        return line
    kind, help_text = flags[flag]
    column = len(line) - len(line[8:].partition("  ")[2].lstrip())
    return f"{f'      {flag} {kind}':<{column}}{help_text}"
