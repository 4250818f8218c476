"""`top` with options of ps."""

from pycman.containers.process import top


def test_pids_that_ps_tells_become_those_of_the_container(monkeypatch) -> None:
    monkeypatch.setattr(top, "pid_inside", lambda pid: str(pid - 100))
    table = [["USER", "PID", "PPID", "%CPU", "COMMAND"], ["root", "101", "100", "3", "sleep 101"]]
    assert top._with_pids_inside(table) == [table[0], ["root", "1", "0", "3", "sleep 101"]]
