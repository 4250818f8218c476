"""Where events go beside the database, as --events-backend or containers.conf say, and the hand-over when a session ends."""

from __future__ import annotations

from pycman.errors import InvalidInput, PycmanError
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.event_file import EventFile
    from pycman.state.session import Session

BACKENDS = ("file", "journald", "none")
"""podman's words. The database has all events in any case; "journald" writes them to systemd's journal, too, "file" to a file if one is named."""


def backend(session: Session) -> str:
    """Return the back end that was asked for, "" for none. Raises InvalidInput."""
    asked = session.options.events_backend or containers_conf(session).events_logger
    if asked and asked not in BACKENDS:
        raise InvalidInput("not a back end of events", subject=asked, hint=f"use one of {', '.join(BACKENDS)}")
    return asked


def event_file(session: Session) -> EventFile | None:
    """Return the file that events are written to beside the database; None if none is named."""
    conf = containers_conf(session)
    if not conf.events_logfile_path or backend(session) not in ("", "file"):
        return None
    from pycman.state.event_file import EventFile  # only imported where containers.conf names a file

    return EventFile(path=conf.events_logfile_path, limit_bytes=conf.events_logfile_max_size)


def hand_over(session: Session) -> None:
    """Append the events that this session has written to the journal, or to the file that is named; if that fails, it is a warning."""
    try:
        if backend(session) == "journald":
            from pycman.linux.journal import write_entries  # only imported where containers.conf names the journal
            from pycman.state.event_journal import journal_entry  # the same
            from pycman.state.events import written_by  # the same

            events = written_by(session.db)
            if events:
                write_entries([journal_entry(event) for event in events])
            return
        file = event_file(session)
        if file is not None:
            from pycman.state.event_file import append_to_file  # only imported where containers.conf names a file
            from pycman.state.events import written_by  # the same

            append_to_file(file, written_by(session.db))
    except PycmanError as error:
        session.warnings.append(str(error))
