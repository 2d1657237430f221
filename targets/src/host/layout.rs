//! Where things are on a machine.

use loadline_compiler::model::{Model, Workload};
use loadline_compiler::values::{InstancePath, Val};

/// The link to the release that runs.
const CURRENT: &str = "current";

/// The link to the release that a migration or a candidate runs from, before it is the current one.
const NEXT: &str = "next";

/// `/srv/SERVICE`: the releases of a workload and the link to the current one.
pub(crate) fn service_directory(workload: &Workload) -> String {
    format!("/srv/{}", workload.name.value)
}

/// What `run` is relative to, and where the process starts: `working_dir`, or the current release.
pub(crate) fn release_directory(workload: &Workload) -> String {
    match &workload.working_dir {
        Some(directory) => directory.value.0.clone(),
        None => format!("{}/current", service_directory(workload)),
    }
}

/// The directory with the releases of a workload and their links; `None` when `working_dir` is a directory without `current`,
/// where a release can only overwrite the one before.
pub(crate) fn releases_root(workload: &Workload) -> Option<String> {
    let directory = release_directory(workload);
    let (root, _) = split_at_current(&directory)?;
    Some(root.to_owned())
}

/// The workload as it runs from the release that is to come.
pub(crate) fn at_next(workload: &Workload) -> Workload {
    let directory = release_directory(workload);
    let mut next = workload.clone();
    if let Some((root, inside)) = split_at_current(&directory) {
        let path = InstancePath(format!("{root}/{NEXT}{inside}"));
        let span = workload.working_dir.as_ref().map_or(workload.name.span, |dir| dir.span);
        next.settings.working_dir = Some(Val::written(path, span));
    }
    next
}

/// `/srv/api/current/app` is `/srv/api` and `/app`.
fn split_at_current(directory: &str) -> Option<(&str, &str)> {
    let link = format!("/{CURRENT}");
    let directory = directory.trim_end_matches('/');
    let mut places = directory
        .match_indices(&link)
        .map(|(place, _)| directory.split_at(place));
    places.find_map(|(root, rest)| {
        let inside = rest.strip_prefix(&link)?;
        let is_component = inside.is_empty() || inside.starts_with('/');
        (is_component && !root.is_empty()).then_some((root, inside))
    })
}

/// `/etc/PROJECT`: what the project's processes are told.
pub(crate) fn configuration_directory(model: &Model) -> String {
    format!("/etc/{}", model.project.name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::model;

    #[test]
    fn releases_are_where_the_link_is() {
        let of = |settings: &str| {
            let model = model(&format!(
                "host web {{ }}\nservice api {{ runtime go; run \"api\"; {settings} }}"
            ));
            let workload = &model.workloads[0];
            (releases_root(workload), release_directory(&at_next(workload)))
        };
        let some = |root: &str, next: &str| (Some(root.to_owned()), next.to_owned());
        assert_eq!(of(""), some("/srv/api", "/srv/api/next"));
        assert_eq!(of("working_dir \"/opt/a/current\""), some("/opt/a", "/opt/a/next"));
        assert_eq!(of("working_dir \"/opt/a/current/b/\""), some("/opt/a", "/opt/a/next/b"));
        assert_eq!(
            of("working_dir \"/opt/currently\""),
            (None, "/opt/currently".to_owned())
        );
        assert_eq!(of("working_dir \"/current\""), (None, "/current".to_owned()));
    }
}
