//! The rules: one file each, named after the rule.
//!
//! A rule's documentation is its page: what it checks, why, the source of its numbers, a spec that it refuses and one
//! that it accepts. `loadline explain` and `docs/rules/` are made from it, and a test runs both specs.
//!
//! Adding a rule is adding a file, and its line in [`ALL`].

mod declare;
pub mod graph;
pub mod health;
mod judge;
pub mod memory;
pub mod migrations;
pub mod operations;
mod page;
pub mod pools;
pub mod rollout;
pub mod scenarios;
pub mod shutdown;
pub mod state;
pub mod syntax;

use loadline_grammar::Span;

use crate::budget::connections::{Clients, Transition};
use crate::diagnostic::{Diagnostic, Severity};
use crate::migrations::{Verdict, World, explore};
use crate::model::{Model, Requirement, Sibling, SqlFile};
use crate::sql::{Script, Server, Wrap};
use crate::values::Date;

pub(crate) use declare::rule;
pub use judge::{Judged, judge, judge_files, merge_environments};
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
    /// The environments of the project; none when it has only its base.
    pub siblings: &'c [Sibling],
    /// Who opens connections to what.
    pub clients: &'c Clients<'c>,
    /// The changes of the schema as one world.
    pub world: &'c World<'c>,
    /// What exploring them found.
    pub explored: &'c Verdict,
    /// The SQL files, each run in the head.
    pub scripts: &'c [Script<'c>],
    /// The revision of the spec that runs, when this one is judged as what replaces it.
    pub running: Option<Running<'c>>,
    /// The day that rules about dates take as today.
    pub today: Date,
}

impl Context<'_> {
    /// How bad it is that something is missing which operations need: a note, and a warning in production, so that a
    /// newcomer's first small spec is not shouted at.
    pub(crate) fn missing(&self) -> Severity {
        if self.model.is_production() {
            Severity::Warning
        } else {
            Severity::Note
        }
    }

    /// Whether the spec is somebody's first: its project names neither an owner nor a runbook, and it is no production.
    /// What operations need is not asked for then.
    pub(crate) fn is_sketch(&self) -> bool {
        let project = &self.model.project;
        project.owner.is_none() && project.runbook.is_none() && !self.model.is_production()
    }

    /// Where something about the project as a whole is said: at its block, else where production is required, else at the
    /// first workload.
    pub(crate) fn project_span(&self) -> Span {
        let project = self.model.project.span;
        let required = self.model.required(Requirement::Production).map(|require| require.span);
        let first = self.model.workloads.first().map(|workload| workload.span);
        if project.is_empty() {
            required.or(first).unwrap_or_default()
        } else {
            project
        }
    }
}

/// The revision of the spec that runs.
#[derive(Clone, Copy, Debug)]
pub struct Running<'c> {
    /// Its model.
    pub model: &'c Model,
    /// Who holds which connections while it is replaced.
    pub transition: &'c Transition<'c>,
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
    &graph::dependency_cycle::RULE,
    &graph::orphan_datastore::RULE,
    &graph::retry_amplification::RULE,
    &graph::timeout_inversion::RULE,
    &graph::missing_timeout::RULE,
    &graph::retry_without_budget::RULE,
    &graph::retry_not_idempotent::RULE,
    &graph::no_breaker_on_external::RULE,
    &graph::quota_exceeded::RULE,
    &graph::single_point_of_failure::RULE,
    &pools::pool_overcommit::RULE,
    &pools::pool_near_limit::RULE,
    &pools::pool_unbounded::RULE,
    &pools::pool_not_declared::RULE,
    &pools::pool_below_load::RULE,
    &pools::acquire_timeout_exceeds_request::RULE,
    &pools::acquire_waits_forever::RULE,
    &pools::pooler_mode_conflict::RULE,
    &pools::reserve_missing::RULE,
    &pools::autoscale_outgrows_pool::RULE,
    &pools::cache_clients_overcommit::RULE,
    &pools::reconnect_storm::RULE,
    &memory::memory_overcommit::RULE,
    &memory::memory_headroom::RULE,
    &memory::heap_not_capped::RULE,
    &memory::memory_limit_missing::RULE,
    &memory::cpu_request_missing::RULE,
    &memory::limit_below_request::RULE,
    &memory::processes_exceed_cores::RULE,
    &memory::restart_threshold_misplaced::RULE,
    &memory::host_overcommit::RULE,
    &memory::surge_unplaceable::RULE,
    &memory::threadpool_exceeds_cores::RULE,
    &memory::flag_after_script::RULE,
    &migrations::contract_before_last_use::RULE,
    &migrations::read_before_complete::RULE,
    &migrations::write_skew::RULE,
    &migrations::column_not_there::RULE,
    &migrations::destructive_with_deploy::RULE,
    &migrations::rollback_target_lost::RULE,
    &migrations::statement_not_expand::RULE,
    &migrations::blocking_statement::RULE,
    &migrations::no_lock_timeout::RULE,
    &migrations::index_not_concurrent::RULE,
    &migrations::concurrent_in_transaction::RULE,
    &migrations::concurrent_if_not_exists::RULE,
    &migrations::backfill_unbatched::RULE,
    &migrations::migrate_on_start::RULE,
    &migrations::no_migration_timeout::RULE,
    &migrations::not_null_without_default::RULE,
    &migrations::rename_in_place::RULE,
    &migrations::type_narrowing::RULE,
    &migrations::sql_not_understood::RULE,
    &migrations::undecided::RULE,
    &migrations::step_cycle::RULE,
    &migrations::version_not_in_change::RULE,
    &health::readiness_missing::RULE,
    &health::liveness_missing::RULE,
    &health::liveness_checks_dependency::RULE,
    &health::liveness_equals_readiness::RULE,
    &health::startup_shorter_than_boot::RULE,
    &health::probe_timeout_exceeds_period::RULE,
    &health::probe_port_not_served::RULE,
    &health::readiness_slower_than_settle::RULE,
    &health::probe_timeout_below_latency::RULE,
    &health::readiness_cascade::RULE,
    &health::restart_limit_never_reached::RULE,
    &shutdown::grace_shorter_than_drain::RULE,
    &shutdown::zero_margin_shutdown::RULE,
    &shutdown::drain_shorter_than_longest_request::RULE,
    &shutdown::signal_not_handled::RULE,
    &shutdown::shell_or_package_manager_entrypoint::RULE,
    &shutdown::settle_missing::RULE,
    &shutdown::proxy_timeout_shorter_than_request::RULE,
    &shutdown::keepalive_shorter_than_proxy_idle::RULE,
    &shutdown::worker_drain_exceeds_visibility::RULE,
    &rollout::no_progress_possible::RULE,
    &rollout::total_outage_on_bad_deploy::RULE,
    &rollout::capacity_below_peak_during_rollout::RULE,
    &rollout::single_replica_gap::RULE,
    &rollout::canary_without_abort::RULE,
    &rollout::canary_too_small_to_see::RULE,
    &rollout::blue_green_doubles_demand::RULE,
    &rollout::deadline_too_short::RULE,
    &rollout::disruption_budget_blocks_drain::RULE,
    &rollout::artifact_differs_between_environments::RULE,
    &rollout::min_ready_zero_with_drain::RULE,
    &rollout::reload_not_gated::RULE,
    &rollout::selector_of_rollout_unsupported::RULE,
    &rollout::transition_overcommit::RULE,
    &rollout::removed_while_called::RULE,
    &rollout::port_changed_while_called::RULE,
    &rollout::not_changeable_in_place::RULE,
    &rollout::old_instances_stay::RULE,
    &rollout::deploy_left_out::RULE,
    &state::sessions_in_memory::RULE,
    &state::websocket_without_affinity_or_pubsub::RULE,
    &state::sticky_with_scale_in::RULE,
    &state::upload_exceeds_body_limit::RULE,
    &state::stream_buffered::RULE,
    &state::html_cached::RULE,
    &state::queue_without_dead_letter::RULE,
    &state::visibility_shorter_than_processing::RULE,
    &state::queue_unbounded::RULE,
    &state::worker_not_idempotent::RULE,
    &state::slo_unreachable::RULE,
    &operations::secret_literal::RULE,
    &operations::secret_in_build::RULE,
    &operations::root_user::RULE,
    &operations::writable_root::RULE,
    &operations::runtime_end_of_life::RULE,
    &operations::runtime_not_lts::RULE,
    &operations::production_env_missing::RULE,
    &operations::image_not_pinned::RULE,
    &operations::port_exposed::RULE,
    &operations::egress_open::RULE,
    &operations::tls_too_old::RULE,
    &operations::config_missing_in_environment::RULE,
    &operations::config_wrong_type::RULE,
    &operations::env_drift::RULE,
    &operations::logs_not_structured::RULE,
    &operations::redaction_missing::RULE,
    &operations::owner_missing::RULE,
    &operations::runbook_missing::RULE,
    &operations::alert_without_slo::RULE,
    &operations::backup_missing::RULE,
    &operations::not_expressible::RULE,
    &operations::value_not_writable::RULE,
    &operations::variable_set_twice::RULE,
    &operations::override_not_applied::RULE,
    &scenarios::metric_does_not_fit::RULE,
    &scenarios::event_cannot_happen::RULE,
    &scenarios::event_after_end::RULE,
    &scenarios::nothing_to_measure::RULE,
    &scenarios::scenario_expects_nothing::RULE,
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
    (10, "scenarios", "What-ifs"),
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

    /// Whether it judges the rollout that replaces a revision that runs: silent when none is given.
    #[must_use]
    pub const fn is_about_transition(&self) -> bool {
        721 <= self.code && self.code <= 729
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

/// Runs every rule on a model, beside the other environments of its project, and as what replaces the revision that runs.
/// The findings are raw: [`judge`] applies policies and `allow`.
#[must_use]
pub fn check(model: &Model, siblings: &[Sibling], running: Option<&Model>, today: Date) -> Vec<Diagnostic> {
    let transition = running.map(|running| Transition::new(running, model));
    let clients = Clients::of(model);
    let world = World::of(model);
    let explored = explore(&world);
    run(&Context {
        model,
        siblings,
        clients: &clients,
        world: &world,
        explored: &explored,
        scripts: &Script::of_model(model),
        running: running
            .zip(transition.as_ref())
            .map(|(model, transition)| Running { model, transition }),
        today,
    })
}

/// Runs every rule on a folder of migrations. `model` is that of an empty spec.
#[must_use]
pub fn check_migrations(model: &Model, files: &[SqlFile], server: Server, wrap: Wrap, today: Date) -> Vec<Diagnostic> {
    let world = World::of(model);
    run(&Context {
        model,
        siblings: &[],
        clients: &Clients::of(model),
        world: &world,
        explored: &explore(&world),
        scripts: &Script::of_folder(files, server, wrap),
        running: None,
        today,
    })
}

fn run(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for check in ALL.iter().filter_map(|rule| rule.check) {
        check(context, &mut found);
    }
    found
}
