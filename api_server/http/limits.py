"""What a client of the server may take. Whoever asks for more is answered with 4xx or loses the connection."""

from __future__ import annotations

HEAD_BYTES = 256 << 10
"""Of a request's line and headers; X-Registry-Config of a build has all logins of a user."""
BODY_BYTES = 8 << 20
"""Of a body that is read as a whole (JSON); bodies that are files are streamed without limit."""
HEAD_S = 30.0
"""How long a client may take to send the head of its first request, and each later one once it has begun it."""
BODY_STALL_S = 300.0
"""How long a client may send nothing of a body."""
KEPT_S = 3600.0
"""How long a connection may stay open between two requests."""
CONNECTIONS = 4096
"""Open connections at one time; as many as descriptors allow if those are fewer."""
READ_BYTES = 64 << 10
UNSENT_BYTES = 256 << 10
"""Bytes that wait for a slow client before its source is read no further."""
