"""Carry out what documents ask for (`kube play`, `kube down`).

plan.py  what there is beside what is asked: create, keep, update, replace, remove
carry_out.py  down.py  jobs.py  readiness.py  the deeds;  objects.py  what the database keeps of a play
"""
