"""Quadlet: files that describe containers, pods and what they use become systemd services that call pycman (podman-systemd.unit(5)).

    directories ──▶ search.py ──▶ UnitFile ──▶ translate.py ──▶ UnitFile (a service) ──▶ generator.py: files and links
                                    │                │
                        unit_file.py, words.py    kinds/: one kind of file each; names.py, task.py: what they share

`words`, `unit_file`, `names`, `task`, `kinds` and `translate` are pure: text to text (`AddDevice=-PATH` alone asks whether a
device exists). `generator.py` is the program that systemd starts, early and with little around it: nothing here opens the
store or imports the engine. `installed.py` is what `pycman quadlet` does with the files.

The services call the words that podman's do. They set PODMAN_SYSTEMD_UNIT, by which `cli/habits.py` knows that podman's
habits are meant, whatever name the program has.
"""
