//! `writable-root`

use crate::diagnostic::Diagnostic;
use crate::rules::{Context, rule};

/// Directories of the system, which hold programs and their configuration. Source: Filesystem Hierarchy Standard 3.0.
const SYSTEM: &[&str] = &[
    "/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/opt", "/sbin", "/usr",
];

rule! {
    /// ## What it checks
    /// What a process may write is a directory of its own: not the root of the file system, and no directory that holds programs.
    /// ## Why
    /// Whoever gets a process to write a file can then replace the program itself, or what runs next on the machine. A read-only
    /// root turns that into an error.
    /// ## Source
    /// kube-linter `no-read-only-root-fs`, Polaris `notReadOnlyRootFilesystem`; systemd.exec(5), `ProtectSystem=strict`.
    ///
    /// ```loadline,bad
    /// service api {
    ///   image    "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   512Mi
    ///   security { writable ["/"] }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// service api {
    ///   image    "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory   512Mi
    ///   security { writable ["/var/cache/api"] }
    /// }
    /// ```
    904 "writable-root" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let writable = workload.security.writable.iter();
        let paths = writable.flat_map(|list| list.value.iter().map(|path| (path.0.as_str(), list.span)));
        let volumes = workload
            .volume
            .iter()
            .map(|volume| (volume.path.0.as_str(), volume.path.span));
        for (path, span) in paths.chain(volumes) {
            let bare = path.trim_end_matches('/');
            if !bare.is_empty() && !SYSTEM.contains(&bare) {
                continue;
            }
            let message = format!("`{}` may write `{path}`", workload.name.value);
            let label = if bare.is_empty() {
                "everything there is"
            } else {
                "programs and their settings"
            };
            found.push(
                Diagnostic::new(&RULE, message, span, label)
                    .help("name the directory that it really writes, or give it a `volume`")
                    .about(workload.id),
            );
        }
    }
}
