"""Calls whole plugin lists: ADD, CHECK, DEL, VERSION, and of 1.1.0 STATUS and GC (CNI spec, section 3)."""

from __future__ import annotations

import os
import time

from pycman.errors import AlreadyExists, Corrupt, NotFound, PycmanError, TimedOut, Unavailable, Unsupported, WrongState
from pycman.jsontext import format_json
from pycman.linux.orphans import wait_for_orphans
from pycman.linux.processes import find_program, run
from pycman.network.cni import records
from pycman.network.cni.conf import at_least
from pycman.network.cni.failures import CniPluginMissing, parse_failure
from pycman.network.cni.records import AttachmentRecord
from pycman.network.cni.request import environment, plugin_config
from pycman.network.cni.result import parse_output, parse_result, parse_versions
from pycman.plan import crash_point
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from contextlib import AbstractContextManager
    from typing import Any

    from pycman.network.cni.conf import NetworkList
    from pycman.network.cni.request import Attachment
    from pycman.network.cni.result import Result


class CniHost(Record):
    """Where plugins are and run. `plugin_folders` become CNI_PATH; `records_folder` is made when it is needed.

    `command_prefix` goes before each plugin, for one that shall run elsewhere: ("nsenter", "--net=/run/netns/host").
    """

    plugin_folders: tuple[str, ...]
    records_folder: str
    command_prefix: tuple[str, ...] = ()
    timeout_s: float = 60
    """How long one plugin may take."""


def add(host: CniHost, network: NetworkList, attachment: Attachment) -> Result:
    """Connect a container: ADD of every plugin in order, each with the result of the one before. Return the last result.

    If one fails, DEL is called for the list before the error is raised; what could not be undone is noted on it, and
    `delete` may be called again. Raises InvalidInput, AlreadyExists (DEL must come before another ADD), CniPluginMissing
    (before any plugin was called), CniFailure, Corrupt (rubbish for an answer), TimedOut.
    """
    attachment.check()
    with _exclusive(host, network, attachment):
        for plugin in network.plugins:
            _find(host, network, plugin["type"])
        if records.load(host.records_folder, attachment, network.name) is not None:
            raise AlreadyExists(
                f"the network {network.name} was given {attachment.interface} before",
                subject=attachment.container_id,
                hint="delete the attachment first",
            )
        record = AttachmentRecord(network=network, attachment=attachment)
        records.save(host.records_folder, record)
        crash_point("cni-add:recorded")
        try:
            return _add_all(host, record)
        except BaseException as error:
            try:
                # whatever broke in here, and was no plugin's end, may have left one at work
                _delete(host, network, attachment, strays=not isinstance(error, PycmanError))
            except PycmanError as leftover:
                error.add_note(f"while undoing: {leftover}")
            raise


def _add_all(host: CniHost, record: AttachmentRecord) -> Result:
    network, attachment = record.network, record.attachment
    for number, plugin in enumerate(network.plugins, 1):
        output = _call(host, "ADD", network, plugin, attachment, record.result)
        answer = parse_output(output, network.cni_version, subject=_name(network, plugin))
        record = record.replace(result=answer, complete=number == len(network.plugins))
        crash_point(f"cni-add:plugin-{number}")
        records.save(host.records_folder, record)
    crash_point("cni-add:done")
    return parse_result(record.result, network.cni_version, subject=network.name)


def delete(host: CniHost, network: NetworkList, attachment: Attachment) -> None:
    """Disconnect a container: DEL of every plugin, last first, as it was added if that is on record. Safe to repeat.

    It also works for what was never added, for an ADD that failed or whose caller was killed, and when the namespace
    is gone. An error ends it, as the spec says: were the address given back while a later plugin's rules still
    point at it, they would lead to the next container that gets it. Only if ADD never came to its end, so that nobody was
    told of an address, the others are called all the same. The record stays until all went well.

    Raises InvalidInput, CniPluginMissing, CniFailure, TimedOut.
    """
    attachment.check()
    with _exclusive(host, network, attachment):
        _delete(host, network, attachment, strays=True)


def delete_all(host: CniHost, container_id: str) -> None:
    """Delete every attachment of a container that is on record; an error of one does not stop the rest."""
    errors: list[PycmanError] = []
    for record in records.list_records(host.records_folder, container_id):
        try:
            delete(host, record.network, record.attachment)
        except PycmanError as error:
            errors.append(error)
    _raise_first(errors)


def _delete(host: CniHost, network: NetworkList, attachment: Attachment, *, strays: bool) -> None:
    try:
        record = records.load(host.records_folder, attachment, network.name)
    except Corrupt:
        record = None  # then as if it had been lost
    if record is None:
        record = AttachmentRecord(network=network, attachment=attachment, complete=True)
    elif not record.complete and strays:  # its caller was killed; the plugin it had called may be at work still
        wait_for_orphans(host.plugin_folders, f"CNI_CONTAINERID={attachment.container_id}", host.timeout_s)
    as_added = record.attachment.replace(netns=attachment.netns if os.path.exists(attachment.netns) else "")
    previous = record.result if at_least(record.network.cni_version, "0.4.0") else None
    errors: list[PycmanError] = []
    for number, plugin in enumerate(reversed(record.network.plugins), 1):
        try:
            _call(host, "DEL", record.network, plugin, as_added, previous)
        except PycmanError as error:
            errors.append(error)
            if record.complete:
                break
        crash_point(f"cni-del:plugin-{number}")
    _raise_first(errors)
    records.forget(host.records_folder, attachment, network.name)


def check(host: CniHost, network: NetworkList, attachment: Attachment) -> None:
    """Ask every plugin in order whether all is as ADD left it; a list with disableCheck is never asked.

    Raises NotFound or WrongState (no ADD came to its end), Unsupported (a list older than 0.4.0), and what `add` raises.
    """
    attachment.check()
    with _exclusive(host, network, attachment):
        record = records.load(host.records_folder, attachment, network.name)
        if record is None:
            raise NotFound(f"no attachment to the network {network.name}", subject=attachment.container_id)
        if not record.complete:
            raise WrongState(f"its ADD to the network {network.name} broke off", subject=attachment.container_id)
        network = record.network
        if network.disable_check:
            return
        if not at_least(network.cni_version, "0.4.0"):
            raise Unsupported(f"CNI {network.cni_version} has no CHECK", subject=network.name)
        as_added = record.attachment.replace(netns=attachment.netns)
        for plugin in network.plugins:
            _call(host, "CHECK", network, plugin, as_added, record.result)


def attachments(host: CniHost, container_id: str = "") -> list[AttachmentRecord]:
    """Return the attachments on record, of a container or all, also those whose ADD never came to its end."""
    return records.list_records(host.records_folder, container_id)


def attached(host: CniHost) -> set[str]:
    """Return the ids of all containers that have attachments on record."""
    return records.container_ids(host.records_folder)


def find_result(host: CniHost, network: NetworkList, attachment: Attachment) -> Result | None:
    """Return the result of an ADD that came to its end, None if there was none."""
    record = records.load(host.records_folder, attachment, network.name)
    if record is None or not record.complete:
        return None
    return parse_result(record.result, record.network.cni_version, subject=network.name)


def spoken_versions(host: CniHost, network: NetworkList, plugin: dict[str, Any]) -> tuple[str, ...]:
    """Return the versions of the spec that a plugin of a network says it speaks (VERSION)."""
    config = {"cniVersion": network.cni_version}
    return parse_versions(_run(host, "VERSION", network, plugin, None, config), subject=_name(network, plugin))


def check_versions(host: CniHost, network: NetworkList) -> None:
    """Raise Unsupported if a plugin does not speak the network's version, CniPluginMissing if there is none such."""
    for plugin in network.plugins:
        spoken = spoken_versions(host, network, plugin)
        if network.cni_version not in spoken:
            raise Unsupported(
                f"it does not speak CNI {network.cni_version}",
                subject=_name(network, plugin),
                hint=f"use one of {', '.join(spoken)} in the conf file",
            )


def check_status(host: CniHost, network: NetworkList) -> None:
    """Raise what keeps a network from taking an ADD (STATUS; a list older than 1.1.0 is only looked for its plugins)."""
    for plugin in network.plugins:
        _find(host, network, plugin["type"])
        if at_least(network.cni_version, "1.1.0"):
            _run(host, "STATUS", network, plugin, None, plugin_config(network, plugin))


def collect_garbage(host: CniHost, network: NetworkList, valid: Collection[tuple[str, str]]) -> None:
    """Delete what is on record for a network and not among `valid` (container id, interface); then GC, if it has it.

    Goes on past errors and raises the first one at the end.
    """
    errors: list[PycmanError] = []
    for record in records.list_records(host.records_folder):
        attachment = record.attachment
        if record.network.name == network.name and (attachment.container_id, attachment.interface) not in valid:
            try:
                delete(host, record.network, attachment)
            except PycmanError as error:
                errors.append(error)
    if at_least(network.cni_version, "1.1.0") and not network.disable_gc:
        kept = [{"containerID": container_id, "ifname": interface} for container_id, interface in sorted(valid)]
        for plugin in network.plugins:
            config = plugin_config(network, plugin)
            config |= {"cni.dev/valid-attachments": kept, "cni.dev/attachments": kept}  # plugins know one or the other
            try:
                _run(host, "GC", network, plugin, None, config)
            except PycmanError as error:
                errors.append(error)
    _raise_first(errors)


def _raise_first(errors: list[PycmanError]) -> None:
    if errors:
        for other in errors[1:]:
            errors[0].add_note(str(other))
        raise errors[0]


def _exclusive(host: CniHost, network: NetworkList, attachment: Attachment) -> AbstractContextManager[None]:
    # twice: another's ADD that fails is followed by its DEL
    longest_s = 2 * host.timeout_s * (len(network.plugins) + 1)
    return records.exclusive(host.records_folder, attachment.container_id, longest_s)


def _call(
    host: CniHost,
    command: str,
    network: NetworkList,
    plugin: dict[str, Any],
    attachment: Attachment,
    previous: dict[str, Any] | None,
) -> bytes:
    config = plugin_config(network, plugin, capabilities=attachment.capabilities, previous=previous)
    return _run(host, command, network, plugin, attachment, config)


def _run(
    host: CniHost,
    command: str,
    network: NetworkList,
    plugin: dict[str, Any],
    attachment: Attachment | None,
    config: dict[str, Any],
) -> bytes:
    """Call one plugin and return what it printed. Raises CniPluginMissing, CniFailure, TimedOut, Unavailable."""
    kind, subject = plugin["type"], _name(network, plugin)
    argv = [*_prefix(host.command_prefix), _find(host, network, kind)]
    env = environment(command, attachment, host.plugin_folders, os.environ)
    stdin = format_json(config).encode()
    deadline = time.monotonic() + host.timeout_s
    # a session of its own, so that what it started (an IPAM plugin) is killed with it
    done = run(argv, stdin=stdin, env=env, timeout_s=host.timeout_s, new_session=True)
    if done.status == 128 + 9 and time.monotonic() >= deadline:
        raise TimedOut(
            f"the CNI plugin {kind} did not end {command} within {host.timeout_s:g} s and was killed", subject=subject
        )
    if done.status:
        raise parse_failure(command, kind, done.status, done.stdout, done.stderr, subject=subject)
    return done.stdout


def _prefix(words: Sequence[str]) -> list[str]:
    if not words:
        return []
    program = find_program(words[0])
    if not program:
        raise Unavailable("no such program", subject=words[0])
    return [program, *words[1:]]


def _find(host: CniHost, network: NetworkList, kind: str) -> str:
    for folder in host.plugin_folders:
        path = f"{folder}/{kind}"
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    raise CniPluginMissing(
        f"the CNI plugin {kind} is not in {' or '.join(host.plugin_folders) or 'any folder'}",
        subject=network.name,
        hint=f"install {kind} there, or take it out of the network's conf file",
    )


def _name(network: NetworkList, plugin: dict[str, Any]) -> str:
    """Return what errors are about: the network, and which of its plugins."""
    return f"{network.name}/{plugin['type']}"
