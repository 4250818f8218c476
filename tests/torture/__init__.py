"""Commands repeated thousands of times and commands killed at random moments: `python -m tests.torture`.

    __main__.py ──▶ growth.py   `run --rm` again and again: what does not go back to what it was
                └─▶ killing.py  a command, `kill -9` at a moment nobody chose; then the store must open, all that is listed must be
                    │           removable, the same command must succeed, and nothing may be left
                    ├─ victims.py      pull, build, run, stop, rm, play, down
                    ├─ cri_victims.py  the CRI server's RunPodSandbox, CreateContainer and StopPodSandbox
                    └─ cri_storm.py    pods that come and go eight at a time while workers and the server are killed
    place.py   a machine with an installed copy of this tree, a store and a registry
    traces.py  everything that a store leaves in the kernel and on the disk, as sets that can be compared

`tests/crash` kills at named points, one after the other, in every run of the suite; this program needs minutes to hours, and is
not collected by pytest.
"""
