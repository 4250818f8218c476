"""Metadata of objects and of pod templates (meta/v1)."""

TABLES = """
ObjectMeta
  name                        Y  subdomain    the name of what is created
  namespace                   Y  label        puts NAMESPACE- before names, unless it is default
  labels                      Y  {labelvalue}
  annotations                 Y  {annotation}
  generateName                L  string       names are never generated
  uid,resourceVersion,selfLink,creationTimestamp,deletionTimestamp A any  set by an API server
  deletionGracePeriodSeconds,generation,managedFields,ownerReferences,finalizers,clusterName A any  set by an API server
TemplateMeta
  name                        A  string       the workload names its pods
  namespace                   A  string       pods are in the workload's namespace
  labels                      Y  {labelvalue}
  annotations                 Y  {annotation}
  generateName,uid,resourceVersion,selfLink,creationTimestamp,deletionTimestamp A any  set by an API server
  deletionGracePeriodSeconds,generation,managedFields,ownerReferences,finalizers,clusterName A any  set by an API server
LabelSelector
  matchLabels                 Y  {labelvalue}
  matchExpressions            Y  [Requirement]
Requirement
  key!                        Y  labelkey
  operator!                   Y  In|NotIn|Exists|DoesNotExist
  values                      Y  [string]
"""
