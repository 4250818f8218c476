"""Exec, attach and port forwarding over an upgraded HTTP connection.

    http_head.py          HTTP/1.1: the head of a request (h11)
    negotiation.py        which protocol the upgraded connection uses
    spdy_frames.py        SPDY/3.1: bytes into frames and back
    spdy_session.py       SPDY/3.1: streams that open, carry bytes and end
    websocket_frames.py   RFC 6455: bytes into messages and back (wsproto)
    channels.py           Kubernetes' channels in the messages of a WebSocket
    remote_command.py     exec and attach over either
    port_forward.py       port forwarding over either

    listener.py           the listening socket and the URLs;  tickets.py  one-time requests behind the URLs
    reception.py          which connection gets a worker;  serve_stream.py  one connection in its worker
    command_session.py    the poll loop of exec and attach;  forward_session.py  that of port forwarding

The protocol modules do no I/O: bytes from the client go into `receive`, which returns events; `output` returns the bytes for the
client. On a broken protocol they raise the error of their own module; then `output` has the closing frame, and nothing more is
accepted. None of them uses sockets, clocks or threads.
"""
