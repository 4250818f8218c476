"""Parse KEY=VALUE arguments and the files that contain them: environment, labels, sysctls, options."""

from __future__ import annotations

from pycman.errors import Corrupt, InvalidInput, NotFound, from_os_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_BLANKS = frozenset(" \t\v\f\r")


def parse_env(values: list[str], files: list[str], host: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of files, then of `values`. A bare KEY takes the host's value; KEY* takes all with that prefix."""
    env: dict[str, str] = {}
    lines = [line for path in files for line in read_lines(path, "--env-file")]
    for number, text in enumerate((*lines, *values)):
        key, equals, value = text.partition("=")
        if not key or ((number < len(lines) or not equals) and _BLANKS.intersection(key)):
            raise InvalidInput("not a variable", subject=f"--env {text}", hint="write it as KEY=VALUE")
        if equals:
            env[key] = value
        elif key.endswith("*"):
            env.update({name: host[name] for name in host if name.startswith(key[:-1])})
        elif key in host:
            env[key] = host[key]
    return env


def read_lines(path: str, flag: str) -> list[str]:
    r"""Return the lines of a file that are neither empty nor comments, without blanks before them. A line ends in \\n or \\r\\n.

    What stands behind the first "=" is kept as it is, quotes and blanks too (docker's and podman's rule). Raises NotFound
    or InvalidInput naming the flag.
    """
    from pycman.config.bounded_file import read_bounded  # only imported where there are such files

    try:
        text = read_bounded(path, subject=f"{flag} {path}").decode("utf-8-sig")
    except FileNotFoundError:
        raise NotFound(
            "no such file", subject=f"{flag} {path}", code=f"no-file-of{flag[1:]}", facts={"path": path}
        ) from None
    except UnicodeDecodeError as error:
        raise InvalidInput("it is not UTF-8 text", subject=f"{flag} {path}") from error
    except OSError as error:
        raise from_os_error(error, subject=f"{flag} {path}") from error
    lines = [line.removesuffix("\r").lstrip(" \t") for line in text.split("\n")]
    return [line for line in lines if line and not line.startswith("#")]


def parse_labels(values: list[str], files: list[str] | None = None, flag: str = "--label") -> dict[str, str]:
    """Return the labels of files, then of `values`; a bare KEY has an empty value. Raises InvalidInput."""
    labels: dict[str, str] = {}
    for text in (*(line for path in files or () for line in read_lines(path, "--label-file")), *values):
        key, _, value = text.partition("=")
        if not key:
            what = "a label" if flag == "--label" else "an annotation"
            raise InvalidInput(f"{what} needs a name", subject=f"{flag} {text}", hint="write it as KEY=VALUE")
        labels[key] = value
    return labels


def parse_pairs(values: list[str], flag: str) -> dict[str, str]:
    """Return KEY=VALUE arguments as a dictionary. Raises InvalidInput if one has no KEY or no "="."""
    pairs: dict[str, str] = {}
    for text in values:
        key, equals, value = text.partition("=")
        if not key or not equals:
            code = "not-an-annotation" if flag == "--annotation" else "not-key-value"
            raise InvalidInput("not KEY=VALUE", subject=f"{flag} {text}", code=code, facts={"text": text})
        pairs[key] = value
    return pairs


def parse_sysctls(values: list[str]) -> dict[str, str]:
    """Parse --sysctl KEY=VALUE; one argument may hold several, separated by commas, if each part has its own "=" (podman)."""
    pairs = []
    for text in values:
        parts = text.split(",")
        pairs += parts if all("=" in part for part in parts) else [text]
    return parse_pairs(pairs, "--sysctl")


def split_command(text: str) -> list[str]:
    """Return a JSON list of strings as argv, any other text as the only argument (docker's and podman's --entrypoint)."""
    if text.startswith("["):
        from pycman.jsontext import parse_json  # only imported for a command written as JSON

        try:
            argv = parse_json(text)
        except Corrupt:
            return [text]
        if isinstance(argv, list) and all(isinstance(argument, str) for argument in argv):
            return argv
    return [text]
