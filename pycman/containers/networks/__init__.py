"""A container on its networks.

settle.py        at creation: which networks, every address and port checked
connection.py    at the start: ports bound, addresses leased, interfaces made; at the end: all of it given back
steps.py         the same as two steps of a start
etc_networks.py  what /etc/hosts and /etc/resolv.conf say of them
"""
