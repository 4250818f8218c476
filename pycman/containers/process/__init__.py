"""Processes of a running container: start another one, list them, read what they wrote.

    exec.py      run a command in it                         logs.py      read and follow its log file
    kill_all.py  SIGKILL for all of them, thaw frozen ones   log_tail.py  its last lines
    log_file.py  places in a log file, found without         top.py       list its processes
                 reading all of it

It may import bundle/ (users, namespaces and mounts of an exec) and the nouns.
"""
