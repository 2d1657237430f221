//! What a container does before it is told to stop.

use serde::Serialize;

use super::probe::Exec;
use super::subject::Subject;
use crate::output::Output;

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Lifecycle<'m> {
    pre_stop: PreStop<'m>,
}

#[derive(Clone, Debug, Default, Serialize)]
struct PreStop<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    sleep: Option<Sleep>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exec: Option<Exec<'m>>,
}

#[derive(Clone, Debug, Serialize)]
struct Sleep {
    seconds: u64,
}

/// Keeps serving until nobody sends new requests: a pod is told to stop and taken out of the endpoints at the same
/// time. The action that needs no program in the image is on by default since 1.30. Source: KEP-3960.
///
/// The API takes a sleep that fills the grace period, and nothing is left for the process to end by itself.
pub(crate) fn settle<'m>(subject: &Subject<'m>, out: &mut Output) -> Option<Lifecycle<'m>> {
    let seconds = subject.workload.shutdown.settle().ceil_seconds();
    if seconds == 0 || subject.workload.is_job() {
        return None;
    }
    let shutdown = &subject.workload.shutdown;
    let grace = shutdown.grace().ceil_seconds();
    if grace <= seconds {
        let message = format!(
            "`{}` settles for {seconds}s of {grace}s, and is killed then",
            subject.name
        );
        out.refuse(shutdown.settle.span, message, "must be shorter than the grace period");
    }
    let pre_stop = if subject.place.at_least(1, 30) {
        PreStop {
            sleep: Some(Sleep { seconds }),
            exec: None,
        }
    } else {
        PreStop {
            sleep: None,
            exec: Some(Exec {
                command: vec!["sleep".into(), seconds.to_string().into()],
            }),
        }
    };
    Some(Lifecycle { pre_stop })
}
