"""The names that may follow `{{.` in --format, for the shell's completion: of rows, and of objects while there is none to look at. Pure."""

from __future__ import annotations

_CONTAINER = (
    "AppArmorProfile Args Config Created Driver ExecIDs GraphDriver HostConfig HostnamePath HostsPath Id Image ImageName"
    " LogPath MountLabel Mounts Name NetworkSettings Path Pod ProcessLabel ResolvConfPath RestartCount SizeRootFs SizeRw"
    " State"
)
_EVENT = (
    "Action Actor Attributes ContainerExitCode ContainerInspectData Error From HealthStatus ID Image Name Network PodID"
    " Scope Status Time TimeNano Type"
)
FIELDS: dict[str, str] = {
    "inspect": _CONTAINER,
    "container inspect": _CONTAINER,
    "events": _EVENT,
    "image inspect": (
        "Architecture Author Comment Config Created Digest GraphDriver History Id Labels ManifestType Os Parent RepoDigests"
        " RepoTags RootFS Size User VirtualSize"
    ),
    "pod inspect": (
        "CgroupParent CgroupPath Containers CreateCommand CreateInfra Created ExitPolicy Hostname Id InfraConfig"
        " InfraContainerID Labels Name NumContainers RestartPolicy SharedNamespaces State"
    ),
    "ps": (
        "AutoRemove CIDFile Cgroup Command Created CreatedAt CreatedHuman ExitCode Exited ExitedAt ExposedPorts ID Image"
        " ImageID IsInfra Labels LocalVolumes Mounts Names Namespaces Networks Pid Platform Pod PodName Ports Restarts"
        " RunningFor Size StartedAt State Status User"
    ),
    "images": (
        "Arch Containers Created CreatedAt CreatedSince CreatedTime Dangling Digest History ID Id IsDangling IsManifestList"
        " IsReadOnly Labels Names Os ParentId ReadOnly RepoDigests RepoTags Repository SharedSize Size Tag UniqueSize"
        " VirtualSize"
    ),
    "history": "Comment CreatedAt CreatedBy CreatedSince ID Size",
    "search": "Automated Description Index IsOfficial Name Official StarCount Stars Tag",
    "stats": (
        "AvgCPU BlockIO BlockInput BlockOutput CPU CPUNano CPUPerc CPUSystemNano Container ContainerID Duration ID MemLimit"
        " MemPerc MemUsage MemUsageBytes Name NetIO NetInput NetOutput Network PIDS PIDs PerCPU SystemNano Up UpTime"
    ),
    "volume ls": (
        "Anonymous Availability CreatedAt Driver GID Group Labels Links LockNumber MountCount Mountpoint Name NeedsChown"
        " NeedsCopyUp Options Scope Size Status StorageID Timeout UID"
    ),
    "network ls": "CreatedAt Driver ID IPv4 IPv6 Internal Labels Name Scope",
    "pod ps": (
        "Cgroup ContainerIds ContainerNames Created ID InfraID Labels Name Namespace Networks NumberOfContainers Restarts"
        " Status"
    ),
    "pod stats": "BlockIO CID CPU Mem MemUsage MemUsageBytes Name NetIO PIDS Pod",
    "system df": "Active Reclaimable Size Total Type",
    "secret ls": "CreatedAt Driver ID Labels Name Spec UpdatedAt",
    "artifact ls": "Created CreatedAt Digest Repository Size Tag VirtualSize",
    "quadlet ls": "App Name Path Pod Status UnitName",
    "buildx du": "CreatedAt Description ID LastUsedAt Reclaimable Size Type UsageCount",
    "auto-update": "Container Image Policy Unit Updated",
    "compat": "Docker Habit Here Meaning Podman",
    "artifact inspect": "Digest Manifest Name",
    "volume inspect": "CreatedAt Driver Labels Mountpoint Name Options Scope",
    "network inspect": "Created DNSEnabled Driver ID IPv6Enabled Internal Labels Name Options Subnets",
    "secret inspect": "CreatedAt ID Spec UpdatedAt",
}
"""By command, docker's names and podman's: every one answers."""
