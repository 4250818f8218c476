"""Services (core/v1)."""

TABLES = """
Service
  apiVersion!,kind!           Y  string
  metadata!                   Y  ObjectMeta
  spec!                       Y  ServiceSpec
  status                      S  any
ServiceSpec
  selector                    Y  {labelvalue}
  ports                       Y  [ServicePort]
  type                        Y  ClusterIP|NodePort|LoadBalancer
  clusterIP                   Y  clusterip
  clusterIPs                  Y  [clusterip]
  externalIPs                 Y  [ip]
  sessionAffinity             Y  None|ClientIP
  sessionAffinityConfig       A  any  a client always reaches the same pod
  publishNotReadyAddresses    Y  bool
  ipFamilies                  A  [string]  virtual addresses are IPv4
  ipFamilyPolicy              A  SingleStack  virtual addresses are IPv4
  externalName                L  string  use hostAliases
  loadBalancerIP,loadBalancerClass,trafficDistribution A  string  there is one node
  internalTrafficPolicy,externalTrafficPolicy A  Cluster  there is one node
  loadBalancerSourceRanges    L  any  use the host's firewall
  allocateLoadBalancerNodePorts A  bool  there is one node
  healthCheckNodePort?        A  int  there is one node
ServicePort
  name                        Y  string
  port!                       Y  port
  targetPort?                 Y  portref
  nodePort?                   Y  port
  protocol                    Y  TCP|UDP|SCTP
  appProtocol                 A  string
"""
