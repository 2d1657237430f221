//! Which revision a change is to be compared with, as the pipeline that judges it says: `--against auto`.

use std::env;
use std::fs;

use super::{Repository, Revision};
use crate::exit::Problem;

/// The word that stands for what the pipeline says.
const AUTO: &str = "auto";

/// The revision that a name stands for, or that the pipeline says.
pub(crate) fn find(repository: &Repository, name: &str) -> Result<Revision, Problem> {
    if name == AUTO {
        of_pipeline(repository)
    } else {
        repository.revision(name)
    }
}

fn of_pipeline(repository: &Repository) -> Result<Revision, Problem> {
    if let Some(commit) = variable("CI_MERGE_REQUEST_DIFF_BASE_SHA") {
        return repository.revision(&commit);
    }
    if let Some(pull) = PullRequest::of_event()? {
        return pull.base(repository);
    }
    // Events that have no pull request in their payload, but a base: merge groups of forks and compatible runners.
    if let Some(branch) = variable("GITHUB_BASE_REF") {
        let remote = repository.revision(&format!("origin/{branch}"))?;
        return common(repository, &remote);
    }
    Err(Problem::new(
        "--against auto: nothing says which revision this is to be compared with; it is known in pull requests on GitHub \
         (GITHUB_EVENT_PATH, GITHUB_BASE_REF) and in merge requests on GitLab (CI_MERGE_REQUEST_DIFF_BASE_SHA); \
         elsewhere name it: `--against origin/main`",
    ))
}

/// Where the branch of HEAD left another: what landed there since is no change of ours.
fn common(repository: &Repository, base: &Revision) -> Result<Revision, Problem> {
    match repository.merge_base(&base.commit, "HEAD") {
        Some(commit) => Ok(Revision {
            name: base.name.clone(),
            commit,
        }),
        // Without the history between them, the base itself is what there is.
        None => Ok(base.clone()),
    }
}

/// A pull request as the event of a GitHub workflow describes it.
struct PullRequest {
    base: String,
    head: String,
}

impl PullRequest {
    fn of_event() -> Result<Option<Self>, Problem> {
        let Some(path) = variable("GITHUB_EVENT_PATH") else {
            return Ok(None);
        };
        let broken = |reason: String| Problem::new(format!("--against auto: GITHUB_EVENT_PATH, {path}: {reason}"));
        let text = fs::read_to_string(&path).map_err(|error| broken(error.to_string()))?;
        let event: serde_json::Value = serde_json::from_str(&text).map_err(|error| broken(error.to_string()))?;
        let commit = |side: &str| {
            let pointer = format!("/pull_request/{side}/sha");
            event
                .pointer(&pointer)
                .and_then(|value| value.as_str())
                .map(str::to_owned)
        };
        Ok(commit("base")
            .zip(commit("head"))
            .map(|(base, head)| Self { base, head }))
    }

    /// A workflow sees the merge of the pull request into its base: then the base is the first parent, which is newer than
    /// the event if the branch went on. One that checks out the head itself is compared with where it left the base.
    fn base(&self, repository: &Repository) -> Result<Revision, Problem> {
        let second = repository.revision("HEAD^2");
        if second.is_ok_and(|second| second.commit == self.head) {
            return repository.revision("HEAD^1");
        }
        let base = repository.revision(&self.base)?;
        common(repository, &base)
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
