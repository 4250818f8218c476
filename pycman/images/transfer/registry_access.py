"""What pull, push and search share: the user's options for registries, and the clients made from them."""

from __future__ import annotations

import os

from pycman.errors import InvalidInput
from pycman.record import Record
from pycman.registry.auth import Credentials
from pycman.registry.client import Client, ClientOptions
from pycman.registry.credentials import find_credentials
from pycman.registry.endpoints import endpoints_of
from pycman.state.settings import containers_conf, engine_environment, registries_conf
from pycman.state.times import parse_duration_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from pycman.config.containers_conf import ContainersConf
    from pycman.spec.image_reference import ImageReference
    from pycman.state.session import Session

    class Progress(Protocol):
        """Receives the progress of a pull or push; called from several threads."""

        def layer(self, digest: str, total_bytes: int, received_bytes: int, phase: str) -> None:
            """Report the phase of a layer: downloading, extracting, done, exists, uploading, pushed, mounted."""

        def message(self, text: str) -> None:
            """Report one line of text."""


_MIRROR_RETRIES = 1
"""Fewer than for the registry: after a mirror that fails, the next one resumes where it stopped."""


class RegistryOptions(Record):
    """Options for requests to registries. `tls_verify` None is the setting of registries.conf; `creds` is
    "user:password" in the user's words, `credentials` the same as a value: with either no auth file is read.

    `retry` counts tries after the first, and if it is given, a registry that refuses connections is asked again too; a
    `retry_delay_s` of 0 starts with half a second and doubles, another is the same each time; None is the setting of containers.conf. `timeout_s` is the longest time without data from a registry. `signature_policy` is a file
    that holds in place of policy.json.
    """

    authfile: str = ""
    creds: str = ""
    credentials: Credentials | None = None
    tls_verify: bool | None = None
    cert_dir: str = ""
    retry: int | None = None
    retry_delay_s: float | None = None
    timeout_s: float = 30.0
    signature_policy: str = ""


def clients_of(
    session: Session,
    full: ImageReference,
    options: RegistryOptions,
    *,
    pulling: bool,
    progress: Progress | None = None,
) -> list[Client]:
    """Return a client for each endpoint of a full reference, in the order to try them: mirrors, then the registry
    itself.

    Raises Denied (blocked), InvalidInput (settings, `creds`), Unavailable (a credential helper).
    """
    client_options = client_options_of(session, options, progress)
    clients = []
    for endpoint in endpoints_of(full, registries_conf(session), pulling=pulling):
        given = options.credentials or (_parse_credentials(options.creds) if options.creds else None)
        if given is not None and not endpoint.mirror:
            credentials: Credentials | None = given
        else:
            credentials = find_credentials(session, endpoint.login_host, endpoint.path, authfile=options.authfile)
        retries = min(client_options.retries, _MIRROR_RETRIES) if endpoint.mirror else client_options.retries
        actions = "pull" if pulling else "pull,push"
        clients.append(
            Client(endpoint, credentials, client_options.replace(retries=retries), str(full), actions=actions)
        )
    return clients


def client_options_of(session: Session, options: RegistryOptions, progress: Progress | None = None) -> ClientOptions:
    """Return the options of clients, completed from containers.conf. Raises InvalidInput (settings)."""
    conf = containers_conf(session)
    return ClientOptions(
        tls_verify=options.tls_verify,
        cert_dir=options.cert_dir,
        home=session.user.home,
        retries=conf.retry if options.retry is None else options.retry,
        awaited=options.retry is not None,
        retry_delay_s=_delay_s(conf) if options.retry_delay_s is None else options.retry_delay_s,
        environment=engine_environment(session, os.environ),
        timeout_s=options.timeout_s,
        notify=progress.message if progress is not None else None,
    )


def _delay_s(conf: ContainersConf) -> float:
    if not conf.retry_delay:
        return 0.0
    try:
        return parse_duration_ns(conf.retry_delay) / 1e9
    except InvalidInput as error:
        raise InvalidInput(error.problem, subject="containers.conf: retry_delay", hint=error.hint) from None


def _parse_credentials(creds: str) -> Credentials:
    username, colon, password = creds.partition(":")
    if not colon or not username:
        raise InvalidInput("not a user name and password", subject="--creds", hint="write --creds USER:PASSWORD")
    return Credentials(username=username, password=password)
