"""Containers, probes and hooks (core/v1)."""

_COMMON = """
  name!                       Y  label
  image!                      Y  string
  imagePullPolicy             Y  Always|IfNotPresent|Never
  command,args                Y  [text]  $(VAR) is expanded
  workingDir                  Y  string
  ports                       Y  [ContainerPort]
  env                         Y  [EnvVar]
  envFrom                     Y  [EnvFrom]
  volumeMounts                Y  [VolumeMount]
  volumeDevices               L  any  ask for a block device by podman.io/device=PATH
  resources                   Y  Resources
  resizePolicy                A  any  change limits with pycman update
  restartPolicyRules          Y  [RestartRule]
  lifecycle                   Y  Lifecycle
  livenessProbe,startupProbe  Y  KillingProbe
  readinessProbe              Y  Probe
  terminationMessagePath      Y  string
  terminationMessagePolicy    Y  File|FallbackToLogsOnError
  securityContext             Y  SecurityContext
  stdin,stdinOnce,tty         Y  bool
"""

TABLES = f"""
Container
{_COMMON}
  restartPolicy               Y  Always|OnFailure|Never
InitContainer
{_COMMON}
  restartPolicy               Y  Always  makes it a sidecar
RestartRule
  action!                     Y  Restart
  exitCodes!                  Y  ExitCodes
ExitCodes
  operator!                   Y  In|NotIn
  values                      Y  [exitcode]
ContainerPort
  containerPort!              Y  port
  hostPort?                   Y  port
  hostIP                      Y  ip
  name                        Y  portname
  protocol                    Y  TCP|UDP|SCTP
EnvVar
  name!                       Y  envname
  value                       Y  text
  valueFrom                   Y  EnvSource
EnvSource
  configMapKeyRef,secretKeyRef Y  KeySelector
  fieldRef                    Y  FieldRef
  resourceFieldRef            Y  ResourceFieldRef
  fileKeyRef                  L  any  write the value into a ConfigMap
KeySelector
  name!                       Y  string
  key!                        Y  string
  optional                    Y  bool
FieldRef
  apiVersion                  A  v1
  fieldPath!                  Y  string
ResourceFieldRef
  containerName               Y  string
  resource!                   Y  string
  divisor?                    Y  quantity
EnvFrom
  prefix                      Y  string
  configMapRef,secretRef      Y  OptionalReference
OptionalReference
  name!                       Y  string
  optional                    Y  bool
VolumeMount
  name!                       Y  string
  mountPath!                  Y  string
  readOnly                    Y  bool
  recursiveReadOnly           Y  Disabled|IfPossible|Enabled
  subPath                     Y  subpath
  subPathExpr                 Y  string
  mountPropagation            Y  None|HostToContainer|Bidirectional
  bindMountOptions            L  any  use the pod's security context
Resources
  limits,requests             Y  {{quantity}}  cpu, memory, hugepages-SIZE, podman.io/device=PATH
  claims                      L  any  ask for a device by podman.io/device=PATH
Lifecycle
  postStart,preStop           Y  Hook
  stopSignal                  Y  string
Hook
  exec                        Y  Exec
  httpGet                     Y  HTTPGet
  sleep                       Y  Sleep
  tcpSocket                   R  any  Kubernetes does not run it either
Sleep
  seconds!                    Y  count
Exec
  command                     Y  [text]
HTTPGet
  path                        Y  string
  port!                       Y  portref
  host                        Y  string
  scheme                      Y  HTTP|HTTPS
  httpHeaders                 Y  [Header]
  protocol                    L  string
Header
  name!                       Y  string
  value!                      Y  text
TCPSocket
  port!                       Y  portref
  host                        Y  string
GRPC
  port!                       Y  port
  service                     Y  string
Probe
  exec                        Y  Exec
  httpGet                     Y  HTTPGet
  tcpSocket                   Y  TCPSocket
  grpc                        Y  GRPC
  initialDelaySeconds         Y  count
  periodSeconds?,timeoutSeconds?,failureThreshold?,successThreshold? Y  positive
KillingProbe
  exec                        Y  Exec
  httpGet                     Y  HTTPGet
  tcpSocket                   Y  TCPSocket
  grpc                        Y  GRPC
  initialDelaySeconds         Y  count
  periodSeconds?,timeoutSeconds?,failureThreshold? Y  positive
  successThreshold?           Y  1  only a readinessProbe may have more
  terminationGracePeriodSeconds Y  positive
SecurityContext
  runAsUser,runAsGroup        Y  id
  runAsNonRoot,privileged,allowPrivilegeEscalation,readOnlyRootFilesystem Y  bool
  capabilities                Y  Capabilities
  procMount                   Y  Default|Unmasked
  seLinuxOptions              Y  SELinuxOptions
  seccompProfile              Y  SeccompProfile
  appArmorProfile             Y  AppArmorProfile
  windowsOptions              R  any  there is no Windows
Capabilities
  add,drop                    Y  [capability]
"""
