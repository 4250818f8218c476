"""Workloads (apps/v1, batch/v1)."""

TABLES = """
Deployment
  apiVersion!,kind!           Y  string
  metadata!                   Y  ObjectMeta
  spec!                       Y  DeploymentSpec
  status                      S  any
DeploymentSpec
  replicas                    Y  pods
  selector                    Y  LabelSelector
  template!                   Y  PodTemplate
  strategy                    A  any  kube play --replace re-creates pods
  minReadySeconds,progressDeadlineSeconds,revisionHistoryLimit A  count  kube play --replace re-creates pods
  paused                      A  bool  kube play --replace re-creates pods
ReplicaSet
  apiVersion!,kind!           Y  string
  metadata!                   Y  ObjectMeta
  spec!                       Y  ReplicaSetSpec
  status                      S  any
ReplicaSetSpec
  replicas                    Y  pods
  selector                    Y  LabelSelector
  template!                   Y  PodTemplate
  minReadySeconds             A  count
DaemonSet
  apiVersion!,kind!           Y  string
  metadata!                   Y  ObjectMeta
  spec!                       Y  DaemonSetSpec
  status                      S  any
DaemonSetSpec
  selector                    Y  LabelSelector
  template!                   Y  PodTemplate
  updateStrategy              A  any  kube play --replace re-creates pods
  minReadySeconds,revisionHistoryLimit A  count
StatefulSet
  apiVersion!,kind!           Y  string
  metadata!                   Y  ObjectMeta
  spec!                       Y  StatefulSetSpec
  status                      S  any
StatefulSetSpec
  replicas                    Y  pods
  selector                    Y  LabelSelector
  serviceName                 Y  string
  template!                   Y  PodTemplate
  volumeClaimTemplates        Y  [Claim]
  podManagementPolicy         Y  OrderedReady|Parallel
  updateStrategy              A  any  kube play --replace re-creates pods
  minReadySeconds,revisionHistoryLimit A  count
  ordinals                    Y  Ordinals
  persistentVolumeClaimRetentionPolicy Y  RetentionPolicy
Ordinals
  start                       Y  count
RetentionPolicy
  whenDeleted,whenScaled      A  Retain  volumes are kept until kube down --force
Claim
  apiVersion,kind             S  string
  metadata!                   Y  ObjectMeta
  spec                        Y  ClaimSpec
  status                      S  any
Job
  apiVersion!,kind!           Y  string
  metadata!                   Y  ObjectMeta
  spec!                       Y  JobSpec
  status                      S  any
JobSpec
  template!                   Y  PodTemplate
  completions                 Y  pods
  parallelism                 Y  count
  backoffLimit                Y  count
  activeDeadlineSeconds       Y  positive
  completionMode              Y  NonIndexed|Indexed
  suspend                     Y  bool
  ttlSecondsAfterFinished     Y  count  removed with its pods after that time
  selector                    A  LabelSelector
  manualSelector              A  bool
  managedBy                   A  string
  podReplacementPolicy        A  TerminatingOrFailed
  scheduling                  A  any
  podFailurePolicy,successPolicy,backoffLimitPerIndex,maxFailedIndexes L  any  use backoffLimit
CronJob
  apiVersion!,kind!           Y  string
  metadata!                   Y  ObjectMeta
  spec!                       Y  CronJobSpec
  status                      S  any
CronJobSpec
  schedule!                   Y  cron  checked; run it once with kube play --cronjob-now
  jobTemplate!                Y  JobTemplate
  timeZone,concurrencyPolicy  A  string  run it once with kube play --cronjob-now
  startingDeadlineSeconds,successfulJobsHistoryLimit,failedJobsHistoryLimit A  count  run it once with kube play --cronjob-now
  suspend                     A  bool  run it once with kube play --cronjob-now
JobTemplate
  metadata                    Y  TemplateMeta
  spec!                       Y  JobSpec
"""
