"""cri serve: be the container runtime of a kubelet."""

from __future__ import annotations

import os
import sys

from cri_server.metrics.operations import serve_metrics, unobserved
from cri_server.streaming.listener import Streams, base_url, listen
from pycman.errors import Unsupported
from pycman.linux.process_name import name_process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


_NEEDED = {"grpc": "grpcio", "google.protobuf": "protobuf", "h11": "h11", "wsproto": "wsproto"}
_ONE_POLLER = "-event_engine_listener"
"""Has the thread that serves calls wait for the clients' connections itself. Two threads of gRPC's own that read for it and wake it took a
fifth of the processor time of a short call, and 0.1 ms. A gRPC that no longer has the setting says so in a line and ignores it."""
_READY_S = 60.0
"""As long as a host that is very busy may take to import everything."""


def run(call: Call) -> int:
    """Serve until told to end."""
    from importlib.util import find_spec  # only imported for this command

    for module, package in _NEEDED.items():
        if find_spec(module) is None:  # gRPC is not imported yet: the process that forks workers is to stay small
            from pycman.linux.distribution import how_to_install_library  # only where one is missing

            raise Unsupported(
                f"{package} is not installed", subject="cri serve", hint=how_to_install_library(package, "cri")
            )
    return _serve(call)


def _serve(call: Call) -> int:
    from cri_server.config import DEFAULT_FILE, load_config  # only imported for this command
    from cri_server.streaming.listener import check_certificate  # only imported for this command
    from cri_server.streaming.tickets import Tickets  # only imported for this command
    from cri_server.work.worker_entry import entry  # only imported for this command
    from pycman.pool.pool import Pool  # only imported for this command

    path = call.string("config") or DEFAULT_FILE
    settings = load_config(path, must_exist=call.given("config"))
    changes = {"listen": call.string("listen"), "cni_conf_dir": call.string("cni-conf-dir"),
               "metrics": call.string("metrics")}  # fmt: skip
    settings = settings.replace(**{key: value for key, value in changes.items() if value})
    if call.values("cni-plugin-dir"):
        settings = settings.replace(cni_plugin_dirs=tuple(call.values("cni-plugin-dir")))
    settings.check()
    session = call.engine.session
    session.enter_namespaces()
    if settings.stream_tls_cert:
        check_certificate(settings.stream_tls_cert, settings.stream_tls_key)
    listener = listen(settings.stream_address)
    folder = f"{session.paths.run_root}/cri-streams"
    streams = Streams(base=base_url(listener, tls=bool(settings.stream_tls_cert)), tickets=Tickets(folder))
    name_process("pycman-cri")
    pool = Pool(entry(session.options, settings, folder), listener)  # before the first thread
    os.environ.setdefault("GRPC_EXPERIMENTS", _ONE_POLLER)  # gRPC reads it when it is imported; no child has it
    from cri_server.server import serve, socket_path  # gRPC: 100 ms, after the pool process is forked

    try:
        pool.wait_ready(_READY_S)
        observe, metrics_url = serve_metrics(settings.metrics) if settings.metrics else (unobserved, "")
        call.print(f"listening on unix://{socket_path(settings.listen)}")
        if metrics_url:
            call.print(f"metrics at {metrics_url}")
        sys.stdout.flush()
        serve(session, pool, settings, streams, observe)
    finally:
        pool.close()
    return 0
