//! What a pod and its containers may do: pod security `restricted`, by construction.

use loadline_compiler::model::Workload;
use serde::Serialize;

use crate::output::Output;

/// User and group when nothing says otherwise: above 10,000, so that they are unlikely to exist on the node.
/// Source: kube-score, container-security-context-user-group-id.
const ID_DEFAULT: u64 = 10_001;

/// Source: `IsValidUserID` of apimachinery's validation.
const ID_MAX: u64 = 2_147_483_647;

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PodSecurity {
    run_as_non_root: bool,
    run_as_user: u64,
    run_as_group: u64,
    /// Volumes belong to the group: the process is not root, and could not write them otherwise.
    fs_group: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    fs_group_change_policy: Option<&'static str>,
    seccomp_profile: SeccompProfile,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SeccompProfile {
    r#type: &'static str,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ContainerSecurity {
    allow_privilege_escalation: bool,
    read_only_root_filesystem: bool,
    capabilities: Capabilities,
}

#[derive(Clone, Debug, Serialize)]
struct Capabilities {
    drop: [&'static str; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    add: Vec<String>,
}

/// Of the pods of a workload.
pub(crate) fn pod(workload: &Workload) -> PodSecurity {
    let security = &workload.security;
    let user = security.user.as_ref().map_or(ID_DEFAULT, |user| user.value);
    let group = security.group.as_ref().map_or(ID_DEFAULT, |group| group.value);
    PodSecurity {
        run_as_non_root: user != 0,
        run_as_user: user,
        run_as_group: group,
        fs_group: group,
        // Walking through a large volume at every start takes long.
        fs_group_change_policy: workload.is_stateful().then_some("OnRootMismatch"),
        seccomp_profile: SeccompProfile {
            r#type: "RuntimeDefault",
        },
    }
}

/// Of a pod that belongs to no workload.
pub(crate) const fn unprivileged() -> PodSecurity {
    PodSecurity {
        run_as_non_root: true,
        run_as_user: ID_DEFAULT,
        run_as_group: ID_DEFAULT,
        fs_group: ID_DEFAULT,
        fs_group_change_policy: None,
        seccomp_profile: SeccompProfile {
            r#type: "RuntimeDefault",
        },
    }
}

/// Of a container that needs nothing.
pub(crate) fn locked_down() -> ContainerSecurity {
    ContainerSecurity {
        allow_privilege_escalation: false,
        read_only_root_filesystem: true,
        capabilities: Capabilities {
            drop: ["ALL"],
            add: Vec::new(),
        },
    }
}

/// Of a workload's main container.
pub(crate) fn main(workload: &Workload) -> ContainerSecurity {
    let mut security = locked_down();
    for name in capabilities(workload) {
        security.capabilities.add.push(name);
    }
    security
}

/// Without the prefix `CAP_`, which Kubernetes does not write.
fn capabilities(workload: &Workload) -> impl Iterator<Item = String> {
    let names = workload.security.capabilities.iter();
    names
        .flat_map(|names| &names.value)
        .map(|name| name.trim_start_matches("CAP_").to_owned())
}

/// Says what `restricted` does not admit, and refuses what no server takes.
pub(crate) fn check(workload: &Workload, out: &mut Output) {
    for id in [&workload.security.user, &workload.security.group]
        .into_iter()
        .flatten()
    {
        if ID_MAX < id.value {
            let message = format!("{} cannot be the number of a user or group", id.value);
            out.refuse(id.span, message, format!("{ID_MAX} is the highest"));
        }
    }
    let consequence = "written as asked; a namespace that enforces `restricted` rejects the pods";
    if let Some(user) = workload.security.user.as_ref().filter(|user| user.value == 0) {
        let message = "pod security `restricted` does not admit the user 0";
        out.not_expressible(user.span, message, consequence);
    }
    let Some(names) = &workload.security.capabilities else {
        return;
    };
    for name in capabilities(workload) {
        let known = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        if name.is_empty() || !known {
            let message = "a capability is written in capitals, as in `NET_BIND_SERVICE`";
            out.refuse(names.span, message, "not a capability");
        } else if name != "NET_BIND_SERVICE" {
            let message = format!("pod security `restricted` does not admit `{name}`");
            out.not_expressible(names.span, message, consequence);
        }
    }
}
