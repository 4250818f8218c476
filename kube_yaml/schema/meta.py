"""Objects' own data (meta/v1)."""

TABLES = """
ObjectMeta
  name                        Y  subdomain    the name of what is made
  namespace                   Y  label        puts NAMESPACE- before names, unless it is default
  labels                      Y  {labelvalue}
  annotations                 Y  {annotation}
  generateName                L  string       names are never made up
  uid,resourceVersion,selfLink,creationTimestamp,deletionTimestamp A any  an API server writes it
  deletionGracePeriodSeconds,generation,managedFields,ownerReferences,finalizers,clusterName A any  an API server writes it
TemplateMeta
  name                        A  string       the workload names its pods
  namespace                   A  string       that of the workload counts
  labels                      Y  {labelvalue}
  annotations                 Y  {annotation}
  generateName,uid,resourceVersion,selfLink,creationTimestamp,deletionTimestamp A any  an API server writes it
  deletionGracePeriodSeconds,generation,managedFields,ownerReferences,finalizers,clusterName A any  an API server writes it
LabelSelector
  matchLabels                 Y  {labelvalue}
  matchExpressions            Y  [Requirement]
Requirement
  key!                        Y  labelkey
  operator!                   Y  In|NotIn|Exists|DoesNotExist
  values                      Y  [string]
"""
