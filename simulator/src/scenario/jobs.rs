//! Jobs, which do not run here.

use loadline_compiler::diagnostic::{counted, listed};
use loadline_compiler::model::{Uses, Workload};

use super::Reading;

impl Reading<'_> {
    /// What a schedule would start in the middle of a run holds connections, takes room and asks others, and nobody sees it in
    /// the figures. One that does nothing of that is not missed.
    pub(super) fn jobs(&mut self) {
        let model = self.model;
        let jobs = model.workloads.iter().filter(|workload| workload.is_job());
        for job in jobs.filter(|job| job.schedule.is_some()) {
            let missing = self.missing(job);
            if missing.is_empty() {
                continue;
            }
            let message = format!(
                "`{}` does not run: {} in the figures",
                job.name.value,
                match missing.as_slice() {
                    [only] if only.starts_with("its room") => format!("{only} is missing"),
                    several => format!("{} are missing", listed(several)),
                }
            );
            let kept = job
                .uses
                .iter()
                .find_map(|uses| self.kept_free(uses, job.parallel.value));
            let help = kept
                .unwrap_or_else(|| "`reserve` of a database, and of the nodes, keeps free what it needs".to_owned());
            self.assume(job.name.span, message, help);
        }
    }

    /// What a run of it would have.
    fn missing(&self, job: &Workload) -> Vec<String> {
        let mut missing: Vec<String> = Vec::new();
        for uses in &job.uses {
            let store = &uses.store.value.name;
            missing.push(match pool(uses, job.parallel.value) {
                Some(count) => format!("its {} to `{store}`", counted(count, "connection")),
                None => format!("its connections to `{store}`"),
            });
        }
        missing.extend(
            job.calls
                .iter()
                .map(|calls| format!("its calls to `{}`", calls.callee.value.name)),
        );
        let has_room = self.group(job).is_some();
        missing.extend(has_room.then(|| "its room on a node".to_owned()));
        missing
    }

    /// How to leave room for its connections.
    fn kept_free(&self, uses: &Uses, parallel: u64) -> Option<String> {
        let store = self.model.store(uses.store.value.id)?;
        let reserve = store.reserve.as_ref().map_or(0, |reserve| reserve.value);
        let free = reserve.checked_add(pool(uses, parallel)?)?;
        let name = &store.name.value;
        Some(format!(
            "`check` counts a run of it; here take its connections from the store: `--set {name}.reserve={free}`"
        ))
    }
}

/// The connections of all that run at once.
fn pool(uses: &Uses, parallel: u64) -> Option<u64> {
    let pool = uses.pool.as_ref().and_then(|pool| pool.get())?;
    pool.checked_mul(parallel)
}

#[cfg(test)]
mod tests {
    use crate::scenario::Scenario;
    use crate::testing::model;

    #[test]
    fn what_a_job_with_a_schedule_would_have_is_said_to_be_missing() {
        let said = |place: &str, job: &str| {
            let model = model(&format!(
                "{place}
                 database db {{ engine postgres 16; max_connections 100; reserve 10 }}
                 job report {{ image \"example.com/r:1\"; memory 256Mi; {job} }}
                 service api {{ image \"example.com/a:1\"; listen http 80; load {{ rate 1/s; cpu 1ms; boot 1s }} }}
                 scenario s {{ until 1m }}"
            ));
            let scenario = Scenario::of(&model, &model.scenarios[0]).unwrap();
            let said = scenario.assumptions.into_iter().map(|own| [own.message, own.help]);
            said.collect::<Vec<_>>().concat().join(" | ")
        };
        let uses = "schedule \"*/5 * * * *\"; parallel 2; uses db { pool 3 }";
        assert_eq!(said("", "uses db { pool 3 }"), "");
        // It has nothing that anybody else could miss.
        assert_eq!(said("", "schedule \"*/5 * * * *\""), "");
        assert_eq!(
            said("", uses),
            "`report` does not run: its 6 connections to `db` are missing in the figures | `check` counts a run of it; here take \
             its connections from the store: `--set db.reserve=16`"
        );
        assert!(
            said("cluster c { nodes 2; cpu 2; memory 4Gi }", uses)
                .starts_with("`report` does not run: its 6 connections to `db` and its room on a node are missing")
        );
    }
}
