//! One number, one meaning everywhere: what stands in the outputs is read back and compared with the model.
//!
//! | number | Kubernetes | compose, PM2, systemd | nginx |
//! |---|---|---|---|
//! | grace | `terminationGracePeriodSeconds` | without settle: `stop_grace_period`, `kill_timeout`, `TimeoutStopSec` | |
//! | settle | `preStop` | nothing is sent to a process that was told to stop | |
//! | longest request | | | at most `proxy_read_timeout`; all of them at most `worker_shutdown_timeout` |
//! | idle timeout of the service | | | the upstream's `keepalive_timeout` is 5 s less |
//! | processes × instances | | PM2 `instances`; its daemon has that many times `kill_timeout`, and 10 s | |

mod compose;
mod docker;
mod kubernetes;
mod nginx;
mod pm2;
mod read;
mod systemd;
mod wanted;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use loadline_compiler::model::{Model, TargetName};
use loadline_compiler::project::{self, Loader, ReadError};
use loadline_compiler::source::Sources;

use crate::harness::root;
use read::Numbers;
use wanted::{Bound, Wanted};

/// Files by path.
type Files = BTreeMap<String, String>;

/// The targets that are read back.
const READ: &[TargetName] = &[
    TargetName::Docker,
    TargetName::Compose,
    TargetName::Kubernetes,
    TargetName::Systemd,
    TargetName::Pm2,
    TargetName::Nginx,
];

fn read_back(target: TargetName, files: &Files) -> Numbers {
    match target {
        TargetName::Docker => docker::read(files),
        TargetName::Compose => compose::read(files),
        TargetName::Kubernetes => kubernetes::read(files),
        TargetName::Systemd => systemd::read(files),
        TargetName::Pm2 => pm2::read(files),
        TargetName::Nginx => nginx::read(files),
        other => panic!("{} is not read back", other.word()),
    }
}

/// What does not agree.
fn differences(wanted: &Wanted, found: &Numbers) -> Vec<String> {
    let mut out = Vec::new();
    for (name, bound) in &wanted.0 {
        match (found.0.get(name), bound) {
            (None, Bound::IfThere(_) | Bound::Any) => {}
            (None, _) => out.push(format!("{name}: {bound:?}, and nothing is written")),
            (Some(number), _) if !bound.holds(*number) => {
                out.push(format!("{name}: {bound:?}, and {number} is written"))
            }
            (Some(_), _) => {}
        }
    }
    let unknown = found.0.iter().filter(|(name, _)| !wanted.0.contains_key(*name));
    out.extend(unknown.map(|(name, number)| format!("{name}: {number} is written, and the model has no such number")));
    out
}

struct Disk(PathBuf);

impl Loader for Disk {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        std::fs::read_to_string(self.0.join(path)).map_err(|_| ReadError::NotFound)
    }
}

/// Every environment of a spec on disk, and the base.
fn models(spec: &Path) -> Vec<Model> {
    let (directory, file) = (spec.parent().unwrap(), spec.file_name().unwrap().to_str().unwrap());
    let sources = Sources::new();
    let mut disk = Disk(directory.to_owned());
    let project = project::load(&sources, &mut disk, file).unwrap();
    let environments = std::iter::once(None).chain(project.environments().into_iter().map(Some));
    environments
        .map(|environment| project.resolve(environment, &mut disk).model)
        .collect()
}

fn model(text: &str) -> Model {
    struct Text<'t>(&'t str);
    impl Loader for Text<'_> {
        fn read(&mut self, _path: &str) -> Result<String, ReadError> {
            Ok(self.0.to_owned())
        }
    }
    let sources = Sources::new();
    let project = project::load(&sources, &mut Text(text), "loadline.load").unwrap();
    assert!(project.diagnostics().is_empty(), "{:?}", project.diagnostics());
    project.resolve(None, &mut Text(text)).model
}

fn emitted(model: &Model, target: TargetName) -> Files {
    let output = loadline_targets::emit(model, target);
    assert!(!output.has_errors(), "{:?}", output.diagnostics);
    output
        .artifacts
        .into_iter()
        .map(|artifact| (artifact.path, artifact.body))
        .collect()
}

/// Every spec of the repository that compiles.
fn specs() -> Vec<PathBuf> {
    let mut specs: Vec<PathBuf> = Vec::new();
    for folder in ["tests/corpus", "examples"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let inside = path.join("loadline.load");
            if path.extension().is_some_and(|extension| extension == "load") {
                specs.push(path);
            } else if inside.is_file() {
                specs.push(inside);
            }
        }
    }
    specs.push(root().join("examples/api-gateway/pm2.load"));
    specs.sort();
    assert!(45 <= specs.len(), "{specs:?}");
    specs
}

#[test]
fn outputs_and_model_have_the_same_numbers() {
    let mut wrong = Vec::new();
    let mut seen: BTreeMap<(TargetName, String), usize> = BTreeMap::new();
    for spec in specs() {
        for model in models(&spec) {
            let targets = loadline_targets::default_targets(&model);
            for target in targets.into_iter().filter(|target| READ.contains(target)) {
                let found = read_back(target, &emitted(&model, target));
                let wanted = Wanted::of(target, &model, &found);
                let place = format!("{} {} {}", spec.display(), model.environment_name(), target.word());
                wrong.extend(
                    differences(&wanted, &found)
                        .into_iter()
                        .map(|text| format!("{place}: {text}")),
                );
                for name in found.0.keys() {
                    *seen.entry((target, read::kind(name).to_owned())).or_default() += 1;
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // A reader that reads nothing finds nothing wrong.
    for (target, kinds) in wanted::KINDS {
        for kind in *kinds {
            let count = seen.get(&(*target, (*kind).to_owned())).copied().unwrap_or(0);
            assert!(0 < count, "no spec of the repository has `{kind}` on {}", target.word());
        }
    }
}

/// A spec that has every number, on each target; every number of its outputs is changed, and the change is found.
#[test]
fn a_number_that_is_changed_is_found() {
    for target in READ {
        let model = model(&wanted::full(*target));
        let files = emitted(&model, *target);
        let found = read_back(*target, &files);
        let wanted = Wanted::of(*target, &model, &found);
        assert_eq!(differences(&wanted, &found), Vec::<String>::new(), "{}", target.word());
        let kinds = wanted::KINDS.iter().find(|(of, _)| of == target).unwrap().1;
        let mut blind: Vec<&str> = kinds.to_vec();
        for (path, text) in &files {
            for (place, number) in read::places(text) {
                if blind.is_empty() {
                    break;
                }
                for other in ["1", "7777777"] {
                    let mut changed = text.clone();
                    changed.replace_range(place..place + number.len(), other);
                    let mut files = files.clone();
                    files.insert(path.clone(), changed);
                    let mutated = read_back(*target, &files);
                    // What was wanted does not follow what is written.
                    for name in wanted.0.keys() {
                        let is_seen =
                            mutated.0.get(name) != found.0.get(name) && !differences(&wanted, &mutated).is_empty();
                        if is_seen {
                            blind.retain(|kind| *kind != read::kind(name));
                        }
                    }
                }
            }
        }
        assert!(
            blind.is_empty(),
            "{}: nobody sees when these change: {blind:?}",
            target.word()
        );
    }
}
