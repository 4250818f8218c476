"""Workloads (apps/v1, batch/v1)."""

TABLES = """
Deployment
  apiVersion!,kind!           Y  string
  metadata!                   Y  ObjectMeta
  spec!                       Y  DeploymentSpec
  status                      A  any  an API server writes it
DeploymentSpec
  replicas                    Y  pods
  selector                    Y  LabelSelector
  template!                   Y  PodTemplate
  strategy                    A  any  kube play --replace makes pods anew
  minReadySeconds,progressDeadlineSeconds,revisionHistoryLimit A  count  kube play --replace makes pods anew
  paused                      A  bool
ReplicaSet
  apiVersion!,kind!           Y  string
  metadata!                   Y  ObjectMeta
  spec!                       Y  ReplicaSetSpec
  status                      A  any  an API server writes it
ReplicaSetSpec
  replicas                    Y  pods
  selector                    Y  LabelSelector
  template!                   Y  PodTemplate
  minReadySeconds             A  count
DaemonSet
  apiVersion!,kind!           Y  string
  metadata!                   Y  ObjectMeta
  spec!                       Y  DaemonSetSpec
  status                      A  any  an API server writes it
DaemonSetSpec
  selector                    Y  LabelSelector
  template!                   Y  PodTemplate
  updateStrategy              A  any  kube play --replace makes pods anew
  minReadySeconds,revisionHistoryLimit A  count
StatefulSet
  apiVersion!,kind!           Y  string
  metadata!                   Y  ObjectMeta
  spec!                       Y  StatefulSetSpec
  status                      A  any  an API server writes it
StatefulSetSpec
  replicas                    Y  pods
  selector                    Y  LabelSelector
  serviceName                 Y  string
  template!                   Y  PodTemplate
  volumeClaimTemplates        Y  [Claim]
  podManagementPolicy         Y  OrderedReady|Parallel
  updateStrategy              A  any  kube play --replace makes pods anew
  minReadySeconds,revisionHistoryLimit A  count
  ordinals                    A  any
  persistentVolumeClaimRetentionPolicy L  any  volumes go with kube down --force
Claim
  apiVersion,kind             A  string
  metadata!                   Y  ObjectMeta
  spec                        Y  ClaimSpec
  status                      A  any  an API server writes it
Job
  apiVersion!,kind!           Y  string
  metadata!                   Y  ObjectMeta
  spec!                       Y  JobSpec
  status                      A  any  an API server writes it
JobSpec
  template!                   Y  PodTemplate
  completions                 Y  pods
  parallelism                 Y  count
  backoffLimit                Y  count
  activeDeadlineSeconds       Y  positive
  completionMode              Y  NonIndexed|Indexed
  suspend                     Y  bool
  ttlSecondsAfterFinished     Y  count  taken down by the next command after that
  selector                    A  LabelSelector
  manualSelector              A  bool
  managedBy,podReplacementPolicy A  string
  scheduling                  A  any
  podFailurePolicy,successPolicy,backoffLimitPerIndex,maxFailedIndexes L  any  use backoffLimit
CronJob
  apiVersion!,kind!           Y  string
  metadata!                   Y  ObjectMeta
  spec!                       Y  CronJobSpec
  status                      A  any  an API server writes it
CronJobSpec
  schedule!                   Y  cron  checked; run it once with kube play --cronjob-now
  jobTemplate!                Y  JobTemplate
  timeZone,concurrencyPolicy  A  string  run it once with kube play --cronjob-now
  startingDeadlineSeconds,successfulJobsHistoryLimit,failedJobsHistoryLimit A  count  run it once with kube play --cronjob-now
  suspend                     A  bool
JobTemplate
  metadata                    Y  TemplateMeta
  spec!                       Y  JobSpec
"""
