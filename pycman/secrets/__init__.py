"""Secrets: small files (mode 0600) that containers get as files below /run/secrets or as environment variables.

    create_secret:   row "creating" ─▶ file secrets/ID (fsync, rename) ─▶ row "ready", one transaction with its event
    replace:         the same id; the new file is renamed over the old one
    remove_secret:   row "removing" ─▶ file ─▶ row

A command killed on the way leaves a row that is not "ready"; the next command that creates the name, or
`recover_secrets`, discards it. A kill while replacing leaves either the old bytes or the new ones. Containers read a
secret when they start.

`catalogue.py` is all of it. It may import state, linux and the value modules.
"""
