"""Fuzzing: inputs made of seeds by chance, guided by which lines of pycman they reach. `make fuzz MINUTES=5 TARGET=all`.

    targets/NAME.py ──▶ Target: seeds, words, run(data)        one small file for each parser
    mutate.py           one input of others
    attempt.py          one input: which error, how long, how much memory
    engine.py           the loop, in a process of its own that may have little memory
    __main__.py         the command line; what fell is kept in tests/data/fuzz/NAME/

A finding is any exception that is not the room's own, an input that takes more than `attempt.LONGEST_S`, or more memory than
`attempt.ROOM_BYTES`. `tests/unit/test_fuzz_corpus.py` replays every file of tests/data/fuzz.
"""
