"""Exec, attach and port forwarding over an upgraded HTTP connection: the protocols, without any I/O.

    spdy_frames.py        SPDY/3.1: bytes into frames and back
    spdy_session.py       SPDY/3.1: streams that open, carry bytes and end
    websocket_frames.py   RFC 6455: bytes into messages and back

Each machine is fed with what came from the client (`receive`, which returns events), is told what to send, and hands over
the bytes for the client (`output`). It raises an error of its own module for whatever it is fed, and nothing else; after
an error it takes nothing more, and `output` has the last words for the client. None of them knows sockets, clocks or threads.
"""
