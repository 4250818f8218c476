"""Pods (core/v1)."""

TABLES = """
Pod
  apiVersion!                 Y  string
  kind!                       Y  string
  metadata!                   Y  ObjectMeta
  spec!                       Y  PodSpec
  status                      S  any
PodTemplate
  metadata                    Y  TemplateMeta
  spec!                       Y  PodSpec
PodSpec
  containers!                 Y  [Container]
  initContainers              Y  [InitContainer]  run in order, each to completion; with restartPolicy Always a sidecar
  ephemeralContainers         R  any  only an API can add them; use pycman exec
  volumes                     Y  [Volume]
  restartPolicy               Y  Always|OnFailure|Never
  terminationGracePeriodSeconds Y count  30 by default
  activeDeadlineSeconds       Y  positive
  hostname                    Y  label
  hostnameOverride            Y  subdomain  at most 64 letters; DNS uses hostname
  subdomain                   Y  label
  setHostnameAsFQDN           Y  bool
  hostAliases                 Y  [HostAlias]
  dnsPolicy                   Y  ClusterFirst|ClusterFirstWithHostNet|Default|None
  dnsConfig                   Y  DNSConfig
  hostNetwork,shareProcessNamespace Y bool
  hostPID                     Y  bool  its containers see, and as root signal and trace, all processes of the host
  hostIPC                     Y  bool  its containers share memory segments, semaphores and queues with the host
  hostUsers                   Y  bool  false is --userns=auto
  securityContext             Y  PodSecurityContext
  nodeSelector,affinity       A  any  there is one node
  nodeName                    A  string  there is one node
  tolerations,topologySpreadConstraints,schedulingGates,readinessGates,evictionResponders A any  there is one node
  schedulerName               A  default-scheduler  there is one node
  preemptionPolicy            A  PreemptLowerPriority  there is one node
  priorityClassName           A  string  there is one node
  priority?                   A  int  there is one node
  overhead,schedulingGroup,workloadRef A any  there is one node
  runtimeClassName            Y  subdomain  the OCI runtime: by a RuntimeClass, or by the runtime's name
  serviceAccountName,serviceAccount A default  there is no API server
  automountServiceAccountToken A bool  there is no API server
  enableServiceLinks          Y  bool
  imagePullSecrets            Y  [LocalReference]  of type kubernetes.io/dockerconfigjson
  os                          Y  PodOS
  resources?                  L  any  use pod create for the limits of a whole pod
  resourceClaims              L  any  ask for a device by podman.io/device=PATH
HostAlias
  ip!                         Y  ip
  hostnames                   Y  [subdomain]
DNSConfig
  nameservers                 Y  [ip]
  searches                    Y  [word]
  options                     Y  [DNSOption]
DNSOption
  name!                       Y  word
  value                       Y  word
PodOS
  name!                       Y  linux
LocalReference
  name                        Y  string
PodSecurityContext
  runAsUser,runAsGroup,fsGroup Y  id
  runAsNonRoot                Y  bool
  supplementalGroups          Y  [id]
  supplementalGroupsPolicy    Y  Merge|Strict
  fsGroupChangePolicy         Y  Always|OnRootMismatch
  seLinuxOptions              Y  SELinuxOptions
  seLinuxChangePolicy         A  string  volumes are relabelled by bind-mount-options
  seccompProfile              Y  SeccompProfile
  appArmorProfile             Y  AppArmorProfile
  sysctls                     Y  [Sysctl]
  windowsOptions              R  any  there is no Windows
SELinuxOptions
  user,role,type,level        Y  string
  filetype                    Y  string  podman's: the type of the container's files
SeccompProfile
  type!                       Y  RuntimeDefault|Unconfined|Localhost
  localhostProfile            Y  string  below --seccomp-profile-root
AppArmorProfile
  type!                       Y  RuntimeDefault|Unconfined|Localhost
  localhostProfile            Y  string
Sysctl
  name!                       Y  string
  value!                      Y  text
"""
