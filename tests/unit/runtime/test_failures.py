"""What runtimes complain of, against recorded outputs: tests/data/runtime_failures/RUNTIME-VERSION.txt has blocks of
"# VERB: CASE => REFERENCE" and the text that the runtime left (conmon's message, its log, or standard error).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pycman.runtime.failures import classify

DATA = Path(__file__).resolve().parents[2] / "data" / "runtime_failures"


def recorded():
    for path in sorted(DATA.glob("*.txt")):
        for block in path.read_text(encoding="utf-8").split("# ")[1:]:
            heading, _, text = block.partition("\n")
            case, _, reference = heading.partition(" => ")
            yield pytest.param(path.stem, text, reference, id=f"{path.stem} {case}")


@pytest.mark.parametrize(("runtime", "text", "reference"), list(recorded()))
def test_each_recorded_complaint_is_the_kind_it_is(runtime: str, text: str, reference: str) -> None:
    error = classify(runtime.partition("-")[0], text, command="CMD")
    assert error.reference == reference
    assert "\n" not in str(error)
    assert "time=" not in str(error)


@pytest.mark.parametrize(("reference", "status"), [("command-not-found", 127), ("command-not-executable", 126)])
def test_commands_that_cannot_run_have_dockers_status(reference: str, status: int) -> None:
    texts = [case.values for case in recorded() if case.values[2] == reference]
    assert {classify(runtime, text).exit_status for runtime, text, _ in texts} == {status}


def test_a_missing_command_is_named() -> None:
    crun = classify("crun", "executable file `nosuch` not found in $PATH: No such file or directory\n")
    runc = classify(
        "runc",
        'level=x\ntime="T" level=error msg="runc create failed: exec: \\"nosuch\\": executable file not found in $PATH"\n',
    )
    assert str(crun) == str(runc) == "executable file not found in $PATH: nosuch"


def test_a_missing_path_is_not_said_to_be_looked_for_in_path() -> None:
    error = classify("crun", "executable file `/bin/nosuch` not found in $PATH: No such file or directory")
    assert str(error) == "no such file or directory: /bin/nosuch"


def test_what_runcs_first_stage_said_tells_more_than_the_echo_of_its_death() -> None:
    error = classify("runc", 'time="T" level=fatal msg="nsexec[7]: failed to update /proc/self/oom_score_adj: Permission denied"\ntime="T" level=error msg="runc create failed: can\'t get final child\'s PID from pipe: EOF"')  # fmt: skip
    assert error.reference == "denied"


def test_unknown_words_are_passed_on_as_they_are() -> None:
    assert str(classify("youki", "\nsome thing broke\n")) == "youki: some thing broke"
    assert str(classify("youki", "")) == "youki: it failed without a message"
