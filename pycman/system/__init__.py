"""The host and the store as a whole: what concerns several rooms of the engine at once.

    info.py          describe host and engine
    doctor.py        run every check of checks/ (host, components, store), each with cause and fix
    disk_usage.py    `system df`: what images, containers and volumes take
    prune.py         `system prune`: remove what nothing uses, users before what they use
    remove_image.py  remove_network.py  remove_volume.py    rmi -f, network rm -f, volume rm -f (all by remove_with_users.py)
    event_stream.py  read events back, and follow them
    recover.py       finish or undo what killed commands left, in every room

Nothing here owns state. It imports containers and everything below.
"""
