//! What all units of one machine need to be there: accounts and directories.

use loadline_compiler::model::Model;
use loadline_grammar::Span;
use serde::Serialize;

use super::files::Line;
use super::unit::render;
use crate::escape::systemd as escape;
use crate::host::{Account, OnHost, configuration_directory};
use crate::output::Output;
use crate::template::Escaped;

/// Collected while the units of a host are written.
#[derive(Debug)]
pub(crate) struct Machine {
    /// Where the host's files go in the output.
    pub(crate) directory: String,
    /// How many machines of this kind there are.
    pub(crate) count: u64,
    /// Lines of tmpfiles.d.
    pub(crate) lines: Vec<Line>,
    /// Accounts, and what each is for.
    pub(crate) accounts: Vec<(Account, String)>,
}

#[derive(Serialize)]
struct Accounts {
    file: Escaped,
    accounts: Vec<AccountLine>,
}

#[derive(Serialize)]
struct AccountLine {
    name: Escaped,
    user: Option<u64>,
    group: Option<u64>,
    purpose: Escaped,
    home: Escaped,
}

#[derive(Serialize)]
struct Directories {
    file: Escaped,
    lines: Vec<Line>,
}

impl Machine {
    pub(crate) fn of(model: &Model, on_host: &OnHost<'_>, out: &mut Output) -> Self {
        let mut machine = Self {
            directory: on_host.directory.clone(),
            count: on_host.host.count.value,
            lines: Vec::new(),
            accounts: Vec::new(),
        };
        machine.open(&configuration_directory(model), on_host.host.span, out);
        machine
    }

    /// A directory of root's.
    pub(crate) fn open(&mut self, path: &str, span: Span, out: &mut Output) {
        self.lines.extend(out.escaped(span, Line::open(path).map(Some)));
    }

    /// A file that only root reads.
    pub(crate) fn secret(&mut self, path: &str, span: Span, out: &mut Output) {
        self.lines.extend(out.escaped(span, Line::secret(path).map(Some)));
    }

    /// `sysusers.d/NAME.conf` and `tmpfiles.d/NAME.conf`.
    pub(crate) fn write(self, name: &str, span: Span, out: &mut Output) {
        let file = out.escaped(span, escape::name(&format!("{name}.conf")));
        let mut accounts: Vec<AccountLine> = Vec::new();
        let mut seen: Vec<String> = Vec::new();
        for (account, purpose) in self.accounts {
            // Every machine has a root, and units of one workload share its account.
            if account.is_root() || seen.contains(&account.name) {
                continue;
            }
            accounts.push(AccountLine {
                name: out.escaped(span, escape::name(&account.name)),
                user: account.user,
                group: account.group,
                purpose: out.escaped(span, escape::name(&purpose)),
                home: out.escaped(span, escape::table_path(&account.home)),
            });
            seen.push(account.name);
        }
        if !accounts.is_empty() {
            let view = Accounts {
                file: file.clone(),
                accounts,
            };
            let source = include_str!("../../templates/systemd/sysusers.conf.j2");
            let path = format!("{}sysusers.d/{name}.conf", self.directory);
            render(path, "systemd/sysusers.conf.j2", source, &view, span, out);
        }
        let mut lines: Vec<Line> = Vec::new();
        for line in self.lines {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        let source = include_str!("../../templates/systemd/tmpfiles.conf.j2");
        let path = format!("{}tmpfiles.d/{name}.conf", self.directory);
        render(
            path,
            "systemd/tmpfiles.conf.j2",
            source,
            &Directories { file, lines },
            span,
            out,
        );
    }
}
