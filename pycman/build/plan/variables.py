"""Variables of a build: what $NAME means in FROM, and in each instruction of a stage (Dockerfile reference, ARG and ENV).

before the first FROM   platform arguments, then each ARG in turn; a --build-arg takes the place of a default
in a stage              the image's environment, and what an ARG of the stage declares: from --build-arg, its default,
                        or its value before the first FROM. ENV always wins over ARG
"""

from __future__ import annotations

from pycman.build.language.errors import Wrong
from pycman.build.language.expand import expand
from pycman.build.plan.config import platform_parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pycman.build.language.expand import Budget, Expanded
    from pycman.build.language.instructions import ArgEntry, ArgInstruction
    from pycman.build.plan.options import PlanOptions

PROXY_NAMES = frozenset(
    each
    for name in ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy")
    for each in (name, name.upper())
)
"""Build arguments that reach RUN without an ARG, and neither the history nor the cache."""
PLATFORM_NAMES = tuple(
    f"{who}{what}" for who in ("BUILD", "TARGET") for what in ("PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT")
)
MOST_VARIABLES = 1000


def platform_args(options: PlanOptions, target_stage: str) -> dict[str, str]:
    """Return the predefined arguments, which a --build-arg may override."""
    values: dict[str, str] = {}
    for who, platform in (("BUILD", options.build_platform), ("TARGET", options.platform)):
        os, architecture, variant = platform_parts(platform)
        parts = ("/".join(filter(None, (os, architecture, variant))), os, "", architecture, variant)
        values |= dict(zip(PLATFORM_NAMES[:5] if who == "BUILD" else PLATFORM_NAMES[5:], parts, strict=True))
    values["TARGETSTAGE"] = target_stage or "default"
    return {name: options.build_args.get(name, value) for name, value in values.items()}


def head_values(
    head: Iterable[ArgInstruction],
    predefined: Mapping[str, str],
    build_args: Mapping[str, str],
    expanded: Callable[[ArgInstruction, str, Mapping[str, str]], str],
) -> dict[str, str]:
    """Return what FROM can name: predefined arguments and the ARGs before the first FROM that have a value."""
    values = dict(predefined)
    for instruction in head:
        for entry in instruction.entries:
            if entry.name in build_args:
                values[entry.name] = build_args[entry.name]
            elif entry.default is not None:
                values[entry.name] = expanded(instruction, entry.default, values)
            if len(values) > MOST_VARIABLES:
                raise Wrong(f"there are more than {MOST_VARIABLES} variables", "remove some")
    return values


class Scope:
    """The variables of one stage, as they are after each instruction."""

    def __init__(self, env: Iterable[str], head: Mapping[str, str], build_args: Mapping[str, str]) -> None:
        self.env: dict[str, str] = {}
        self.args: dict[str, str | None] = {}
        """Declared arguments in order; None has no value."""
        for entry in env:
            name, _, value = entry.partition("=")
            self.env[name] = value
        self._head = head
        self._build_args = build_args
        self._values: dict[str, str] | None = None
        self._shown: tuple[str, ...] | None = None
        self._inputs: tuple[tuple[str, str], ...] | None = None

    def inherit(self, other: Scope) -> None:
        """Take over the arguments of the stage that this one is based on."""
        self.args.update(other.args)
        self._values = None

    @property
    def values(self) -> Mapping[str, str]:
        """Return what $NAME means now."""
        if self._values is None:
            given = {name: value for name, value in self.args.items() if value is not None}
            self._values = {**given, **self.env}
        return self._values

    def expand(self, text: str, budget: Budget, *, escape: str, keep_quotes: bool = False) -> Expanded:
        """Return `text` expanded with the variables as they are now. Raises Wrong."""
        return expand(text, self.values, budget, escape=escape, keep_quotes=keep_quotes)

    def declare(self, entry: ArgEntry, default: Callable[[str], str]) -> str | None:
        """Add an ARG, `default` expanding the text of its default; return its value. Raises Wrong."""
        if entry.name in self._build_args:
            value: str | None = self._build_args[entry.name]
        elif entry.default is not None:
            value = default(entry.default)
        else:
            value = self._head.get(entry.name)
        self.args[entry.name] = value
        self._forget()
        return value

    def set_env(self, name: str, value: str) -> None:
        """Add a variable of ENV. Raises Wrong."""
        self.env[name] = value
        self._forget()

    def _forget(self) -> None:
        if len(self.env) + len(self.args) > MOST_VARIABLES:
            raise Wrong(f"there are more than {MOST_VARIABLES} variables", "remove some")
        self._values = self._shown = self._inputs = None

    def run_env(self) -> tuple[str, ...]:
        """Return NAME=VALUE for a command of RUN, proxies of the build arguments included in both cases of letters."""
        if self._shown is None:
            proxies: dict[str, str] = {}
            for name, value in self._build_args.items():
                if name in PROXY_NAMES:
                    proxies.setdefault(name.lower(), value)
                    proxies.setdefault(name.upper(), value)
            self._shown = tuple(f"{name}={value}" for name, value in {**proxies, **self.values}.items())
        return self._shown

    def inputs(self) -> tuple[tuple[str, str], ...]:
        """Return what a RUN's cache key has of the variables: all but proxies."""
        if self._inputs is None:
            values = sorted(self.values.items())
            self._inputs = tuple((f"variable {name}", value) for name, value in values if name not in PROXY_NAMES)
        return self._inputs

    def given_args(self) -> list[tuple[str, str]]:
        """Return the arguments that a RUN's history names, with the values that the command sees."""
        return [(name, self.values.get(name, "")) for name in self.args]
