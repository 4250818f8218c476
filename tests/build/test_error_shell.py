"""build --shell-on-error: a shell in what the RUN that failed has left, and nothing of it stays."""

from __future__ import annotations

from tests.support.leaks import leaks_of
from tests.support.terminals import Terminal

SECRET = b"value-of-the-token"


def test_a_shell_is_opened_where_the_step_failed_and_the_build_ends_as_it(builder, context):
    folder = context(
        """
        FROM localhost/busybox:1 AS first
        RUN echo first > /first
        FROM localhost/busybox:1
        COPY --from=first /first /first
        ENV GREETING=hello
        WORKDIR /made
        USER worker
        RUN --mount=type=secret,id=token,uid=1000 --mount=type=cache,sharing=locked,target=/cache \\
            echo half > /tmp/half; exit 7
        """,
        {"token": SECRET},
    )
    words = ("build", "--shell-on-error", "--jobs", "4", "--secret", f"id=token,src={folder}/token", folder)
    without = builder.run(*words)
    assert without.returncode == 1
    assert without.stderr.decode().splitlines() == [
        "Error: --shell-on-error: standard input and output are no terminal (leave it out, or build in a terminal)"
    ]

    terminal = Terminal(builder, *words)
    assert b"exit status 7" in terminal.until(b"Opening a shell")
    terminal.until(b"$ ")
    terminal.type(b'echo "<$GREETING $PWD $(id -u) $(cat /tmp/half) $(wc -c < /run/secrets/token) $(ls -d /cache)>"\n')
    assert terminal.until(b">\r\n").endswith(b"<hello /made 1000 half %d /cache" % len(SECRET))
    terminal.type(b"exit 3\n")
    assert terminal.end() == 1
    assert b"exit status 7" in terminal.left
    assert leaks_of(str(builder.folder)) == []
