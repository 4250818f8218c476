"""Metadata of objects and of pod templates (meta/v1)."""

TABLES = """
ObjectMeta
  name                        Y  subdomain    the name of what is created
  namespace                   Y  label        puts NAMESPACE- before names, unless it is default
  labels                      Y  {labelvalue}
  annotations                 Y  {annotation}
  generateName                S  string       the name that was generated is what counts
  uid,resourceVersion,selfLink,creationTimestamp,deletionTimestamp S any
  deletionGracePeriodSeconds,generation,managedFields,ownerReferences,finalizers,clusterName S any
TemplateMeta
  name                        A  string       the workload names its pods
  namespace                   A  string       pods are in the workload's namespace
  labels                      Y  {labelvalue}
  annotations                 Y  {annotation}
  generateName,uid,resourceVersion,selfLink,creationTimestamp,deletionTimestamp S any
  deletionGracePeriodSeconds,generation,managedFields,ownerReferences,finalizers,clusterName S any
LabelSelector
  matchLabels                 Y  {labelvalue}
  matchExpressions            Y  [Requirement]
Requirement
  key!                        Y  labelkey
  operator!                   Y  In|NotIn|Exists|DoesNotExist
  values                      Y  [text]
"""
