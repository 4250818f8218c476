"""Subcommands of `image` that have no short form; `image ls`, `image rm` … are aliases of images, rmi …"""
