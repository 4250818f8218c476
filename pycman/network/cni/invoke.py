"""Call the plugins of a list: ADD, CHECK, DEL, VERSION, and of 1.1.0 STATUS and GC (CNI spec, section 3)."""

from __future__ import annotations

import os
import time

from pycman.errors import AlreadyExists, Corrupt, NotFound, PycmanError, TimedOut, Unavailable, Unsupported, WrongState
from pycman.jsontext import format_json
from pycman.linux.orphans import wait_for_orphans
from pycman.linux.processes import find_program, how_to_install, run
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

_REFERENCE = frozenset(
    "bandwidth bridge dhcp dummy firewall host-device host-local ipvlan loopback macvlan portmap ptp sbr static tuning vlan vrf".split()
)
"""Plugins that distributions have in a package together."""


class CniHost(Record):
    """Where plugins are found and run. `plugin_folders` are CNI_PATH; `records_folder` is created when needed.

    `command_prefix` is put before each plugin, to run it in another namespace: ("nsenter", "--net=/run/netns/host").
    """

    plugin_folders: tuple[str, ...]
    records_folder: str
    command_prefix: tuple[str, ...] = ()
    timeout_s: float = 60
    """Time limit for one plugin."""


def add(host: CniHost, network: NetworkList, attachment: Attachment) -> Result:
    """Connect a container: call ADD of every plugin in order, each with the previous result. Return the last result.

    If one fails, DEL of the whole list is called before the error is raised; an error of DEL is added to it as a note,
    and `delete` may be called again. Raises InvalidInput, AlreadyExists (an earlier ADD was not undone by DEL),
    CniPluginMissing (before any plugin is called), CniFailure, Corrupt (an invalid result), TimedOut.
    """
    attachment.check()
    with _exclusive(host, network, attachment):
        for plugin in network.plugins:
            _find(host, network, plugin["type"])
        if records.load(host.records_folder, attachment, network.name) is not None:
            raise AlreadyExists(
                f"{attachment.interface} is already attached to the network {network.name}",
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
                # an error of another kind than a plugin's own may have left a plugin running
                _delete(host, network, attachment, wait_for_plugin=not isinstance(error, PycmanError))
            except PycmanError as leftover:
                error.add_note(f"while undoing: {leftover}")
            raise


def _add_all(host: CniHost, record: AttachmentRecord) -> Result:
    network, attachment = record.network, record.attachment
    for number, plugin in enumerate(network.plugins, 1):
        output = _call(host, "ADD", network, plugin, attachment, record.result)
        result = parse_output(output, network.cni_version, subject=_subject(network, plugin))
        record = record.replace(result=result, complete=number == len(network.plugins))
        crash_point(f"cni-add:plugin-{number}")
        records.add_result(host.records_folder, record)
    crash_point("cni-add:done")
    return parse_result(record.result, network.cni_version, subject=network.name)


def delete(host: CniHost, network: NetworkList, attachment: Attachment) -> None:
    """Disconnect a container: call DEL of every plugin, last first, with the recorded list and result. May be repeated.

    It also works without a record, after an ADD that failed or whose caller was killed, and when the namespace is gone.
    The first error stops it, as the spec says: if the address were released while the rules of another plugin still use
    it, those rules would apply to the next container with that address. If ADD never completed, so that no caller has
    the address, the remaining plugins are called in spite of an error. The record is removed once every plugin
    succeeded.

    Raises InvalidInput, CniPluginMissing, CniFailure, TimedOut.
    """
    attachment.check()
    with _exclusive(host, network, attachment):
        _delete(host, network, attachment, wait_for_plugin=True)


def delete_all(host: CniHost, container_id: str) -> None:
    """Delete every recorded attachment of a container. All are tried, and then the first error is raised."""
    errors: list[PycmanError] = []
    for record in records.list_records(host.records_folder, container_id):
        try:
            delete(host, record.network, record.attachment)
        except PycmanError as error:
            errors.append(error)
    _raise_first(errors)
    records.discard_unfinished(host.records_folder, container_id, host.timeout_s)


def _delete(host: CniHost, network: NetworkList, attachment: Attachment, *, wait_for_plugin: bool) -> None:
    try:
        record = records.load(host.records_folder, attachment, network.name)
    except Corrupt:
        record = None  # treated like a missing one
    if record is None:
        record = AttachmentRecord(network=network, attachment=attachment, complete=True)
    elif not record.complete and wait_for_plugin:  # its caller was killed, and the plugin may still be running
        wait_for_orphans(host.plugin_folders, f"CNI_CONTAINERID={attachment.container_id}", host.timeout_s)
    recorded = record.attachment.replace(netns=attachment.netns if os.path.exists(attachment.netns) else "")
    previous = record.result if at_least(record.network.cni_version, "0.4.0") else None
    errors: list[PycmanError] = []
    for number, plugin in enumerate(reversed(record.network.plugins), 1):
        try:
            _call(host, "DEL", record.network, plugin, recorded, previous)
        except PycmanError as error:
            errors.append(error)
            if record.complete:
                break
        crash_point(f"cni-del:plugin-{number}")
    _raise_first(errors)
    records.forget(host.records_folder, attachment, network.name)


def check(host: CniHost, network: NetworkList, attachment: Attachment) -> None:
    """Call CHECK of every plugin in order, unless the list has disableCheck.

    Raises NotFound or WrongState (no ADD completed), Unsupported (a list older than 0.4.0), CniFailure and TimedOut.
    """
    attachment.check()
    with _exclusive(host, network, attachment):
        record = records.load(host.records_folder, attachment, network.name)
        if record is None:
            raise NotFound(f"no attachment to the network {network.name}", subject=attachment.container_id)
        if not record.complete:
            raise WrongState(f"its ADD to the network {network.name} was interrupted", subject=attachment.container_id)
        network = record.network
        if network.disable_check:
            return
        if not at_least(network.cni_version, "0.4.0"):
            raise Unsupported(f"CNI {network.cni_version} has no CHECK", subject=network.name)
        recorded = record.attachment.replace(netns=attachment.netns)
        for plugin in network.plugins:
            _call(host, "CHECK", network, plugin, recorded, record.result)


def attachments(host: CniHost, container_id: str = "") -> list[AttachmentRecord]:
    """Return the recorded attachments of a container, or all, also those whose ADD did not complete."""
    return records.list_records(host.records_folder, container_id)


def attached(host: CniHost) -> set[str]:
    """Return the ids of all containers with recorded attachments."""
    return records.container_ids(host.records_folder)


def find_result(host: CniHost, network: NetworkList, attachment: Attachment) -> Result | None:
    """Return the result of the completed ADD of an attachment, None if there is none."""
    record = records.load(host.records_folder, attachment, network.name)
    if record is None or not record.complete:
        return None
    return parse_result(record.result, record.network.cni_version, subject=network.name)


def supported_versions(host: CniHost, network: NetworkList, plugin: dict[str, Any]) -> tuple[str, ...]:
    """Return the versions of the spec that a plugin of a network supports (VERSION)."""
    config = {"cniVersion": network.cni_version}
    return parse_versions(_run(host, "VERSION", network, plugin, None, config), subject=_subject(network, plugin))


def check_versions(host: CniHost, network: NetworkList) -> None:
    """Raise Unsupported if a plugin lacks the network's version of CNI, CniPluginMissing if one is not installed."""
    for plugin in network.plugins:
        versions = supported_versions(host, network, plugin)
        if network.cni_version not in versions:
            raise Unsupported(
                f"it does not support CNI {network.cni_version}",
                subject=_subject(network, plugin),
                hint=f"use one of {', '.join(versions)} in the conf file",
            )


def check_status(host: CniHost, network: NetworkList) -> None:
    """Raise an error if a network is not ready for ADD: by STATUS of each plugin, before 1.1.0 if one is missing."""
    for plugin in network.plugins:
        _find(host, network, plugin["type"])
        if at_least(network.cni_version, "1.1.0"):
            _run(host, "STATUS", network, plugin, None, plugin_config(network, plugin))


def collect_garbage(host: CniHost, network: NetworkList, valid: Collection[tuple[str, str]]) -> None:
    """Delete the recorded attachments of a network that are not in `valid` (container id, interface), then call GC.

    GC needs 1.1.0. All is tried in spite of errors, and the first error is raised at the end.
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
            # plugins read either the spec's key or an older one
            config |= {"cni.dev/valid-attachments": kept, "cni.dev/attachments": kept}
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
    # twice, because a failed ADD of another process is followed by its DEL
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
    """Run one plugin and return its standard output. Raises CniPluginMissing, CniFailure, TimedOut, Unavailable."""
    type_, subject = plugin["type"], _subject(network, plugin)
    argv = [*_prefix(host.command_prefix), _find(host, network, type_)]
    env = environment(command, attachment, host.plugin_folders, os.environ)
    stdin = format_json(config).encode()
    deadline = time.monotonic() + host.timeout_s
    # a session of its own, so that a plugin it started (IPAM) is killed with it
    finished = run(argv, stdin=stdin, env=env, timeout_s=host.timeout_s, new_session=True)
    if finished.status == 128 + 9 and time.monotonic() >= deadline:
        raise TimedOut(
            f"the CNI plugin {type_} did not finish {command} within {host.timeout_s:g} s and was killed",
            subject=subject,
        )
    if finished.status:
        raise parse_failure(command, type_, finished.status, finished.stdout, finished.stderr, subject=subject)
    return finished.stdout


def _prefix(argv: Sequence[str]) -> list[str]:
    if not argv:
        return []
    program = find_program(argv[0])
    if not program:
        raise Unavailable("no such program", subject=argv[0])
    return [program, *argv[1:]]


def _find(host: CniHost, network: NetworkList, type_: str) -> str:
    for folder in host.plugin_folders:
        path = f"{folder}/{type_}"
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    raise CniPluginMissing(
        f"the CNI plugin {type_} is not in {' or '.join(host.plugin_folders) or 'any folder'}",
        subject=network.name,
        hint=f"{how_to_install('bridge') if type_ in _REFERENCE else f'install {type_} there'}, or take it out of the network's conf file",
    )


def _subject(network: NetworkList, plugin: dict[str, Any]) -> str:
    """Return the subject of errors: NETWORK/PLUGIN."""
    return f"{network.name}/{plugin['type']}"
