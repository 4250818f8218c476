"""Update running containers whose label io.containers.autoupdate asks for it (podman-auto-update(1)).

    registry   the registry has another image by that name: it is pulled       local   the name means another image of the store

A container of a systemd unit (label PODMAN_SYSTEMD_UNIT) is updated by a restart of the unit, which makes it anew; any other is made
anew here (`renew.py`). If that fails, the name means the old image again and what ran before is started.
"""

from __future__ import annotations

from pycman.containers.catalogue import list_containers
from pycman.containers.create.renew import NotRenewed, finish_renewals, renew_container
from pycman.errors import InvalidInput, PycmanError
from pycman.images.catalogue import find_image, image_of_id, tag_image
from pycman.images.transfer.pull import PullOptions, has_newer, pull_image
from pycman.linux.systemd.units import Manager
from pycman.record import Record
from pycman.state import events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.containers.container import Container
    from pycman.images.image import Image
    from pycman.state.session import Session

LABEL, AUTHFILE_LABEL, UNIT_LABEL = (
    "io.containers.autoupdate",
    "io.containers.autoupdate.authfile",
    "PODMAN_SYSTEMD_UNIT",
)
POLICIES = {"": "", "disabled": "", "image": "registry", "registry": "registry", "local": "local"}
"""What each value of the label means; "" is no update. image is the old word for registry."""
FAILED, UPDATED, NOT_UPDATED, PENDING, ROLLED_BACK = "failed", "true", "false", "pending", "rolled back"


class Update(Record):
    """What became of one container: FAILED, UPDATED, NOT_UPDATED, PENDING (a dry run) or ROLLED_BACK."""

    container_id: str
    container_name: str
    image: str
    policy: str
    unit: str
    updated: str


class AutoUpdate:
    """One run: `options` connect to registries, `dry_run` only looks, `rollback` starts what ran before if an update fails."""

    def __init__(
        self, session: Session, options: Mapping[str, Any], *, dry_run: bool, rollback: bool, progress: Any = None
    ) -> None:
        self._session = session
        self._options = options
        self._dry_run = dry_run
        self._rollback = rollback
        self._progress = progress
        self._pulled: set[str] = set()
        self.errors: list[PycmanError] = []
        """Errors of single containers, which do not keep others from being updated."""

    def run(self) -> list[Update]:
        """Update the containers, and return what became of each that has a policy."""
        self._session.enter_namespaces()
        if not self._dry_run:
            self.errors += finish_renewals(self._session)
        by_unit: dict[str, list[tuple[Container, str]]] = {}
        for container in list_containers(self._session):
            policy = self._policy_of(container)
            if policy:
                unit = container.labels.get(UNIT_LABEL, "")
                by_unit.setdefault(unit or container.id, []).append((container, policy))
        if by_unit:
            events.append(self._session.db, "system", "auto-update", "")
        return [update for members in by_unit.values() for update in self._update(members)]

    def _policy_of(self, container: Container) -> str:
        """Return the policy of a container, "" for none; a wrong one is an error of that container."""
        label = container.labels.get(LABEL, "")
        if label in POLICIES:
            return POLICIES[label] if container.running else ""
        words = " ".join(f'"{word}"' for word in sorted(filter(None, POLICIES)))
        self.errors.append(
            InvalidInput(
                f'invalid auto-update policy "{label}": valid policies are [{words}]',
                subject=f'auto-updating container "{container.id}"',
            )
        )
        return ""

    def _update(self, members: list[tuple[Container, str]]) -> list[Update]:
        """Update the containers of one unit, or one container."""
        states: dict[str, str] = {}
        old: dict[str, Image] = {}
        for container, policy in members:
            try:
                old[container.id] = image_of_id(self._session, container.image_id)
                states[container.id] = self._fetch(container, policy, old[container.id])
            except PycmanError as error:
                self.errors.append(error)
                states[container.id] = FAILED
        if UPDATED in states.values():
            states = self._restart(members, states, old)
        return [
            Update(
                container_id=container.id,
                container_name=container.name,
                image=container.image_name,
                policy=policy,
                unit=container.labels.get(UNIT_LABEL, ""),
                updated=states[container.id],
            )
            for container, policy in members
        ]

    def _fetch(self, container: Container, policy: str, old: Image) -> str:
        """Return UPDATED if the container's name means another image now, which is pulled unless this is a dry run."""
        name = container.image_name
        if policy == "local":
            found = find_image(self._session, name)
            is_newer = found is not None and found.id != old.id
        else:
            authfile = container.labels.get(AUTHFILE_LABEL) or self._options.get("authfile", "")
            options = PullOptions(**{**self._options, "authfile": authfile})
            is_newer = name in self._pulled or has_newer(self._session, old, name, options)
            if is_newer and not self._dry_run and name not in self._pulled:
                pull_image(self._session, name, options, progress=self._progress)
                self._pulled.add(name)
        return (PENDING if self._dry_run else UPDATED) if is_newer else NOT_UPDATED

    def _restart(
        self, members: list[tuple[Container, str]], states: Mapping[str, str], old: Mapping[str, Image]
    ) -> dict[str, str]:
        unit = members[0][0].labels.get(UNIT_LABEL, "")
        try:
            if unit:
                self._manager().restart(unit)
            else:
                container = members[0][0]
                renew_container(self._session, container.id, container.image_name, go_back=self._rollback)
        except PycmanError as error:
            if not self._rollback or not (unit or isinstance(error, NotRenewed)):
                self.errors.append(error)
                return dict.fromkeys(states, FAILED)
            return self._roll_back(members, unit, states, old)
        return dict.fromkeys(states, UPDATED)

    def _roll_back(
        self, members: list[tuple[Container, str]], unit: str, states: Mapping[str, str], old: Mapping[str, Image]
    ) -> dict[str, str]:
        """Let the names mean the old images again, and restart the unit; a container without one runs again already."""
        for container, _ in members:
            if container.id in old:
                tag_image(self._session, old[container.id].id, [container.image_name])
            self._pulled.discard(container.image_name)
        try:
            if unit:
                self._manager().restart(unit)
        except PycmanError as error:
            self.errors.append(error)
            return dict.fromkeys(states, FAILED)
        return dict.fromkeys(states, ROLLED_BACK)

    def _manager(self) -> Manager:
        user = self._session.user
        return Manager(user.uid, rootless=user.rootless)
