//! ServiceAccounts without a token: a process that does not talk to the cluster needs none.

use serde::Serialize;

use super::metadata::Metadata;
use super::objects::Objects;
use super::subject::Subject;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceAccount<'m> {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata<'m>,
    automount_service_account_token: bool,
}

impl<'m> ServiceAccount<'m> {
    pub(crate) const fn new(metadata: Metadata<'m>) -> Self {
        Self {
            api_version: "v1",
            kind: "ServiceAccount",
            metadata,
            automount_service_account_token: false,
        }
    }
}

/// Unless the workload names an account that exists.
pub(crate) fn emit(subject: &Subject<'_>, objects: &mut Objects<'_, '_>) {
    let placement = subject.workload.placement.as_ref();
    if placement.is_some_and(|placement| placement.account.is_some()) {
        return;
    }
    let object = ServiceAccount::new(subject.metadata(subject.name));
    objects.add("ServiceAccount", subject.name, &object);
}
