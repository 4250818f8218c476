"""Files of a stranger that ask for much with little: each ends with a plan or with one line, in little memory."""

from __future__ import annotations

import tracemalloc

import pytest

from pycman.build.language.errors import DockerfileError
from tests.support.build_plan import plan_of

FILES = {
    "every RUN has a large environment": "FROM a\n" + "".join(f"ENV V{n}=x\n" for n in range(900)) + "RUN x\n" * 3000,
    "all ports, again and again": "FROM a\n" + "EXPOSE 0-65535\n" * 1000,
    "very many words": "FROM a\nCOPY " + "a " * 100_000 + "/x\n",
    "very many flags": "FROM a\nRUN " + "--mount=type=ssh " * 10_000 + "y\n",
    "very many pairs": "FROM a\nLABEL " + " ".join(f"l{n}=x" for n in range(10_001)),
    "one value in all variables": "FROM a\nENV A=" + "x" * 1_000_000 + "\n" + "ENV B=$A\n" * 100,
    "a path that grows": "FROM a\n" + ("WORKDIR " + "a/" * 100 + "\n") * 100,
    "names that nothing declares": "FROM a\n" + "".join(f"ARG A{n}\n" for n in range(900)) + "ENV B=$AX\n" * 500,
    "stages that copy from the last": "".join(f"FROM a AS s{n}\nCOPY --from=s{max(0, n - 1)} a b\n" for n in range(1, 1000)),
    "triggers of triggers": "FROM a AS b\n" + "ONBUILD RUN x\n" * 3000 + "FROM b\n" * 100,
    "many here-documents": "FROM a\nCOPY " + " ".join(f"<<E{n}" for n in range(90)) + " /x\n"
    + "".join("y\n" * 1000 + f"E{n}\n" for n in range(90)),
    "nested arrays": "FROM a\nRUN " + "[" * 100_000,
    "options of a mount": "FROM a\nRUN --mount=" + "ro," * 100_000 + "target=/x x",
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_little_asks_for_little(name: str) -> None:
    text = FILES[name]
    tracemalloc.start()
    try:
        plan_of(text)
    except DockerfileError as error:
        assert len(str(error)) < 300
        assert "\n" not in str(error)
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 200 << 20
