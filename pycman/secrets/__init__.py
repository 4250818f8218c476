"""Secrets: small files (mode 0600) that containers get as files below /run/secrets or as environment variables.

A secret's life: the row "creating", the file secrets/ID, "ready". Replacing keeps the id: the file is renamed over the
old one, so that a kill leaves either the old bytes or the new ones. Containers read a secret when they start.
"""
