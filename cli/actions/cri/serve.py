"""cri serve: be the container runtime of a kubelet."""

from __future__ import annotations

import sys

from pycman.errors import Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Serve until told to end."""
    from importlib.util import find_spec

    if find_spec("grpc") is None:  # not imported yet: the process that forks workers is to stay small
        raise Unsupported("grpcio is not installed", subject="cri serve", hint="pip install 'pycman[cri]'")
    return _serve(call)


def _serve(call: Call) -> int:
    from cri_server.config import DEFAULT_FILE, load_config
    from cri_server.streaming.listener import Streams, base_url, listen
    from cri_server.streaming.tickets import Tickets
    from cri_server.work.perform import conversation, performer
    from cri_server.zygote import Zygote

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
    listener = listen(settings.stream_address)
    tickets = Tickets(f"{session.paths.run_root}/cri-streams")
    streams = Streams(base=base_url(listener, tls=bool(settings.stream_tls_cert)), tickets=tickets)
    work = performer(session.options, settings)
    zygote = Zygote(work, listener, conversation(session.options, settings, tickets))  # before the first thread
    from cri_server.metrics.operations import serve_metrics, unobserved
    from cri_server.server import serve, socket_path

    observe, metrics_url = serve_metrics(settings.metrics) if settings.metrics else (unobserved, "")
    call.print(f"listening on unix://{socket_path(settings.listen)}")
    if metrics_url:
        call.print(f"metrics at {metrics_url}")
    sys.stdout.flush()
    try:
        serve(session, zygote, settings, streams, observe)
    finally:
        zygote.close()
    return 0
