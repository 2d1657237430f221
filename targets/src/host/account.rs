//! The accounts that processes run under.

use loadline_compiler::model::{Model, Workload};

use crate::artifact::digest;

/// Longest name of an account. Source: `UT_NAMESIZE` of utmp(5) is 32 with its NUL; systemd takes no longer ones.
const NAME_LENGTH_MAX: usize = 31;

/// A system account without a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) name: String,
    /// Numeric user, when it is given.
    pub(crate) user: Option<u64>,
    /// Numeric group, when it is given.
    pub(crate) group: Option<u64>,
    /// Its home directory.
    pub(crate) home: String,
}

impl Account {
    /// `PROJECT-SERVICE`. With the project in front, since `mail`, `redis` and `backup` are good names of services and
    /// accounts that machines have already.
    pub(crate) fn of(model: &Model, workload: &Workload) -> Self {
        let security = &workload.security;
        let user = security.user.as_ref().map(|user| user.value);
        Self {
            name: match user {
                Some(0) => "root".to_owned(),
                _ => shortened(&format!("{}-{}", model.project.name(), workload.name.value)),
            },
            user,
            group: security.group.as_ref().map(|group| group.value),
            home: super::service_directory(workload),
        }
    }

    /// For something that several workloads share.
    pub(crate) fn shared(name: &str, home: String) -> Self {
        Self {
            name: shortened(name),
            user: None,
            group: None,
            home,
        }
    }

    /// Whether every machine has it.
    pub(crate) fn is_root(&self) -> bool {
        self.user == Some(0)
    }
}

/// Names that are too long keep their beginning, and a digest keeps them apart.
fn shortened(name: &str) -> String {
    if name.len() <= NAME_LENGTH_MAX {
        return name.to_owned();
    }
    let digest = digest(name);
    let (kept, mark) = (name.get(..22), digest.get(..8));
    format!("{}-{}", kept.unwrap_or_default(), mark.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_stay_different_and_short_enough() {
        let (one, two) = ("a".repeat(60), format!("{}b", "a".repeat(59)));
        assert_ne!(shortened(&one), shortened(&two));
        assert_eq!(shortened(&one).len(), NAME_LENGTH_MAX);
        assert_eq!(shortened("shop-api"), "shop-api");
    }
}
