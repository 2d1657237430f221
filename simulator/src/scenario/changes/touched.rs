//! What code touches: tables whose locks it waits for, and columns without which it fails.

use std::collections::BTreeMap;

use loadline_compiler::facts::postgres_locks::Lock;
use loadline_compiler::model::{Change, Step, ThingId, Uses};
use loadline_compiler::sql::EffectKind;
use loadline_compiler::values::Column;

use super::super::Reading;
use crate::system::{Claim, Touches, Work};

impl Reading<'_> {
    /// The tables that the uses of a store touch, as far as they are said; of the others, that they may touch any.
    pub(super) fn touches(&mut self, change: &Change, store: ThingId, work: &Work) {
        let (Some(place), Work::Script(script)) = (self.stores.get(&store).copied(), work) else {
            return;
        };
        let statements = script.transactions.iter().flat_map(|one| &one.statements);
        let any_waits = statements
            .flat_map(|one| &one.locks)
            .any(|claim| claim.lock.blocks_writes());
        for workload in &self.model.workloads {
            let Some(service) = self.service(workload.id) else {
                continue;
            };
            for uses in workload.uses.iter().filter(|uses| uses.store.id == store) {
                let touches = self.touched(uses, place);
                if touches == Touches::Any && any_waits && self.unsaid.insert(uses.span.start) {
                    let message = format!(
                        "`{}` may write any table of `{}`, and waits for the locks of `{}`: which it touches is not known",
                        workload.name.value, uses.store.name, change.name.value
                    );
                    let help = "say which: `uses users-db { reads users.name; writes users.name }`";
                    self.assume(uses.span, message, help);
                }
                let of_service = self.system.services.get_mut(service).map(|service| &mut service.uses);
                let here = super::super::place(uses.span);
                for used in of_service.into_iter().flatten().filter(|used| used.place == here) {
                    used.touches = touches.clone();
                }
            }
        }
    }

    fn touched(&mut self, uses: &Uses, store: usize) -> Touches {
        if uses.reads.is_none() && uses.writes.is_none() {
            return Touches::Any;
        }
        let mut locks: BTreeMap<&str, Lock> = BTreeMap::new();
        let sides = [(&uses.reads, Lock::AccessShare), (&uses.writes, Lock::RowExclusive)];
        for (columns, lock) in sides {
            for column in columns.iter().flat_map(|columns| &columns.value) {
                let strongest = locks.entry(&column.table).or_insert(lock);
                *strongest = lock.max(*strongest);
            }
        }
        let claims = locks.into_iter().map(|(name, lock)| Claim {
            table: self.table(store, name),
            lock,
        });
        Touches::Tables(claims.collect())
    }

    /// The revisions that SQL files break: those that touch a column that they take away, or rename.
    pub(super) fn breaks(&mut self, change: &Change, place: usize) {
        for (at, step) in change.steps().into_iter().enumerate() {
            let (Step::Expand(sql) | Step::Backfill(sql) | Step::Contract(sql)) = step else {
                continue;
            };
            let Some(file) = change.file(&sql.file.value.0) else {
                continue;
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
                let mut columns = revision.reads.iter().chain(&revision.writes).flat_map(|all| &all.value);
                let service = self.service(revision.service.value.id);
                let Some(service) = service.filter(|_| columns.any(gone)) else {
                    continue;
                };
                let names = self.system.names.revisions.get(service).map(Vec::as_slice);
                let named = names.unwrap_or_default().iter().enumerate();
                let same = named.filter(|(_, name)| selects(&revision.version.value.0, name));
                broken.extend(same.map(|(revision, _)| (service, revision)));
            }
            let made = self.system.changes.get_mut(place);
            let made = made.and_then(|made| made.steps.get_mut(at)).map(|made| &mut made.work);
            // What a part of the file takes away is not told apart: it has to be done.
            if let Some(Work::Script(script)) = made
                && let Some(last) = script.transactions.last_mut()
            {
                last.breaks = broken;
            }
        }
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
