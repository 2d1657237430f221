//! Steps of schema changes: a rollout, or an SQL file, which breaks every revision that touches what it takes away.

use loadline_compiler::model::{Change, MigrateEvent, Revision, SqlStep, Step};
use loadline_compiler::sql::EffectKind;
use loadline_compiler::values::Column;

use super::Reading;
use crate::engine::What;

impl<'m> Reading<'m> {
    /// What a step of a change does, and what it is called.
    pub(super) fn migrate(&mut self, event: &MigrateEvent) -> (Vec<What>, String) {
        let word = &event.change.value.0;
        let (name, step) = word
            .split_once('.')
            .map_or((word.as_str(), None), |(name, step)| (name, Some(step)));
        let changes = &self.model.changes;
        let Some(change) = changes.iter().find(|change| change.name.value.0 == name) else {
            // Its name was judged with the spec.
            return (Vec::new(), String::new());
        };
        let names = change.step_names();
        let place = match step {
            Some(step) => names.iter().position(|other| other == step),
            None => Some(self.steps.get(name).copied().unwrap_or(0)),
        };
        let found = place.and_then(|place| Some((place, names.get(place)?, *change.steps().get(place)?)));
        let Some((place, step_name, step)) = found else {
            let help = format!("its steps are {}", names.join(", "));
            self.refuse(event.span, format!("`{name}` has no such step, or none is left"), help);
            return (Vec::new(), String::new());
        };
        self.steps.insert(name.to_owned(), place + 1);
        let whats = match step {
            Step::Deploy(revision) => self.deploy(revision).into_iter().collect(),
            Step::Expand(sql) | Step::Backfill(sql) | Step::Contract(sql) => self.breaks(change, sql),
            Step::Retire(_) => Vec::new(),
        };
        (whats, format!("migrate {name}.{step_name}"))
    }

    /// A rollout of a revision that is as the spec says, under another version.
    fn deploy(&mut self, revision: &Revision) -> Option<What> {
        let service = self.service(revision.service.value.id)?;
        let settings = self.system.services.get_mut(service)?;
        let base = settings.revisions.first()?.clone();
        settings.revisions.push(base);
        let place = settings.revisions.len() - 1;
        if let Some(places) = self.system.places.services.get_mut(service) {
            places.revision(None);
        }
        self.system
            .names
            .revisions
            .get_mut(service)?
            .push(revision.version.value.0.clone());
        Some(What::Rollout {
            service,
            revision: place,
        })
    }

    /// The revisions that an SQL file breaks: those that touch a column that it takes away, or renames.
    fn breaks(&self, change: &Change, sql: &SqlStep) -> Vec<What> {
        let Some(file) = change.file(&sql.file.value.0) else {
            return Vec::new();
        };
        let kinds = || file.effects.statements.iter().map(|statement| &statement.kind);
        let gone = |column: &Column| {
            kinds().any(|kind| match kind {
                EffectKind::DropColumn(dropped) => dropped == column,
                EffectKind::RenameColumn { old, .. } => old == column,
                EffectKind::DropTable(table) | EffectKind::RenameTable { old: table, .. } => *table == column.table,
                _ => false,
            })
        };
        let mut broken = Vec::new();
        for revision in change.from.iter().chain(&change.deploy) {
            let touched = revision
                .reads
                .iter()
                .chain(&revision.writes)
                .flat_map(|columns| &columns.value);
            if !touched.into_iter().any(&gone) {
                continue;
            }
            let Some(service) = self.service(revision.service.value.id) else {
                continue;
            };
            let names = self
                .system
                .names
                .revisions
                .get(service)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let same = names
                .iter()
                .enumerate()
                .filter(|(_, name)| selects(&revision.version.value.0, name));
            broken.extend(same.map(|(revision, _)| What::Break { service, revision }));
        }
        broken
    }
}

/// Whether a version in a change stands for that of a revision: a shorter one stands for all that it begins.
fn selects(version: &str, name: &str) -> bool {
    let rest = name.strip_suffix(" again").unwrap_or(name).strip_prefix(version);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::selects;

    #[test]
    fn a_shorter_version_stands_for_all_that_it_begins() {
        assert!(selects("2.1", "2.1.0") && selects("2.1", "2.1") && selects("2.1", "2.1 again"));
        assert!(!selects("2.1", "2.10") && !selects("2.1", "2.0"));
    }
}
