//! A StatefulSet: pods with a number, of which a new one comes only when the old one of the same number is gone.
//!
//! Source: stateful_set_control.go `updateStatefulSet`, `processReplica`, `processCondemned`,
//! `updateStatefulSetAfterInvariantEstablished`; stateful_set_utils.go `newVersionedStatefulSetPod`, `completeRollingUpdate`.

use loadline_compiler::quantity::Share;

use crate::Span;

/// The fields of a StatefulSet that its controller decides by. It updates by itself (`RollingUpdate`), and its numbers
/// begin at 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatefulSet {
    /// `spec.replicas`.
    pub replicas: u64,
    /// `spec.podManagementPolicy`.
    pub management: Management,
    /// `spec.updateStrategy.rollingUpdate.partition`: pods below keep the revision that they have.
    pub partition: u64,
    /// `spec.updateStrategy.rollingUpdate.maxUnavailable`, where the control plane follows it: gate MaxUnavailableStatefulSet, on
    /// by default only in the first releases of 1.35 (kubernetes/kubernetes#137904). Otherwise nothing: one at a time.
    pub max_unavailable: Option<Share>,
    /// `spec.minReadySeconds`.
    pub min_ready: Span,
    /// Which revision `spec.template` equals.
    pub template: usize,
}

/// In which order pods come and go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Management {
    /// One after the other, upwards; downwards when there are to be fewer. Whoever is not available holds up the rest.
    OrderedReady,
    /// All at once. Updates are one by one all the same, as long as `maxUnavailable` is not followed.
    Parallel,
}

/// A pod that is there, terminating or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// The revision it was created with.
    pub revision: usize,
    /// Running and ready.
    pub ready: bool,
    /// Ready for long enough.
    pub available: bool,
    /// Told to end.
    pub terminating: bool,
}

/// What a sync of a StatefulSet does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Creates the pod of this number.
    Create {
        /// Its number.
        ordinal: u64,
        /// With which template.
        revision: usize,
    },
    /// Deletes the pod of this number.
    Delete {
        /// Its number.
        ordinal: u64,
    },
}

impl StatefulSet {
    /// One sync: at most one step, unless pods are managed in parallel. `current` is the revision of those below the partition;
    /// `members` are by their numbers. What is to be done is appended to `acts`.
    pub fn sync(&self, current: usize, members: &[Option<Member>], acts: &mut Vec<Act>) {
        let (mine, condemned) = members.split_at(self.count().min(members.len()));
        if self.create(current, mine, acts) && self.condemn(condemned, acts) {
            self.update(mine, acts);
        }
    }

    /// Whether all pods are of the template and ready: then its revision is the current one from now on.
    #[must_use]
    pub fn completes(&self, members: &[Option<Member>]) -> bool {
        let there = || members.iter().flatten();
        let right = |pod: &Member| pod.revision == self.template && pod.ready && !pod.terminating;
        there().count() == self.count() && there().all(right)
    }

    /// Whether all that is to be updated is, everybody is available, and nobody is left over.
    #[must_use]
    pub fn is_updated(&self, members: &[Option<Member>]) -> bool {
        let (mine, rest) = members.split_at(self.count().min(members.len()));
        let partition = usize::try_from(self.partition).unwrap_or(usize::MAX);
        let right = |(at, pod): (usize, &Option<Member>)| {
            pod.is_some_and(|pod| pod.is_there() && (at < partition || pod.revision == self.template))
        };
        mine.len() == self.count() && mine.iter().enumerate().all(right) && rest.iter().all(Option::is_none)
    }

    fn count(&self) -> usize {
        usize::try_from(self.replicas).unwrap_or(usize::MAX)
    }

    /// Creates who is missing. `false` if the sync ends here.
    fn create(&self, current: usize, mine: &[Option<Member>], acts: &mut Vec<Act>) -> bool {
        let ordered = self.management == Management::OrderedReady;
        for ordinal in 0..self.replicas {
            let at = usize::try_from(ordinal).unwrap_or(usize::MAX);
            match mine.get(at).copied().flatten() {
                None => {
                    let revision = if ordinal < self.partition {
                        current
                    } else {
                        self.template
                    };
                    acts.push(Act::Create { ordinal, revision });
                    if ordered {
                        return false;
                    }
                }
                Some(pod) if ordered && !pod.is_there() => return false,
                Some(_) => {}
            }
        }
        true
    }

    /// Deletes who is too many, from the highest. `false` if the sync ends here.
    fn condemn(&self, condemned: &[Option<Member>], acts: &mut Vec<Act>) -> bool {
        let unavailable = |pod: &Option<Member>| pod.is_some_and(|pod| !pod.is_there());
        let first_unavailable = condemned.iter().position(unavailable);
        let ordered = self.management == Management::OrderedReady;
        for (at, pod) in condemned.iter().enumerate().rev() {
            let Some(pod) = pod else { continue };
            if ordered && (pod.terminating || (!pod.available && first_unavailable != Some(at))) {
                return false;
            }
            if !pod.terminating {
                let ordinal = self.replicas.saturating_add(at as u64);
                acts.push(Act::Delete { ordinal });
                if ordered {
                    return false;
                }
            }
        }
        true
    }

    /// Deletes who is of another revision, from the highest down to the partition.
    fn update(&self, mine: &[Option<Member>], acts: &mut Vec<Act>) {
        let is_there = |pod: Option<Member>| pod.is_some_and(|pod| pod.is_there());
        let mut budget = self.max_unavailable.map_or(1, |share| {
            // Percentages are rounded down, to one at least. Source: stateful_set_utils.go `getStatefulSetMaxUnavailable`.
            let most = share.floor_of(self.replicas).max(1);
            let available = mine.iter().filter(|pod| is_there(**pod)).count() as u64;
            most.saturating_sub(self.replicas.saturating_sub(available))
        });
        for ordinal in (self.partition..self.replicas).rev() {
            if budget == 0 {
                return;
            }
            let pod = usize::try_from(ordinal)
                .ok()
                .and_then(|at| mine.get(at).copied().flatten());
            if pod.is_some_and(|pod| pod.revision != self.template && !pod.terminating) {
                acts.push(Act::Delete { ordinal });
                budget -= 1;
            } else if self.max_unavailable.is_none() && !is_there(pod) {
                return;
            }
        }
    }
}

impl Member {
    const fn is_there(&self) -> bool {
        self.available && !self.terminating
    }
}

#[cfg(test)]
mod tests {
    use loadline_compiler::quantity::Ratio;

    use super::*;

    /// Pods by letters: `a` of revision 0, `b` of revision 1; capital if available, `.` if there is none; `!` terminating, the
    /// rest neither ready.
    fn members(pods: &str) -> Vec<Option<Member>> {
        let mut members: Vec<Option<Member>> = Vec::new();
        for pod in pods.chars() {
            if pod == '!' {
                members.last_mut().unwrap().as_mut().unwrap().terminating = true;
                continue;
            }
            let available = pod.is_uppercase();
            members.push((pod != '.').then_some(Member {
                revision: usize::from(pod.eq_ignore_ascii_case(&'b')),
                ready: available,
                available,
                terminating: false,
            }));
        }
        members
    }

    /// `+2b` creates the pod 2 with revision 1, `-2` deletes it.
    fn acts(set: &StatefulSet, pods: &str) -> String {
        let mut acts = Vec::new();
        set.sync(0, &members(pods), &mut acts);
        let shown = acts.iter().map(|act| match act {
            Act::Create { ordinal, revision } => format!("+{ordinal}{}", ["a", "b"][*revision]),
            Act::Delete { ordinal } => format!("-{ordinal}"),
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    const fn ordered(replicas: u64) -> StatefulSet {
        StatefulSet {
            replicas,
            management: Management::OrderedReady,
            partition: 0,
            max_unavailable: None,
            min_ready: Span::ZERO,
            template: 1,
        }
    }

    const fn parallel(replicas: u64) -> StatefulSet {
        StatefulSet {
            management: Management::Parallel,
            ..ordered(replicas)
        }
    }

    #[test]
    fn pods_come_one_after_the_other_or_all_at_once() {
        let begins = StatefulSet {
            template: 0,
            ..ordered(3)
        };
        for (pods, expected) in [
            ("", "+0a"),
            ("a", ""),
            ("A", "+1a"),
            ("Aa", ""),
            ("AA", "+2a"),
            ("AAA", ""),
        ] {
            assert_eq!(acts(&begins, pods), expected, "{pods}");
        }
        // Blocked by one that terminates, and by one that is no longer ready, wherever it is.
        assert_eq!(acts(&begins, "AA!"), "");
        assert_eq!(acts(&begins, "aA"), "");
        let at_once = StatefulSet {
            template: 0,
            ..parallel(3)
        };
        assert_eq!(acts(&at_once, ""), "+0a +1a +2a");
        assert_eq!(acts(&at_once, "a.a"), "+1a");
    }

    #[test]
    fn there_are_fewer_from_the_highest() {
        let fewer = StatefulSet {
            template: 0,
            ..ordered(1)
        };
        assert_eq!(acts(&fewer, "AAA"), "-2");
        assert_eq!(acts(&fewer, "AAA!"), "");
        assert_eq!(acts(&fewer, "AA"), "-1");
        // One that is not ready goes only if none below it is broken, too.
        assert_eq!(acts(&fewer, "AAa"), "-2");
        assert_eq!(acts(&fewer, "Aaa"), "");
        assert_eq!(acts(&fewer, "aAA"), "");
        let at_once = StatefulSet {
            template: 0,
            ..parallel(1)
        };
        assert_eq!(acts(&at_once, "aaA"), "-2 -1");
    }

    #[test]
    fn an_update_goes_down_to_the_partition() {
        let set = ordered(3);
        for (pods, expected) in [
            ("AAA", "-2"),
            ("AAA!", ""),
            ("AA.", "+2b"),
            ("AAb", ""),
            ("AAB", "-1"),
            ("BBB", ""),
        ] {
            assert_eq!(acts(&set, pods), expected, "{pods}");
        }
        let partitioned = StatefulSet { partition: 2, ..set };
        assert_eq!(acts(&partitioned, "AAB"), "");
        // Below the partition the old revision comes back.
        assert_eq!(acts(&partitioned, "A.B"), "+1a");
        assert!(partitioned.is_updated(&members("AAB")) && !set.is_updated(&members("AAB")));
        assert!(!partitioned.completes(&members("AAB")) && set.completes(&members("BBB")));
    }

    /// The known limitation: reverted to revision 0, it still waits for the broken pod.
    #[test]
    fn a_broken_update_stays_broken_when_it_is_reverted() {
        let reverted = StatefulSet {
            template: 0,
            ..ordered(3)
        };
        assert_eq!(acts(&reverted, "AAb"), "");
        assert_eq!(acts(&reverted, "AA."), "+2a");
        // In parallel it is deleted; unless it uses up what may be unavailable.
        let at_once = StatefulSet {
            template: 0,
            ..parallel(3)
        };
        assert_eq!(acts(&at_once, "AAb"), "-2");
        let one = StatefulSet {
            max_unavailable: Some(Share::Count(1)),
            ..at_once
        };
        assert_eq!(acts(&one, "AAb"), "");
    }

    #[test]
    fn several_may_be_unavailable_where_that_is_followed() {
        let two = |set: StatefulSet| StatefulSet {
            max_unavailable: Some(Share::Count(2)),
            ..set
        };
        assert_eq!(acts(&parallel(4), "AAAA"), "-3");
        assert_eq!(acts(&two(parallel(4)), "AAAA"), "-3 -2");
        assert_eq!(acts(&two(parallel(4)), "AAbB"), "-1");
        assert_eq!(acts(&two(parallel(4)), "aAAB"), "-2");
        // In order two go at once, and come back one after the other.
        assert_eq!(acts(&two(ordered(4)), "AAAA"), "-3 -2");
        assert_eq!(acts(&two(ordered(4)), "AA.."), "+2b");
        assert_eq!(acts(&two(ordered(4)), "AAb."), "");
        let share = |percent| Some(Share::Ratio(Ratio::percent(percent)));
        let of_ten = StatefulSet {
            max_unavailable: share(25),
            ..parallel(10)
        };
        assert_eq!(acts(&of_ten, "AAAAAAAAAA"), "-9 -8");
        let few = StatefulSet {
            max_unavailable: share(5),
            ..parallel(10)
        };
        assert_eq!(acts(&few, "AAAAAAAAAA"), "-9");
    }
}
