//! Every block of the top level with its form: the table of tables.

use super::Form;
use crate::lower::Lower;
use crate::model::{
    ChangeSettings, ClusterSettings, ConfigSetSettings, GatewaySettings, HostSettings, Policy, Project, Scenario,
    Settings, SiteSettings, StoreSettings,
};

/// A block of the top level.
#[derive(Clone, Copy, Debug)]
pub struct TopLevel {
    /// The keyword.
    pub keyword: &'static str,
    /// What it is for, in one sentence.
    pub about: &'static str,
    /// Its settings.
    pub form: &'static Form,
}

/// In the order of the reference.
pub const TOP_LEVEL: &[TopLevel] = &[
    TopLevel {
        keyword: "project",
        about: "The system as a whole: who owns it, where its images are, what is written for it.",
        form: &<Project as Lower>::FORM,
    },
    TopLevel {
        keyword: "service",
        about: "A program that serves requests.",
        form: &<Settings as Lower>::FORM,
    },
    TopLevel {
        keyword: "worker",
        about: "A program that consumes a queue.",
        form: &<Settings as Lower>::FORM,
    },
    TopLevel {
        keyword: "job",
        about: "A program that runs to its end, once or by schedule.",
        form: &<Settings as Lower>::FORM,
    },
    TopLevel {
        keyword: "site",
        about: "A static frontend.",
        form: &<SiteSettings as Lower>::FORM,
    },
    TopLevel {
        keyword: "gateway",
        about: "An entry point: domains, TLS, routes.",
        form: &<GatewaySettings as Lower>::FORM,
    },
    TopLevel {
        keyword: "config_set",
        about: "Configuration that several workloads share.",
        form: &<ConfigSetSettings as Lower>::FORM,
    },
    TopLevel {
        keyword: "database",
        about: "A database.",
        form: &<StoreSettings as Lower>::FORM,
    },
    TopLevel {
        keyword: "cache",
        about: "A cache.",
        form: &<StoreSettings as Lower>::FORM,
    },
    TopLevel {
        keyword: "queue",
        about: "A message queue.",
        form: &<StoreSettings as Lower>::FORM,
    },
    TopLevel {
        keyword: "external",
        about: "A service of somebody else.",
        form: &<StoreSettings as Lower>::FORM,
    },
    TopLevel {
        keyword: "host",
        about: "Machines on which processes run without containers.",
        form: &<HostSettings as Lower>::FORM,
    },
    TopLevel {
        keyword: "cluster",
        about: "A Kubernetes cluster.",
        form: &<ClusterSettings as Lower>::FORM,
    },
    TopLevel {
        keyword: "change",
        about: "A change of a schema, step by step.",
        form: &<ChangeSettings as Lower>::FORM,
    },
    TopLevel {
        keyword: "scenario",
        about: "A what-if, and a test of it.",
        form: &<Scenario as Lower>::FORM,
    },
    TopLevel {
        keyword: "policy",
        about: "What a team demands beyond the defaults.",
        form: &<Policy as Lower>::FORM,
    },
];

/// The form of a keyword.
#[must_use]
pub fn form(keyword: &str) -> Option<&'static Form> {
    TOP_LEVEL
        .iter()
        .find(|block| block.keyword == keyword)
        .map(|block| block.form)
}
