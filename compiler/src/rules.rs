//! The rules: one file each, named after the rule.
//!
//! A rule's documentation is its page: what it checks, why, the source of its numbers, a spec that it refuses and one
//! that it accepts. `loadline explain` and `docs/rules/` are made from it, and a test runs both specs.
//!
//! Adding a rule is adding a file, and its line in [`ALL`].

mod declare;
mod judge;
pub mod memory;
pub mod migrations;
pub mod operations;
mod page;
pub mod pools;
pub mod rollout;
pub mod shutdown;
pub mod syntax;

use crate::budget::connections::Clients;
use crate::diagnostic::{Diagnostic, Severity};
use crate::migrations::{Verdict, World, explore};
use crate::model::Model;
use crate::values::Date;

pub(crate) use declare::rule;
pub use judge::{Judged, judge, merge_environments};
pub use page::{Example, ExampleKind};

/// A rule of the catalogue.
#[derive(Debug)]
pub struct Rule {
    /// Its number; the hundreds are the family.
    pub code: u16,
    /// Its name, which reads well after the word "allow".
    pub name: &'static str,
    /// How bad a finding is, unless policy says otherwise.
    pub severity: Severity,
    /// Its page, one element a line.
    pub doc: &'static [&'static str],
    /// What looks at the model; `None` for rules that the reading of the spec itself raises.
    pub check: Option<fn(&Context<'_>, &mut Vec<Diagnostic>)>,
}

/// What a rule may look at.
#[derive(Clone, Copy, Debug)]
pub struct Context<'c> {
    /// The model.
    pub model: &'c Model,
    /// Who opens connections to what.
    pub clients: &'c Clients<'c>,
    /// The changes of the schema as one world.
    pub world: &'c World<'c>,
    /// What exploring them found.
    pub explored: &'c Verdict,
    /// The day that rules about dates take as today.
    pub today: Date,
}

/// Every rule, in the order of the catalogue: of rules that overlap, the first one reports.
pub const ALL: &[&Rule] = &[
    &syntax::syntax_error::RULE,
    &syntax::unknown_block::RULE,
    &syntax::unknown_setting::RULE,
    &syntax::duplicate_name::RULE,
    &syntax::duplicate_setting::RULE,
    &syntax::unknown_reference::RULE,
    &syntax::wrong_unit::RULE,
    &syntax::value_out_of_range::RULE,
    &syntax::import_cycle::RULE,
    &syntax::template_cycle::RULE,
    &syntax::path_outside_project::RULE,
    &syntax::allow_without_reason::RULE,
    &syntax::missing_setting::RULE,
    &syntax::missing_first_revision::RULE,
    &syntax::unused_allow::RULE,
    &syntax::unused_template::RULE,
    &syntax::unused_let::RULE,
    &pools::pool_overcommit::RULE,
    &pools::pool_near_limit::RULE,
    &pools::pool_not_declared::RULE,
    &pools::reserve_missing::RULE,
    &pools::autoscale_outgrows_pool::RULE,
    &pools::cache_clients_overcommit::RULE,
    &memory::memory_overcommit::RULE,
    &memory::memory_headroom::RULE,
    &memory::heap_not_capped::RULE,
    &memory::memory_limit_missing::RULE,
    &memory::processes_exceed_cores::RULE,
    &memory::host_overcommit::RULE,
    &migrations::contract_before_last_use::RULE,
    &migrations::read_before_complete::RULE,
    &migrations::write_skew::RULE,
    &migrations::column_not_there::RULE,
    &migrations::destructive_with_deploy::RULE,
    &migrations::rollback_target_lost::RULE,
    &migrations::migrate_on_start::RULE,
    &migrations::not_null_without_default::RULE,
    &migrations::sql_not_understood::RULE,
    &migrations::step_cycle::RULE,
    &migrations::version_not_in_change::RULE,
    &shutdown::grace_shorter_than_drain::RULE,
    &shutdown::drain_shorter_than_longest_request::RULE,
    &shutdown::shell_or_package_manager_entrypoint::RULE,
    &rollout::no_progress_possible::RULE,
    &operations::secret_literal::RULE,
    &operations::runtime_end_of_life::RULE,
    &operations::image_not_pinned::RULE,
    &operations::config_missing_in_environment::RULE,
    &operations::config_wrong_type::RULE,
    &operations::not_expressible::RULE,
    &operations::target_unavailable::RULE,
    &operations::value_not_writable::RULE,
    &operations::variable_set_twice::RULE,
    &operations::not_checked::RULE,
];

/// The families, by the hundreds of their codes.
pub const FAMILIES: &[(u16, &str, &str)] = &[
    (0, "syntax", "Syntax, names, units"),
    (1, "graph", "The service graph"),
    (2, "pools", "Connections"),
    (3, "memory", "Memory and processor"),
    (4, "migrations", "Migrations"),
    (5, "health", "Probes"),
    (6, "shutdown", "Shutdown"),
    (7, "rollout", "Rollouts"),
    (8, "state", "State and traffic"),
    (9, "operations", "Security, runtime, operations"),
];

impl Rule {
    /// `LL201`
    #[must_use]
    pub fn code_text(&self) -> String {
        format!("LL{:03}", self.code)
    }

    /// The rule with a name or code: `pool-overcommit`, `LL201`, `ll201`.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        ALL.iter()
            .copied()
            .find(|rule| rule.name == name || rule.code_text().eq_ignore_ascii_case(name))
    }

    /// The short name of its family.
    #[must_use]
    pub fn family(&self) -> &'static str {
        FAMILIES
            .iter()
            .find(|(hundreds, _, _)| *hundreds == self.code / 100)
            .map_or("", |(_, short, _)| short)
    }
}

/// Runs every rule on a model. The findings are raw: [`judge`] applies policies and `allow`.
#[must_use]
pub fn check(model: &Model, today: Date) -> Vec<Diagnostic> {
    let clients = Clients::of(model);
    let world = World::of(model);
    let explored = explore(&world);
    let context = Context {
        model,
        clients: &clients,
        world: &world,
        explored: &explored,
        today,
    };
    let mut found = Vec::new();
    for check in ALL.iter().filter_map(|rule| rule.check) {
        check(&context, &mut found);
    }
    found
}
