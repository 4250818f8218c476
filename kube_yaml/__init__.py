"""Kubernetes YAML: read, checked, played, taken down and generated.

read.py  check.py  schema/  quantity.py  names.py     text to checked documents, with lines; pure
sources.py  env.py  files.py                          what config maps, secrets and fields give to containers; pure
containers.py  security.py  volumes.py  pod.py        a pod template into a PodPlan; pure
workloads.py  services.py                             documents into a Play: pods, volumes, services, …; pure
objects.py                                            what was played, in the database
plan.py                                               a Play against what is there: create, keep, replace, update; pure
play.py  down.py  jobs.py                             carrying it out
generate.py                                           from containers, pods and volumes back to YAML
"""
