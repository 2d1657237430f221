//! What the environments of a project have in common, or should have.

use std::collections::BTreeMap;

use loadline_grammar::Span;

use crate::lower::Version;

/// One environment, as far as the others are compared with it.
#[derive(Clone, Debug)]
pub struct Sibling {
    /// Its name; `None` is the base.
    pub environment: Option<String>,
    /// Whether users depend on it.
    pub is_production: bool,
    /// Whether people only try things out there: on a laptop, in a pipeline.
    pub is_laptop: bool,
    /// Its services, workers and jobs.
    pub workloads: Vec<SiblingWorkload>,
}

/// A workload of an environment.
#[derive(Clone, Debug)]
pub struct SiblingWorkload {
    /// Its name.
    pub name: String,
    /// What it deploys, if that is said.
    pub version: Option<Version>,
    /// What the bytes that run are made of, and where that is written.
    pub artifact: Option<(String, Span)>,
    /// Variables that are set and not declared with `config`, and where.
    pub variables: BTreeMap<String, Span>,
}

impl Sibling {
    /// Its name as users know it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.environment.as_deref().unwrap_or("the base")
    }

    /// The workload with a name.
    #[must_use]
    pub fn workload(&self, name: &str) -> Option<&SiblingWorkload> {
        self.workloads.iter().find(|workload| workload.name == name)
    }

    /// Those that are deployed somewhere: no laptops, and the base only where it is production, or no other is.
    #[must_use]
    pub fn deployed(all: &[Self]) -> Vec<&Self> {
        let named = |sibling: &&Self| sibling.environment.is_some() && sibling.is_production;
        let production = all.iter().any(|sibling| named(&sibling));
        let base_counts = |sibling: &Self| sibling.is_production || !production;
        let counts = |sibling: &&Self| !sibling.is_laptop && (sibling.environment.is_some() || base_counts(sibling));
        all.iter().filter(counts).collect()
    }
}
