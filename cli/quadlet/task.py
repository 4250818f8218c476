"""Translation of one file: what all kinds share. A `Task` holds the file, the service that is made of it, and the other files' names."""

from __future__ import annotations

import os

from cli.quadlet.words import WordError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cli.quadlet.names import Made
    from cli.quadlet.unit_file import UnitFile

UNIT_VARIABLE = "PODMAN_SYSTEMD_UNIT"
_DEPENDENCIES = (
    "After", "Before", "BindsTo", "Conflicts", "OnFailure", "OnSuccess", "PartOf", "PropagatesReloadTo", "PropagatesStopTo",
    "ReloadPropagatedFrom", "Requires", "Requisite", "StopPropagatedFrom", "Upholds", "Wants",
)  # fmt: skip
"""Keys of [Unit] whose words may be Quadlet files."""
_ALL_KINDS = ("ContainersConfModule", "GlobalArgs", "PodmanArgs", "ServiceName")
QUADLET_EXTENSIONS = frozenset((
    ".container", ".pod", ".kube", ".network", ".volume", ".image", ".build", ".artifact",
))  # fmt: skip


class TranslationError(ValueError):
    """A file cannot become a service; the text says why."""


class Flags:
    """Keys that become flags as they are, by what is done with their values; a kind of file has one of these.

    `one`: the last value, `each`: a flag for each value, `switches`: with "=false" where they are off, `pairs`: a flag for
    each NAME=VALUE word. `others` are the further keys that the kind has.
    """

    def __init__(
        self,
        others: tuple[str, ...],
        one: Mapping[str, str] | None = None,
        each: Mapping[str, str] | None = None,
        switches: Mapping[str, str] | None = None,
        pairs: Mapping[str, str] | None = None,
    ) -> None:
        self.one, self.each, self.switches, self.pairs = one or {}, each or {}, switches or {}, pairs or {}
        self.keys = frozenset((*_ALL_KINDS, *others, *self.one, *self.each, *self.switches, *self.pairs))


class Task:
    """`unit` is the file, `section` its own section, `service` what is made; `made` says what other files make."""

    def __init__(self, unit: UnitFile, section: str, made: dict[str, Made], program: str, *, user: bool) -> None:
        self.unit = unit
        self.section = section
        self.made = made
        self.own = made[unit.name]
        self.user = user
        self.warnings: list[str] = []
        self._program = program
        self.service = unit.copy()
        self.service.name = self.own.unit()

    def begin(self, flags: Flags) -> None:
        """Refuse keys that the kind does not have, and write what every service has. Raises TranslationError."""
        for section, keys in ((self.section, flags.keys), ("Quadlet", frozenset(("DefaultDependencies",)))):
            for key in self.unit.keys(section):
                if key not in keys:
                    raise TranslationError(f"unsupported key '{key}' in group '{section}' in {self.unit.path}")
        self._translate_dependencies()
        if self.unit.switch("Quadlet", "DefaultDependencies") is not False:
            # a user's systemd has no network-online.target
            online = "podman-user-wait-network-online.service" if self.user else "network-online.target"
            self.service.add_first("Unit", "After", online)
            self.service.add_first("Unit", "Wants", online)
        if self.unit.path:
            self.service.add("Unit", "SourcePath", self.unit.path)
        self.service.add("Unit", "RequiresMountsFor", "%t/containers")
        for section in (self.section, "Quadlet"):
            self.service.rename_section(section, f"X-{section}")  # systemd passes over sections of this name

    def name_the_unit(self) -> None:
        """Set the variable that says which unit runs the commands."""
        self.service.add("Service", "Environment", f"{UNIT_VARIABLE}=%n")

    def default(self, key: str, value: str) -> None:
        """Set a key of [Service] where the file does not."""
        if not self.unit.has("Service", key):
            self.service.set("Service", key, value)

    def runs_once(self, *, stays: bool) -> None:
        """Make it a service whose command ends; with `stays` it counts as active then."""
        self.default("SyslogIdentifier", "%N")
        self.default("Type", "oneshot")
        if stays:
            self.default("RemainAfterExit", "yes")
        self.name_the_unit()

    def check_kill_mode(self) -> None:
        """Have systemd end the monitor as well as the container. Raises TranslationError for modes that do not."""
        mode = self.unit.value("Service", "KillMode")
        if mode not in (None, "mixed", "control-group"):
            raise TranslationError(f"invalid KillMode '{mode}'")
        self.default("KillMode", "mixed")

    def is_notified(self) -> bool:
        """Make it a service that says when it is ready, and return True; False where the file says that its command ends.

        Raises TranslationError for another type.
        """
        kind = self.unit.value("Service", "Type")
        if kind not in (None, "notify", "oneshot"):
            raise TranslationError(f"invalid service Type '{kind}'")
        if kind == "oneshot":
            return False
        self.service.set("Service", "Type", "notify")
        self.service.set("Service", "NotifyAccess", "all")
        return True

    # Command lines

    def command(self, *words: str) -> list[str]:
        """Return the beginning of a command line: the program, its global flags, and `words`."""
        modules = [f"--module={name}" for name in self.unit.values(self.section, "ContainersConfModule")]
        return [self._program, *modules, *self.unit.arguments(self.section, "GlobalArgs"), *words]

    def plain_flags(self, flags: Flags) -> list[str]:
        """Return the flags of a kind's table that the file has."""
        found = []
        for key, flag in flags.one.items():
            found += self.flag(key, flag)
        for key, flag in flags.each.items():
            found += [word for value in self.unit.values(self.section, key) for word in (flag, value)]
        for key, flag in flags.switches.items():
            found += self.switch(key, flag)
        for key, flag in flags.pairs.items():
            found += self.pairs(key, flag)
        return found

    def value(self, key: str) -> str:
        """Return the last value of a key of the kind's section, "" if there is none."""
        return self.unit.value(self.section, key) or ""

    def flag(self, key: str, flag: str) -> list[str]:
        """Return a flag with the last value of a key, nothing where that is empty."""
        value = self.value(key)
        return [flag, value] if value else []

    def switch(self, key: str, flag: str) -> list[str]:
        """Return a switch as a key has it, nothing where the key is not set."""
        on = self.unit.switch(self.section, key)
        return [] if on is None else [flag if on else f"{flag}=false"]

    def pairs(self, key: str, flag: str) -> list[str]:
        """Return a flag for each NAME=VALUE word of a key, by name; what cannot be read is a warning."""
        found, problems = self.unit.pairs(self.section, key)
        self.warnings += problems
        return [
            word
            for name, value in sorted(found.items())
            for word in (flag, name if value is None else f"{name}={value}")
        ]

    def items(self, key: str, flag: str) -> list[str]:
        """Return a flag for each word of a key."""
        return [word for item in self.unit.items(self.section, key) for word in (flag, item)]

    def arguments(self, key: str, flag: str) -> list[str]:
        """Return a flag for each word of a key that is written as in command lines."""
        return [word for item in self.unit.arguments(self.section, key) for word in (flag, item)]

    def last_command(self, key: str) -> list[str]:
        """Return the words of a key's last value, which is a command line; none with a warning if it cannot be read."""
        try:
            return self.unit.command(self.section, key) or []
        except WordError as error:
            self.warnings.append(str(error))
            return []

    def further_arguments(self) -> list[str]:
        """Return the words of PodmanArgs."""
        return self.unit.arguments(self.section, "PodmanArgs")

    # Other files

    def need(self, unit: str) -> None:
        """Have a service started before this one, and this one stopped with it."""
        self.service.add("Unit", "Requires", unit)
        self.service.add("Unit", "After", unit)

    def path_beside(self, path: str) -> str:
        """Return a path as absolute, relative ones beginning beside the file; one that begins with a specifier is kept."""
        if begins_with_specifier(path) or os.path.isabs(path):
            return path
        return os.path.normpath(os.path.join(os.path.dirname(self.unit.path), path))

    def _translate_dependencies(self) -> None:
        for key in _DEPENDENCIES:
            words = self.service.items("Unit", key)
            translated = []
            for word in words:
                if os.path.splitext(word)[1] in QUADLET_EXTENSIONS:
                    if word not in self.made:
                        raise TranslationError(f"unable to translate dependency for {word}")
                    translated.append(self.made[word].unit())
                else:
                    translated.append(word)
            if translated != words:
                self.service.unset("Unit", key)
                self.service.add("Unit", key, " ".join(translated))


def begins_with_specifier(path: str) -> bool:
    """Return whether a text begins with one of systemd's specifiers, such as %h; "%%" is a percent sign."""
    return path.startswith("%") and not path.startswith("%%")
