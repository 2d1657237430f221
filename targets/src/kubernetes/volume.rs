//! Volumes of a pod, and what a container sees of them.

use std::borrow::Cow;

use serde::Serialize;

use super::secret_ref::SecretKey;

/// Read by the owner and the group of the pod. Written in decimal: YAML 1.1 and 1.2 read octal numbers differently.
const READ_ONLY: u32 = 0o440;

/// Least lifetime of a token. Source: authentication/v1 TokenRequest.
const TOKEN_SECONDS: u64 = 600;

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Volume<'m> {
    pub(crate) name: Cow<'m, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    empty_dir: Option<EmptyDir>,
    #[serde(skip_serializing_if = "Option::is_none")]
    config_map: Option<ConfigMapVolume<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<SecretVolume<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    projected: Option<Projected<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    persistent_volume_claim: Option<ClaimVolume<'m>>,
    #[serde(rename = "downwardAPI", skip_serializing_if = "Option::is_none")]
    downward_api: Option<Downward<'m>>,
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct EmptyDir {
    #[serde(skip_serializing_if = "Option::is_none")]
    medium: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_limit: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct ConfigMapVolume<'m> {
    name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    items: Vec<KeyPath<'m>>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ClaimVolume<'m> {
    claim_name: &'m str,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SecretVolume<'m> {
    secret_name: &'m str,
    default_mode: u32,
    items: Vec<KeyPath<'m>>,
}

#[derive(Clone, Debug, Serialize)]
struct KeyPath<'m> {
    key: &'m str,
    path: &'m str,
}

/// Several sources in one directory.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Projected<'m> {
    default_mode: u32,
    sources: Vec<Source<'m>>,
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Source<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    service_account_token: Option<Token>,
    #[serde(skip_serializing_if = "Option::is_none")]
    config_map: Option<ConfigMapSource<'m>>,
    #[serde(rename = "downwardAPI", skip_serializing_if = "Option::is_none")]
    downward_api: Option<Downward<'m>>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Token {
    expiration_seconds: u64,
    path: &'static str,
}

#[derive(Clone, Debug, Serialize)]
struct ConfigMapSource<'m> {
    name: &'static str,
    items: Vec<KeyPath<'m>>,
}

#[derive(Clone, Debug, Serialize)]
struct Downward<'m> {
    items: Vec<DownwardItem<'m>>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DownwardItem<'m> {
    path: &'m str,
    field_ref: FieldRef,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FieldRef {
    field_path: &'static str,
}

/// Where a container sees a volume.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Mount<'m> {
    pub(crate) name: Cow<'m, str>,
    pub(crate) mount_path: Cow<'m, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sub_path: Option<Cow<'m, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) read_only: Option<bool>,
}

impl<'m> Volume<'m> {
    /// An empty directory that is gone with the pod.
    pub(crate) fn empty(
        name: impl Into<Cow<'m, str>>,
        medium: Option<&'static str>,
        size_limit: Option<String>,
    ) -> Self {
        Self {
            name: name.into(),
            empty_dir: Some(EmptyDir { medium, size_limit }),
            ..Self::default()
        }
    }

    /// The files of a ConfigMap.
    pub(crate) fn config_map(name: impl Into<Cow<'m, str>>, config_map: String) -> Self {
        Self {
            name: name.into(),
            config_map: Some(ConfigMapVolume {
                name: config_map,
                items: Vec::new(),
            }),
            ..Self::default()
        }
    }

    /// Keys of a ConfigMap as files at paths of their own.
    pub(crate) fn config_map_at(
        name: impl Into<Cow<'m, str>>,
        config_map: String,
        items: impl Iterator<Item = (&'m str, &'m str)>,
    ) -> Self {
        let items = items.map(|(key, path)| KeyPath { key, path });
        Self {
            name: name.into(),
            config_map: Some(ConfigMapVolume {
                name: config_map,
                items: items.collect(),
            }),
            ..Self::default()
        }
    }

    /// Storage that exists.
    pub(crate) fn claim(name: impl Into<Cow<'m, str>>, claim: &'m str) -> Self {
        Self {
            name: name.into(),
            persistent_volume_claim: Some(ClaimVolume { claim_name: claim }),
            ..Self::default()
        }
    }

    /// One key of a Secret as a file.
    pub(crate) fn secret(name: impl Into<Cow<'m, str>>, secret: &SecretKey<'m>, path: &'m str) -> Self {
        Self {
            name: name.into(),
            secret: Some(SecretVolume {
                secret_name: secret.name,
                default_mode: READ_ONLY,
                items: vec![KeyPath { key: secret.key, path }],
            }),
            ..Self::default()
        }
    }

    /// A field of the pod itself as a file.
    pub(crate) fn field(name: impl Into<Cow<'m, str>>, path: &'m str, field_path: &'static str) -> Self {
        Self {
            name: name.into(),
            downward_api: Some(downward(path, field_path)),
            ..Self::default()
        }
    }

    /// What the account controller would mount into every container, for those that ask.
    pub(crate) fn api_access(name: impl Into<Cow<'m, str>>) -> Self {
        let token = Source {
            service_account_token: Some(Token {
                expiration_seconds: TOKEN_SECONDS,
                path: "token",
            }),
            ..Source::default()
        };
        let authority = Source {
            config_map: Some(ConfigMapSource {
                name: "kube-root-ca.crt",
                items: vec![KeyPath {
                    key: "ca.crt",
                    path: "ca.crt",
                }],
            }),
            ..Source::default()
        };
        let namespace = Source {
            downward_api: Some(downward("namespace", "metadata.namespace")),
            ..Source::default()
        };
        Self {
            name: name.into(),
            projected: Some(Projected {
                default_mode: READ_ONLY,
                sources: vec![token, authority, namespace],
            }),
            ..Self::default()
        }
    }
}

fn downward<'m>(path: &'m str, field_path: &'static str) -> Downward<'m> {
    Downward {
        items: vec![DownwardItem {
            path,
            field_ref: FieldRef { field_path },
        }],
    }
}
