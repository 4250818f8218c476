"""Users, their subordinate ids, and the user and mount namespaces that an ordinary user's containers live in.

identity.py ─▶ subordinate_ids.py ─▶ namespaces.py ── made once, joined by every command ──▶ namespace_holder.py keeps them
"""
