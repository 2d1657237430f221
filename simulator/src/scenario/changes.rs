//! Changes of schemas: which of their steps a scenario migrates, and what each is.

mod scripts;
#[cfg(test)]
mod tests;
mod touched;

use loadline_compiler::model::{Change, MigrateEvent, Revision, Step};
use loadline_compiler::sql::Script;

use super::Reading;
use crate::engine::What;
use crate::system::{self, Work};

/// Where a change of the model is in the system, and which of its steps a scenario migrates.
#[derive(Clone, Debug, Default)]
pub(super) struct Migrated {
    /// Its place in the system.
    place: usize,
    /// The step that comes next.
    next: usize,
    /// Steps by their places, as far as they are migrated.
    steps: Vec<bool>,
}

impl<'m> Reading<'m> {
    /// What a step of a change does, and what it is called.
    pub(super) fn migrate(&mut self, event: &MigrateEvent) -> Option<(What, String)> {
        let word = &event.change.value.0;
        let (name, step) = word
            .split_once('.')
            .map_or((word.as_str(), None), |(name, step)| (name, Some(step)));
        let model = self.model;
        // Its name was judged with the spec.
        let index = model.changes.iter().position(|change| change.name.value.0 == name)?;
        let names = model.changes.get(index)?.step_names();
        let migrated = self.change(index);
        let first = match step {
            Some(step) => names.iter().position(|other| other == step),
            None => Some(migrated.next),
        };
        let Some((first, first_name)) = first.and_then(|first| Some((first, names.get(first)?))) else {
            let help = format!("its steps are {}", names.join(", "));
            self.refuse(event.span, format!("`{name}` has no such step, or none is left"), help);
            return None;
        };
        let last = if event.all.value { names.len() - 1 } else { first };
        let migrated = self.migrated.get_mut(&index)?;
        migrated.next = last + 1;
        for step in migrated.steps.iter_mut().skip(first).take(last + 1 - first) {
            *step = true;
        }
        let what = What::Migrate {
            change: migrated.place,
            first,
            last,
            in_order: event.all.value,
        };
        let all = if event.all.value { " { all }" } else { "" };
        Some((what, format!("migrate {name}.{first_name}{all}")))
    }

    /// A change of the model, whose steps stand in the system with nothing to do yet.
    fn change(&mut self, index: usize) -> &mut Migrated {
        let model = self.model;
        let (system, steps) = (&mut self.system, model.changes.get(index));
        self.migrated.entry(index).or_insert_with(|| {
            let place = system.changes.len();
            let named = steps.into_iter().flat_map(|change| {
                let names = change.step_names();
                let steps = change.steps();
                steps.into_iter().map(|step| step.span()).zip(names).collect::<Vec<_>>()
            });
            let mut made = Vec::new();
            for (span, name) in named {
                let change = steps.map_or("", |change| change.name.value.0.as_str());
                system.names.steps.push(format!("{change}.{name}"));
                made.push(system::Step {
                    name: system.names.steps.len() - 1,
                    place: super::place(span),
                    after: Vec::new(),
                    work: Work::Nothing,
                });
            }
            let steps = vec![false; made.len()];
            system.changes.push(system::Change { steps: made });
            Migrated { place, next: 0, steps }
        })
    }

    /// What the steps do that are migrated: when all revisions are known that the scenario brings.
    pub(super) fn steps_of_changes(&mut self) {
        if self.migrated.is_empty() {
            return;
        }
        let model = self.model;
        let scripts = Script::of_model(model);
        for (index, migrated) in self.migrated.clone() {
            let Some(change) = model.changes.get(index) else {
                continue;
            };
            for (place, step) in change.steps().into_iter().enumerate() {
                if !migrated.steps.get(place).copied().unwrap_or(false) {
                    continue;
                }
                let work = match step {
                    Step::Deploy(revision) => self.deploy(revision),
                    Step::Retire(_) => Work::Nothing,
                    Step::Expand(sql) | Step::Backfill(sql) | Step::Contract(sql) => {
                        let script = scripts
                            .iter()
                            .find(|script| script.step.is_some_and(|own| std::ptr::eq(own, sql)));
                        let work = script.map_or(Work::Nothing, |script| self.script(sql, script));
                        if let Some(on) = &change.on {
                            self.touches(change, on.value.id, &work);
                        }
                        work
                    }
                };
                let after = self.steps_before(step);
                let made = self.system.changes.get_mut(migrated.place);
                if let Some(made) = made.and_then(|made| made.steps.get_mut(place)) {
                    (made.work, made.after) = (work, after);
                }
            }
        }
        // What breaks revisions is known when every one of them has its name.
        for (index, migrated) in self.migrated.clone() {
            if let Some(change) = model.changes.get(index) {
                self.breaks(change, migrated.place);
            }
        }
    }

    /// The steps of other changes that must have ended; what the scenario does not migrate is taken to have.
    fn steps_before(&mut self, step: Step<'m>) -> Vec<(usize, usize)> {
        let model = self.model;
        let mut all = Vec::new();
        for after in step.after() {
            let Some((name, step_name)) = after.value.0.split_once('.') else {
                continue;
            };
            let Some(index) = model.changes.iter().position(|change| change.name.value.0 == name) else {
                continue;
            };
            let names = model.changes.get(index).map(Change::step_names).unwrap_or_default();
            let Some(place) = names.iter().position(|other| other == step_name) else {
                continue;
            };
            let migrated = self.migrated.get(&index);
            match migrated.filter(|own| own.steps.get(place) == Some(&true)) {
                Some(own) => all.push((own.place, place)),
                None => {
                    let message = format!("`{name}.{step_name}` has ended before the run: no event migrates it");
                    let help = format!("write `at 0s {{ migrate {name}.{step_name} }}`, if it has not");
                    self.assume(after.span, message, help);
                }
            }
        }
        all
    }

    /// A rollout of a revision that is as the spec says, under another version.
    fn deploy(&mut self, revision: &Revision) -> Work {
        let made = self.service(revision.service.value.id).and_then(|service| {
            let key = (service, revision.version.value.0.clone());
            if let Some(place) = self.deployed.get(&key) {
                return Some((service, *place));
            }
            let settings = self.system.services.get_mut(service)?;
            let base = settings.revisions.first()?.clone();
            settings.revisions.push(base);
            if let Some(places) = self.system.places.services.get_mut(service) {
                places.revision(None);
            }
            let place = settings.revisions.len() - 1;
            let names = self.system.names.revisions.get_mut(service)?;
            names.push(revision.version.value.0.clone());
            self.deployed.insert(key, place);
            Some((service, place))
        });
        let Some((service, place)) = made else {
            let message = format!("`{}` is not rolled out: jobs do not run", revision.service.value.name);
            self.assume(revision.span, message, "services and workers are");
            return Work::Nothing;
        };
        Work::Rollout {
            service,
            revision: place,
        }
    }
}

/// Tables by their stores and names.
pub(super) type Tables = std::collections::BTreeMap<(usize, String), usize>;
