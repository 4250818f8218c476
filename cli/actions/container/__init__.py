"""Subcommands of `container` that have no short form; `container ls`, `container rm` … are aliases of ps, rm …"""
