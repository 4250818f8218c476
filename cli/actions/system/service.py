"""system service: serve Docker's Engine API for as long as somebody uses it."""

from __future__ import annotations

import os
import sys

from api_server.listener import default_address, listen, parse_address, passed_listener
from pycman.contexts import suppress
from pycman.errors import InvalidInput, Unsupported
from pycman.linux.process_name import name_process

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

    from api_server.listener import Address
    from cli.call import Call

_READY_S = 60.0
"""As long as a host that is very busy may take to import everything."""


def run(call: Call) -> int:
    """Serve until told to end, or until nobody has asked for --time seconds."""
    session = call.engine.session
    address = parse_address(call.arguments[0]) if call.arguments else default_address(session.paths.run_root)
    if call.flag("print-env"):
        call.print(f"export DOCKER_HOST={address.uri}")
        call.print("export DOCKER_BUILDKIT=0")
        if call.string("tls-cert"):
            call.print("export DOCKER_TLS_VERIFY=1")
        return 0
    idle_s = call.number("time", 5)
    if idle_s < 0:
        raise InvalidInput("a time is not negative", subject=f"--time {idle_s}", hint="use 0 for no end")
    from importlib.util import find_spec  # only imported for this command

    if find_spec("h11") is None:
        from pycman.linux.distribution import how_to_install_library  # only where it is missing

        raise Unsupported("h11 is not installed", subject="system service", hint=how_to_install_library("h11", "api"))
    return _serve(call, address, idle_s)


def _tls(call: Call, address: Address) -> ssl.SSLContext | None:
    """Return what the --tls- flags ask for, None without them. Raises InvalidInput."""
    certificate, key, authority = (call.string(name) for name in ("tls-cert", "tls-key", "tls-client-ca"))
    if not (certificate or key or authority):
        return None
    if not address.host:
        raise InvalidInput("only tcp:// is encrypted", subject=address.uri, hint="leave the --tls flags out")
    if not (certificate and key):
        given, missing = ("--tls-cert", "--tls-key") if certificate else ("--tls-key", "--tls-cert")
        raise InvalidInput(
            "encryption needs a certificate and its key",
            hint="give --tls-cert and --tls-key",
            code="half-a-certificate" if certificate or key else "",
            facts={"given": given, "missing": missing},
        )
    from api_server.http.tls import server_context  # only imported for servers with encryption

    return server_context(certificate, key, authority)


def _serve(call: Call, address: Address, idle_s: int) -> int:
    from api_server.verbs.worker_entry import entry  # only imported for this command
    from pycman.pool.pool import Pool  # only imported for this command

    session = call.engine.session
    tls = _tls(call, address)
    listener = passed_listener(os.environ)
    own = listener is None
    if listener is None:
        is_open = tls is None or not call.string("tls-client-ca")
        if is_open and address.host and not address.host.startswith("127.") and address.host != "::1":
            call.warn(f"{address.uri}: whoever can connect can do everything that you can, there is no login")
        listener = listen(address, rootless=session.rootless)
    session.enter_namespaces()
    name_process("pycman-api")
    manager = os.environ.pop("NOTIFY_SOCKET", "")  # it waits for the server, not for what the server starts
    pool = Pool(entry(session.options))  # before the first thread
    from api_server.server import serve  # asyncio and h11, after the pool process is forked

    def ready() -> None:
        call.print(f"listening on {address.uri if own else 'the socket of the service manager'}")
        sys.stdout.flush()
        if manager:
            from pycman.linux.service_manager import notify  # only where a service manager waits

            with suppress(OSError):  # it has gone meanwhile
                notify(manager, f"MAINPID={os.getpid()}\nREADY=1")

    try:
        pool.wait_ready(_READY_S)
        serve(session, pool, listener, idle_s, ready, address.path if own else "", tls)
    finally:
        pool.close()
    return 0
