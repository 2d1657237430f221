"""The Pod Security Standards, profile `restricted`, control by control.

Source: policy/check_*.go of kubernetes/pod-security-admission, the code that judges pods in a cluster; each control has
the name that it has there. `restricted` contains `baseline`. What a later version admits besides is not used.
"""

CAPABILITIES_BASELINE = {
    *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"),
    *("SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
}
SELINUX_TYPES = {"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}
# Of the oldest version that is judged.
SYSCTLS = {
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_syncookies",
}
VOLUMES = {
    *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected"),
    "secret",
}
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def findings(metadata, spec):
    """What the profile has against a pod: the control and what breaks it."""
    containers = [
        container
        for kind in ("initContainers", "containers", "ephemeralContainers")
        for container in spec.get(kind, [])
    ]
    for control in (*OF_PODS, *ON_METADATA):
        arguments = (metadata, spec) if control in ON_METADATA else (spec,)
        for what in control(*arguments):
            yield f"pod security restricted: {control.__name__}: {what}"
    for control in OF_CONTAINERS:
        for container in containers:
            for what in control(container, spec):
                yield f"pod security restricted: {control.__name__}: {container['name']}: {what}"


def context(holder):
    return holder.get("securityContext") or {}


def appArmorProfile(metadata, spec):
    for key, value in metadata.get("annotations", {}).items():
        if key.startswith("container.apparmor.security.beta.kubernetes.io/"):
            if value not in ("", "runtime/default") and not value.startswith("localhost/"):
                yield value
    for holder in (spec, *spec.get("initContainers", []), *spec["containers"]):
        kind = context(holder).get("appArmorProfile", {}).get("type", "RuntimeDefault")
        if kind not in ("RuntimeDefault", "Localhost"):
            yield kind


def hostNamespaces(spec):
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(field):
            yield field


def hostPathVolumes(spec):
    for volume in spec.get("volumes", []):
        if "hostPath" in volume:
            yield volume["name"]


def restrictedVolumes(spec):
    for volume in spec.get("volumes", []):
        for kind in set(volume) - {"name"} - VOLUMES:
            yield f"{volume['name']} is a {kind}"


def sysctls(spec):
    for sysctl in context(spec).get("sysctls", []):
        if sysctl["name"] not in SYSCTLS:
            yield sysctl["name"]


def windowsHostProcess(spec):
    for holder in (spec, *spec.get("initContainers", []), *spec["containers"]):
        if context(holder).get("windowsOptions", {}).get("hostProcess"):
            yield "hostProcess"


def capabilities_baseline(container, spec):
    for name in context(container).get("capabilities", {}).get("add", []):
        if name not in CAPABILITIES_BASELINE:
            yield name


def capabilities_restricted(container, spec):
    capabilities = context(container).get("capabilities", {})
    if "ALL" not in capabilities.get("drop", []):
        yield "does not drop ALL"
    for name in capabilities.get("add", []):
        if name != "NET_BIND_SERVICE":
            yield f"adds {name}"


def hostPorts(container, spec):
    for port in container.get("ports", []):
        if port.get("hostPort"):
            yield port["hostPort"]


def hostProbesAndHostLifecycle(container, spec):
    handlers = [container.get(probe, {}) for probe in PROBES]
    handlers += [handler for handler in container.get("lifecycle", {}).values() if isinstance(handler, dict)]
    for handler in handlers:
        for kind in ("httpGet", "tcpSocket"):
            if handler.get(kind, {}).get("host"):
                yield f"asks {handler[kind]['host']}"


def privileged(container, spec):
    if context(container).get("privileged"):
        yield "privileged"


def procMount(container, spec):
    if context(container).get("procMount", "Default") != "Default":
        yield context(container)["procMount"]


def seLinuxOptions(container, spec):
    for holder in (container, spec):
        options = context(holder).get("seLinuxOptions", {})
        if options.get("type", "") not in SELINUX_TYPES or options.get("user") or options.get("role"):
            yield options


def seccompProfile_restricted(container, spec):
    for holder in (container, spec):
        kind = context(holder).get("seccompProfile", {}).get("type")
        if kind is not None:
            if kind not in ("RuntimeDefault", "Localhost"):
                yield kind
            return
    yield "is not set"


def allowPrivilegeEscalation(container, spec):
    if context(container).get("allowPrivilegeEscalation") is not False:
        yield "is not false"


def runAsNonRoot(container, spec):
    own = context(container).get("runAsNonRoot")
    if own is False or own is None and context(spec).get("runAsNonRoot") is not True:
        yield "is not true"


def runAsUser(container, spec):
    for holder in (container, spec):
        if context(holder).get("runAsUser") == 0:
            yield "is 0"


ON_METADATA = (appArmorProfile,)
OF_PODS = (hostNamespaces, hostPathVolumes, restrictedVolumes, sysctls, windowsHostProcess)
OF_CONTAINERS = (
    capabilities_baseline,
    capabilities_restricted,
    hostPorts,
    hostProbesAndHostLifecycle,
    privileged,
    procMount,
    seLinuxOptions,
    seccompProfile_restricted,
    allowPrivilegeEscalation,
    runAsNonRoot,
    runAsUser,
)
CONTROLS = [control.__name__ for control in (*ON_METADATA, *OF_PODS, *OF_CONTAINERS)]
