"""What a build warns of: rules of BuildKit's linter, by their names (docs.docker.com/reference/build-checks)."""

from __future__ import annotations

from pycman.build.language.errors import Wrong, did_you_mean, quoted
from pycman.build.language.position import Location
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

RULES = {
    "StageNameCasing": "the stage name '{}' should be in lower case",
    "FromAsCasing": "'{}' should be written in the case of '{}'",
    "NoEmptyContinuation": "an empty line continues the instruction; docker will refuse it some day",
    "ConsistentInstructionCasing": "'{}' should be in {} case like most instructions of the file",
    "DuplicateStageName": "another stage is already named '{}'",
    "ReservedStageName": "'{}' has a meaning of its own and should not name a stage",
    "JSONArgsRecommended": "{} in shell form: signals reach the shell and not the command; write it as a JSON array",
    "MaintainerDeprecated": "MAINTAINER is deprecated; write LABEL org.opencontainers.image.authors=…",
    "UndefinedArgInFrom": "no ARG before the first FROM declares {}{}",
    "WorkdirRelativePath": "the relative path '{}' depends on the base image's working directory",
    "UndefinedVar": "${} is not defined here{}",
    "MultipleInstructionsDisallowed": "a later {} of the same stage replaces this one",
    "LegacyKeyValueFormat": "write {} NAME=VALUE; the form without = is deprecated",
    "InvalidBaseImagePlatform": "the base image {} is for {}, but {} was asked for",
    "RedundantTargetPlatform": "--platform={} says what is the default",
    "SecretsUsedInArgOrEnv": "{} {} looks like a secret, and stays in the image's history; use RUN --mount=type=secret",
    "InvalidDefaultArgInFrom": "without build arguments '{}' is not the name of an image",
    "FromPlatformFlagConstDisallowed": "--platform={} is constant, so the image is for one platform only",
    "CopyIgnoredFile": "{} of '{}', which the ignore file leaves out of the context",
    "InvalidDefinitionDescription": "the comment above {} should begin with '{}'",
    "ExposeProtoCasing": "the protocol in '{}' should be in lower case",
    "ExposeInvalidFormat": "'{}' has an address or a host port, which EXPOSE ignores",
    "InvalidUtf8": "bytes that are not UTF-8 are read as U+FFFD",
}
"""Name of each rule and what is said of a case of it. The last one is pycman's own."""
EXPERIMENTAL = frozenset(("InvalidDefinitionDescription",))
"""Rules that are only applied where `# check=experimental=` names them."""


class BuildWarning(Record):
    """One finding. `rule` is its name (StageNameCasing …), `problem` a clause; `# check=skip=RULE` switches it off."""

    rule: str
    problem: str
    location: Location

    def __str__(self) -> str:
        return f"{self.location}: {self.problem} ({self.rule})"


class CheckOptions(Record):
    """What `# check=` says: "all" or names of rules to skip and of experimental ones to apply; warnings are errors?"""

    skip: frozenset[str] = frozenset()
    experimental: frozenset[str] = frozenset()
    error: bool = False


def parse_check(text: str) -> CheckOptions:
    """Return the options of "skip=RULE,RULE;error=true;experimental=all". Raises Wrong."""
    options = CheckOptions()
    for part in filter(None, (each.strip() for each in text.split(";"))):
        key, _, value = (each.strip() for each in part.partition("="))
        names = frozenset(name.strip() for name in value.split(","))
        if key == "skip":
            options = options.replace(skip=names)
        elif key == "experimental":
            options = options.replace(experimental=names)
        elif key == "error" and value.lower() in ("true", "false", "1", "0", "t", "f"):
            options = options.replace(error=value.lower() in ("true", "1", "t"))
        else:
            hint = did_you_mean(key, ("skip", "error", "experimental"))
            raise Wrong(
                f"check={quoted(part)} is not an option", hint or "write skip=RULE, error=true or experimental=RULE"
            )
    return options


class Findings:
    """Collects warnings, without those that are switched off; each once."""

    def __init__(self, options: CheckOptions, found: Iterable[BuildWarning] = ()) -> None:
        self.options = options
        self._found: dict[BuildWarning, None] = dict.fromkeys(found)

    def add(self, rule: str, location: Location, *words: str, local: CheckOptions | None = None) -> None:
        """Note a case of `rule`, unless the file or the comments above the instruction (`local`) switch it off."""
        if len(self._found) >= MOST_WARNINGS:
            return
        for options in (self.options, local):
            if options is not None and not options.skip.isdisjoint((rule, "all")):
                return
        if rule in EXPERIMENTAL and not any(
            options is not None and not options.experimental.isdisjoint((rule, "all"))
            for options in (self.options, local)
        ):
            return
        problem = RULES[rule].format(*(quoted(word) for word in words))
        self._found[BuildWarning(rule=rule, problem=problem, location=location)] = None

    def result(self) -> tuple[BuildWarning, ...]:
        """Return what was found, in the order of the file."""
        return tuple(sorted(self._found, key=lambda warning: warning.location.first_line))


MOST_WARNINGS = 500
