//! `loadline compile`

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use loadline_compiler::diagnostic::{Diagnostic, Severity};
use loadline_compiler::model::TargetName;
use loadline_compiler::source::Sources;

use super::session::{Environment, Session, merged};
use super::{print, remark};
use crate::cli::{CompileArgs, Format};
use crate::diff;
use crate::exit::{Exit, Problem};
use crate::files::{Location, digest};
use crate::manifest::Manifest;
use crate::outputs::{self, Comparison, Difference, Scope, Wanted};
use crate::report::{self, Report, Style};
use crate::templates;
use crate::tree;

pub(crate) fn run(arguments: &CompileArgs, style: Style) -> Result<Exit, Problem> {
    let sources = Sources::new();
    let mut session = Session::open(&sources, &arguments.project.path, &arguments.project.resolve)?;
    let environments = session.judge();
    let found = merged(&environments);
    let judged = Report::new(&sources, &session.location, &environments, found);
    if judged.has_errors() {
        let errors = judged
            .shown()
            .map(|(found, _)| found)
            .filter(|found| found.severity == Severity::Error)
            .cloned()
            .collect();
        let errors = Report::new(&sources, &session.location, &environments, errors);
        remark(&report::render(&errors, Format::Text, style));
        remark("nothing was written\n");
        return Ok(Exit::Findings);
    }
    let warnings = judged.count(Severity::Warning);
    if warnings != 0 {
        remark(&format!(
            "{}; see `loadline check`\n",
            loadline_compiler::diagnostic::counted(warnings as u64, "warning")
        ));
    }
    let emitted = emit(&environments, &arguments.targets, &session.location);
    if !emitted.diagnostics.is_empty() {
        let report = Report::new(&sources, &session.location, &environments, emitted.diagnostics);
        remark(&report::render(&report, Format::Text, style));
        if report.has_errors() {
            remark("nothing was written\n");
            return Ok(Exit::Findings);
        }
    }
    if arguments.out == Path::new("-") {
        return to_standard_output(&emitted.files);
    }
    let out = Out {
        shown: arguments.out.display().to_string(),
        directory: directory(&arguments.out, &session)?,
        scope: Scope {
            environments: arguments.project.resolve.environments.iter().cloned().collect(),
            targets: arguments
                .targets
                .iter()
                .map(|target| target.word().to_owned())
                .collect(),
        },
        wanted: emitted.files,
        file: session.location.file.clone(),
        spec: spec_digest(&sources),
    };
    if arguments.verify {
        out.verify()
    } else {
        out.write(arguments.force)
    }
}

struct Emitted {
    files: BTreeMap<String, Wanted>,
    diagnostics: Vec<Diagnostic>,
}

/// Every target of every environment, with what could not be put into it said once.
fn emit(environments: &[Environment], only: &[TargetName], location: &Location) -> Emitted {
    let mut files = BTreeMap::new();
    let mut found = Vec::new();
    for environment in environments {
        let model = &environment.model;
        let targets = if only.is_empty() {
            loadline_targets::default_targets(model)
        } else {
            only.to_vec()
        };
        let (overrides, mut diagnostics) = templates::read(location, model);
        diagnostics.extend(loadline_targets::refused(model, &overrides));
        for target in targets.iter().collect::<BTreeSet<_>>() {
            let output = loadline_targets::emit_with(model, *target, &overrides);
            diagnostics.extend(output.diagnostics);
            for artifact in output.artifacts {
                let path = format!("{}/{}/{}", environment.name, target.word(), artifact.path);
                files.insert(
                    path,
                    Wanted {
                        contents: artifact.contents(&location.file),
                        executable: artifact.executable,
                        overridden: artifact.overridden,
                    },
                );
            }
        }
        let judged = loadline_compiler::rules::judge(model, diagnostics);
        // What is unused was judged by the check, with all findings at hand.
        let kept = judged
            .diagnostics
            .into_iter()
            .filter(|found| found.rule.name != "unused-allow");
        found.push((environment.name.clone(), kept.collect()));
    }
    Emitted {
        files,
        diagnostics: loadline_compiler::rules::merge_environments(found),
    }
}

/// Where to write: never the project's own root, nor a directory around it.
fn directory(out: &Path, session: &Session<'_>) -> Result<PathBuf, Problem> {
    let resolved = match std::fs::canonicalize(out) {
        Ok(resolved) => resolved,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(out.to_owned()),
        Err(error) => return Err(Problem::io(out, &error)),
    };
    if !resolved.is_dir() {
        return Err(Problem::new(format!("{}: not a directory", out.display())));
    }
    if session.location.root.starts_with(&resolved) {
        let message = format!(
            "{}: holds the project itself; name a directory of its own, as in `-o deploy`",
            out.display()
        );
        return Err(Problem::new(message));
    }
    Ok(resolved)
}

/// The digest of everything that was read.
fn spec_digest(sources: &Sources) -> String {
    let mut all = String::new();
    for file in sources.files() {
        all.push_str(&format!("{} {}\n", digest(file.text.as_bytes()), file.name));
    }
    digest(all.as_bytes())
}

/// One target of one environment, for a pipe.
fn to_standard_output(files: &BTreeMap<String, Wanted>) -> Result<Exit, Problem> {
    let folders: BTreeSet<&str> = files
        .keys()
        .filter_map(|path| path.match_indices('/').nth(1).and_then(|(at, _)| path.get(..at)))
        .collect();
    if 1 < folders.len() {
        let names: Vec<&str> = folders.into_iter().collect();
        let message = format!(
            "`-o -` writes one target of one environment, and there are {}; choose with --env and --target",
            names.join(", ")
        );
        return Err(Problem::new(message));
    }
    let kubernetes = folders.iter().any(|folder| folder.ends_with("/kubernetes"));
    if !kubernetes && 1 < files.len() {
        return Err(Problem::new(format!(
            "the target has {} files; write them to a directory with `-o DIR`",
            files.len()
        )));
    }
    let mut out = String::new();
    // A kustomization is for kustomize, not for `kubectl apply -f -`.
    for (_, file) in files.iter().filter(|(path, _)| !path.ends_with("/kustomization.yaml")) {
        if kubernetes {
            out.push_str("---\n");
        }
        out.push_str(&file.contents);
    }
    print(&out)?;
    Ok(Exit::Clean)
}

struct Out {
    /// As the user wrote it.
    shown: String,
    directory: PathBuf,
    scope: Scope,
    wanted: BTreeMap<String, Wanted>,
    file: String,
    spec: String,
}

impl Out {
    fn compare(&self) -> Result<Comparison, Problem> {
        outputs::compare(&self.directory, &self.wanted, &self.scope, &|files| {
            self.manifest(files)
        })
    }

    fn manifest(&self, files: BTreeMap<String, String>) -> Manifest {
        Manifest::new(&self.file, self.spec.clone(), files)
    }

    fn write(&self, force: bool) -> Result<Exit, Problem> {
        let comparison = self.compare()?;
        let edited = comparison.edited();
        if !edited.is_empty() && !force {
            for path in &edited {
                remark(&format!("{path}: not as loadline wrote it\n"));
            }
            remark("nothing was written; put the change into the spec, or overwrite with --force\n");
            return Ok(Exit::Findings);
        }
        let shown = &self.shown;
        let total = self.wanted.len();
        if comparison.differences.is_empty() && !comparison.manifest_differs {
            print(&format!("{shown}: {total} files, all up to date\n"))?;
            return Ok(Exit::Clean);
        }
        let changed = |path: &str| comparison.differences.contains_key(path);
        let write: BTreeMap<&str, &Wanted> = self
            .wanted
            .iter()
            .filter(|(path, _)| changed(path))
            .map(|(path, file)| (path.as_str(), file))
            .collect();
        tree::replace(
            &self.directory,
            &write,
            &comparison.removed(),
            &comparison.manifest.text(),
        )?;
        let count = |wanted: Difference| {
            comparison
                .differences
                .values()
                .filter(|difference| **difference == wanted)
                .count()
        };
        let new = count(Difference::Missing);
        let updated = write.len() - new;
        let removed = comparison.removed().len();
        let parts = [
            (new, "new"),
            (updated, "changed"),
            (comparison.unchanged, "unchanged"),
            (removed, "removed"),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count != 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        print(&format!("{shown}: {total} files ({})\n", parts.join(", ")))?;
        Ok(Exit::Clean)
    }

    fn verify(&self) -> Result<Exit, Problem> {
        let comparison = self.compare()?;
        let mut out = String::new();
        for (path, difference) in &comparison.differences {
            out.push_str(&format!("{}: {path}\n", difference.word()));
            let wanted = self.wanted.get(path).map_or("", |file| file.contents.as_str());
            if matches!(difference, Difference::Stale | Difference::Edited) {
                out.push_str(&diff::unified(&outputs::text(&self.directory, path), wanted, path));
            }
        }
        if comparison.differences.is_empty() && comparison.manifest_differs {
            out.push_str("stale: loadline.manifest.json\n");
        }
        let clean = out.is_empty();
        let shown = &self.shown;
        for (path, file) in &self.wanted {
            if let Some(overridden) = &file.overridden {
                out.push_str(&format!("overridden: {path}: {overridden}\n"));
            }
        }
        match clean {
            true => out.push_str(&format!(
                "{shown}: {} files, all as the spec compiles to\n",
                self.wanted.len()
            )),
            false => out.push_str(&format!(
                "{shown}: {} of {} files differ; run `loadline compile`\n",
                comparison.differences.len(),
                self.wanted.len()
            )),
        }
        print(&out)?;
        Ok(if clean { Exit::Clean } else { Exit::Findings })
    }
}
