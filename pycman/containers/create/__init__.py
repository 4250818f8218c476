"""Make a container: every choice is made and checked here, so that a start only carries out what the row says.

check ─▶ image_defaults ─▶ settle_mounts, user_namespace, networks/settle ─▶ create: row, directories, volumes ─▶ run: start it
"""
