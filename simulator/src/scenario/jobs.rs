//! Jobs, which do not run here.

use super::Reading;

impl Reading<'_> {
    /// What a schedule would start in the middle of a run holds connections and takes room, and nobody sees it in the figures.
    pub(super) fn jobs(&mut self) {
        let model = self.model;
        let jobs = model.workloads.iter().filter(|workload| workload.is_job());
        for job in jobs.filter(|job| job.schedule.is_some()) {
            let message = format!(
                "`{}` does not run: its connections and its room are missing in the figures",
                job.name.value
            );
            let help =
                "`check` counts a run of it; here take its connections from the store: `--set orders-db.reserve=30`";
            self.assume(job.name.span, message, help);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::Scenario;
    use crate::testing::model;

    #[test]
    fn a_job_with_a_schedule_is_said_not_to_run() {
        let said = |schedule: &str| {
            let model = model(&format!(
                "job report {{ image \"example.com/r:1\"; {schedule} }}
                 service api {{ image \"example.com/a:1\"; listen http 80; load {{ rate 1/s; cpu 1ms; boot 1s }} }}
                 scenario s {{ until 1m }}"
            ));
            let scenario = Scenario::of(&model, &model.scenarios[0]).unwrap();
            let messages = scenario.assumptions.into_iter().map(|assumption| assumption.message);
            messages.collect::<Vec<_>>()
        };
        assert_eq!(said(""), Vec::<String>::new());
        assert_eq!(
            said("schedule \"*/5 * * * *\""),
            ["`report` does not run: its connections and its room are missing in the figures"]
        );
    }
}
