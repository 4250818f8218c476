"""Commands repeated thousands of times, killed at random moments, and two at once on the same object.

    python -m tests.torture
    __main__.py ──▶ growth.py   `run --rm` again and again: what does not go back to what it was
                └─▶ killing.py  commands in turn, `kill -9` at a moment nobody chose; then the store must open, all that is listed must
                    │           be inspected and removed, the same command must succeed, and nothing may be left
                    ├─ victims.py       pull, build, run, stop, rm, play, down …
                    ├─ more_victims.py  what changes containers, images, volumes, networks, secrets, pods, and what prunes
                    ├─ api_victims.py   requests to the API server
                    ├─ cri_victims.py   the CRI server's RunPodSandbox, CreateContainer and StopPodSandbox
                    └─ cri_storm.py     pods that come and go eight at a time while workers and the server are killed
    python -m tests.torture.pairs
    pairs.py ─────▶ pair_verbs.py  two commands at once: what they answer and leave must be what one of their two orders does
    place.py   a machine with an installed copy of this tree, a store and a registry
    traces.py  everything that a store leaves in the kernel and on the disk, as sets that can be compared

`tests/crash` kills at named points, one after the other, in every run of the suite; these programs need minutes to hours, and are
not collected by pytest.
"""
