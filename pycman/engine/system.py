"""`engine.system`: the host and the store as a whole."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from pycman.state.events import Event
    from pycman.state.session import Session
    from pycman.storage.check import CheckOptions, CheckReport
    from pycman.system.disk_usage import DiskUsage
    from pycman.system.doctor import Diagnosis
    from pycman.system.prune import SystemPruned


class System:
    """Verbs of the host and the store."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def info(self) -> dict[str, Any]:
        """Return a description of host and engine under podman's names (Host, Store, Registries, Version) and docker's."""
        from pycman.system.info import system_info

        return system_info(self._session)

    def packages_of(self, paths: Iterable[str]) -> dict[str, str]:
        """Return which package of the distribution each of these programs comes from ("Unknown" for one of none)."""
        from pycman.system.packages import packages_of

        return packages_of(paths)

    def disk_usage(self) -> DiskUsage:
        """Return the disk space that images, containers and volumes take."""
        from pycman.system.disk_usage import disk_usage

        return disk_usage(self._session)

    def prune(
        self, filters: Sequence[tuple[str, str]] = (), *, all: bool = False, volumes: bool = False
    ) -> SystemPruned:
        """Remove stopped containers, dangling (`all`: unused) images, with `volumes` unused anonymous volumes, and the cache
        of builds: what no image has (`all`: everything). With a filter on labels, which it has not, the cache is kept.
        """
        from pycman.build.cache.prune import prune_builds
        from pycman.system.prune import system_prune

        pruned = system_prune(self._session, filters, all=all, volumes=volumes)
        if any(key.startswith("label") for key, _ in filters):
            return pruned
        removed, freed = prune_builds(self._session, filters, all=all)
        return pruned.replace(builds=tuple(removed), freed_bytes=pruned.freed_bytes + freed)

    def events(
        self, filters: Sequence[tuple[str, str]] = (), *, since: str = "", until: str = "", follow: bool = False
    ) -> Iterator[Event]:
        """Yield events, oldest first; with `follow` also those to come, until `until`. Raises InvalidInput."""
        from pycman.system.event_stream import stream_events

        return stream_events(self._session, filters, since=since, until=until, follow=follow)

    def check(self, options: CheckOptions) -> CheckReport:
        """Verify blobs, layers and database of the store and, with `options.repair`, fix them."""
        from pycman.storage.check import check_store

        return check_store(self._session, options)

    def doctor(self, *, fix: bool = False) -> list[Diagnosis]:
        """Check the host and the store; return a diagnosis per check, with cause and fix. `fix` fixes what it can."""
        from pycman.system.doctor import diagnose

        return diagnose(self._session, fix=fix)

    def recover(self) -> list[str]:
        """Finish or undo what killed commands left; return one line for each object recovered."""
        from pycman.system.recover import recover

        return recover(self._session)
