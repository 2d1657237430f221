//! The accounts that processes run under.

use loadline_compiler::model::{Model, Workload};

use crate::names::within;

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
                _ => within(
                    format!("{}-{}", model.project.name(), workload.name.value),
                    NAME_LENGTH_MAX,
                )
                .into_owned(),
            },
            user,
            group: security.group.as_ref().map(|group| group.value),
            home: super::service_directory(workload),
        }
    }

    /// For something that several workloads share.
    pub(crate) fn shared(name: &str, home: String) -> Self {
        Self {
            name: within(name, NAME_LENGTH_MAX).into_owned(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_stay_different_and_short_enough() {
        let name = |name: &str| Account::shared(name, String::new()).name;
        let (one, two) = ("a".repeat(60), format!("{}b", "a".repeat(59)));
        assert_ne!(name(&one), name(&two));
        assert_eq!(name(&one).len(), NAME_LENGTH_MAX);
        assert_eq!(name("shop-api"), "shop-api");
    }
}
