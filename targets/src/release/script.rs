//! The script of one service or site.

use loadline_compiler::model::{Model, Platform, Site, Workload};
use loadline_grammar::Span;
use serde::Serialize;

use super::asked::Asked;
use super::migration::{Migration, Migrations};
use super::{FILE, pm2, systemd};
use crate::escape::shell as escape;
use crate::host::{OnHost, instances};
use crate::nginx;
use crate::output::Output;
use crate::template::Escaped;

/// How many releases stay of what says nothing of it: the default of `rollout reload` and of a site.
const KEPT: u64 = 5;

#[derive(Debug, Serialize)]
pub(super) struct Script {
    notes: Vec<Escaped>,
    name: Escaped,
    root: Escaped,
    lock: Escaped,
    keep: u64,
    /// Whether it is files and nothing that runs.
    site: bool,
    /// Of a site: directories whose files have names of their own in each release.
    assets: Option<Escaped>,
    /// Whether processes are to be replaced.
    managed: bool,
    /// Why not.
    unmanaged: Escaped,
    verify: Asked,
    /// Whether it must know if anybody listens on a port.
    listens: bool,
    candidate: Option<Candidate>,
    pm2: Option<pm2::Daemon>,
    systemd: Option<systemd::Units>,
    migrate: Option<Migration>,
    contract: Option<Migration>,
    /// Whether something runs from a release before it is the current one.
    uses_next: bool,
}

/// One process of the new release.
#[derive(Debug, Serialize)]
pub(super) struct Candidate {
    pub(super) port: u16,
    /// Under systemd.
    pub(super) unit: Option<Escaped>,
    /// Under PM2: where the app is, and where the candidate is.
    pub(super) from: Escaped,
    pub(super) to: Escaped,
    /// Under PM2: what it is told otherwise.
    pub(super) assignments: Vec<Escaped>,
}

/// Relative to a release, and never an option of `find`.
fn assets(site: &Site, out: &mut Output) -> Option<Escaped> {
    let first = site.assets.first()?;
    let below = |path: &str| format!("./{}", path.trim_matches('/'));
    let paths: Vec<String> = site.assets.iter().map(|assets| below(&assets.path)).collect();
    Some(out.escaped(first.path.span, escape::words(&paths)))
}

impl Script {
    /// `None` for a site that no host serves.
    pub(super) fn of_site(model: &Model, site: &Site, out: &mut Output) -> Option<Self> {
        let leads_there = |gateway: &&loadline_compiler::model::Gateway| {
            nginx::is_on_host(model, gateway) && gateway.route.iter().any(|route| route.target.id == site.id)
        };
        if model.hosts.is_empty() && !model.gateways.iter().any(|gateway| leads_there(&gateway)) {
            return None;
        }
        let span = site.root.as_ref().map_or(site.name.span, |root| root.span);
        let root = site.root().trim_end_matches('/').to_owned();
        let about = format!("Releases of site {}.", site.name.value);
        let empty = Self::of(model, &site.name.value, &root, about, span, out);
        Some(Self {
            keep: site.releases.value.max(1),
            site: true,
            assets: assets(site, out),
            unmanaged: escape::remark("nginx follows the link with the next request."),
            ..empty
        })
    }

    /// `None` when PM2 cannot be told of it, which its own target says.
    pub(super) fn of_workload(
        model: &Model,
        on_host: &OnHost<'_>,
        workload: &Workload,
        root: &str,
        out: &mut Output,
    ) -> Option<Self> {
        let span = workload.working_dir.as_ref().map_or(workload.name.span, |dir| dir.span);
        let name = &workload.name.value;
        let about = format!("Releases of {name} on host {}.", on_host.host.name.value);
        let empty = Self::of(model, name, root, about, span, out);
        let rollout = workload.rollout.as_ref();
        let script = Self {
            keep: rollout.map_or(KEPT, |rollout| rollout.releases.value).max(1),
            unmanaged: escape::remark("The schedule starts it, from `current`."),
            ..empty
        };
        if workload.is_job() {
            return Some(script);
        }
        if 1 < on_host.host.count.value && workload.migrate.is_some() {
            out.remark(
                workload.migrate.as_ref().map_or(span, |migrate| migrate.span),
                format!("release.sh migrates on each of {} machines", on_host.host.count.value),
                "what was migrated already must be left alone",
            );
        }
        let Migrations { expand, contract } = Migrations::of(model, workload, out);
        let (pm2, systemd, candidate, verify) = match model.platform(workload) {
            Platform::Pm2(_) => (
                Some(pm2::Daemon::of(model, on_host, workload, out)),
                None,
                pm2::candidate(model, workload, out),
                Asked::of(workload, pm2::ports, out),
            ),
            _ => (
                None,
                Some(systemd::Units::of(workload, out)),
                systemd::candidate(model, on_host, workload, out),
                Asked::of(workload, |listen| systemd::ports(workload, listen), out),
            ),
        };
        (0 < instances(workload)).then_some(Self {
            managed: true,
            listens: candidate.is_some() || verify.is_a_connection(),
            verify,
            uses_next: candidate.is_some() || expand.is_some(),
            candidate,
            pm2,
            systemd,
            migrate: expand,
            contract,
            ..script
        })
    }

    /// What all have in common.
    fn of(model: &Model, name: &str, root: &str, about: String, span: Span, out: &mut Output) -> Self {
        let lock = format!("/run/lock/{}-release.lock", model.project.name());
        let notes = [about, format!("Install as {root}/{FILE}.")];
        Self {
            notes: notes.iter().map(|note| escape::remark(note)).collect(),
            name: out.escaped(span, escape::word(name)),
            root: out.escaped(span, escape::word(root)),
            lock: out.escaped(span, escape::word(&lock)),
            keep: KEPT,
            site: false,
            assets: None,
            managed: false,
            unmanaged: Escaped::default(),
            verify: Asked::default(),
            listens: false,
            candidate: None,
            pm2: None,
            systemd: None,
            migrate: None,
            contract: None,
            uses_next: false,
        }
    }
}
