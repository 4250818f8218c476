"""Exec, attach and port forwarding over an upgraded HTTP connection: the protocols, without any I/O.

    http_head.py          HTTP/1.1: the head of a request (h11)
    negotiation.py        what is spoken on the upgraded connection
    spdy_frames.py        SPDY/3.1: bytes into frames and back
    spdy_session.py       SPDY/3.1: streams that open, carry bytes and end
    websocket_frames.py   RFC 6455: bytes into messages and back (wsproto)
    channels.py           Kubernetes' channels in the messages of a WebSocket
    remote_command.py     exec and attach over either
    port_forward.py       port forwarding over either

Each machine is fed with what came from the client (`receive`, which returns events), is told what to send, and hands over
the bytes for the client (`output`). It raises an error of its own module for whatever it is fed, and nothing else; after
an error it takes nothing more, and `output` has the last words for the client. None of them knows sockets, clocks or threads.
"""
