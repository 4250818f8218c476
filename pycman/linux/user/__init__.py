"""The user who runs pycman, subordinate ids, and the user and mount namespaces in which an ordinary user's containers live.

identity.py ─▶ subordinate_ids.py ─▶ namespace_holder.py (creates them, and a process that keeps them) ─▶ namespaces.py (joins them)
"""
