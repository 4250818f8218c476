"""Carry out what documents ask for (`kube play`), take it down (`kube down`), and run Jobs to their end.

    prepare.py ──▶ plan.py ──▶ carry_out.py ──▶ (a pod of a Job ends) ──▶ jobs.py
    checks, no     create,     the changes,                              the next pods, retries,
    changes yet    keep, …     undone if one fails                       deadlines, ttlSecondsAfterFinished
                                     │
                                     ▼
                 objects.py: tables kube_objects and kube_pods ──▶ down.py

`image_facts.py` completes plans by what only images say; `make_volumes.py`, `make_pod.py` and `in_order.py` (StatefulSets, init
containers) are parts of carry_out.py; `readiness.py` says how far pods are.
"""
