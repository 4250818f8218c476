"""As much of a Kubernetes API server as kubectl needs for exec, attach and port-forward: it finds the pod, and passes bytes on.

What kubectl and the streaming server say to each other is their own.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

RESOURCES = [
    {"name": "pods", "singularName": "pod", "namespaced": True, "kind": "Pod", "verbs": ["get", "list"], "shortNames": ["po"]},
    *(
        {"name": f"pods/{each}", "singularName": "", "namespaced": True, "kind": kind, "verbs": ["create", "get"]}
        for each, kind in (("exec", "PodExecOptions"), ("attach", "PodAttachOptions"), ("portforward", "PodPortForwardOptions"))
    ),
]  # fmt: skip


class ApiServer:
    """Serves one pod, p with the container c, of a CRI server; `url` is for `kubectl --server`."""

    def __init__(self, cri: Any, pod_id: str, container_id: str, *, tty: bool = False, stdin: bool = False) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                if "upgrade" in self.headers.get("Connection", "").lower():
                    pass_on(self)
                elif path == "/api":
                    self.answer({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})
                elif path == "/apis":
                    self.answer({"kind": "APIGroupList", "apiVersion": "v1", "groups": []})
                elif path == "/api/v1":
                    self.answer({"kind": "APIResourceList", "groupVersion": "v1", "resources": RESOURCES})
                elif path == "/api/v1/namespaces/default/pods/p":
                    self.answer(pod)
                else:
                    self.answer({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404}, 404)

            do_POST = do_GET  # noqa: N815 - the names are http.server's

            def answer(self, value: dict[str, Any], status: int = 200) -> None:
                data = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_words: object) -> None:
                pass

        def pass_on(request: BaseHTTPRequestHandler) -> None:
            parts = urlsplit(request.path)
            query = parse_qs(parts.query)
            three = {name: query.get(name) == ["true"] for name in ("stdin", "stdout", "stderr")}
            is_terminal = query.get("tty") == ["true"]
            match parts.path.rpartition("/")[2]:
                case "exec":
                    url = cri.runtime(
                        "Exec", container_id=container_id, cmd=query["command"], tty=is_terminal, **three
                    ).url
                case "attach":
                    url = cri.runtime("Attach", container_id=container_id, tty=is_terminal, **three).url
                case _:
                    url = cri.runtime("PortForward", pod_sandbox_id=pod_id).url
            far = cri.connect(url)
            head = [
                f"{request.command} {urlsplit(url).path} HTTP/1.1",
                *(f"{k}: {v}" for k, v in request.headers.items()),
            ]
            far.sendall("\r\n".join([*head, "", ""]).encode())
            far.settimeout(None)
            other = threading.Thread(target=copy, args=(request.connection, far), daemon=True)
            other.start()
            copy(far, request.connection)
            other.join(120)
            far.close()
            request.close_connection = True

        pod = {
            "kind": "Pod",
            "apiVersion": "v1",
            "metadata": {"name": "p", "namespace": "default"},
            "spec": {"containers": [{"name": "c", "image": "busybox", "tty": tty, "stdin": stdin}]},
            "status": {"phase": "Running"},
        }
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def copy(source: socket.socket, target: socket.socket) -> None:
    """Pass bytes on, and then the end."""
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
