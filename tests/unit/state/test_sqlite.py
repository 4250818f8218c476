"""The C half of sqlite3 is loaded without the libraries that it would bring."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent.parent
_USE = """
connection = sqlite3.connect(":memory:")
connection.execute("CREATE TABLE numbers (number)")
for number in range(300):
    connection.execute(f"INSERT INTO numbers VALUES ({number})")
    connection.execute("SELECT ?", (number,))
assert connection.execute("SELECT count(*) FROM numbers").fetchone() == (300,)
"""


@pytest.mark.parametrize(
    "first", ["", "import functools", "import sqlite3", "import _sqlite3"], ids=["alone", "f", "s", "_s"]
)
def test_functools_is_itself_before_and_after(first: str) -> None:
    code = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
{first}
loaded = "functools" in sys.modules
from pycman.state.sqlite import sqlite3
assert ("functools" in sys.modules) is loaded
{_USE}
assert ("functools" in sys.modules) is loaded
from functools import lru_cache, partial
@lru_cache(2)
def one(number): return number
assert one(1) == one(1) and one.cache_info().hits == 1
import sqlite3 as whole
assert whole.connect is sqlite3.connect
"""
    subprocess.run([sys.executable, "-IS", "-c", code], check=True, timeout=60)
