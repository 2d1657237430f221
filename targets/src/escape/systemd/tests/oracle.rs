//! `systemd --test --user`, which loads units, prints what it read, and ends.

#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the tests ask the real program"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

const PROGRAM: &str = "/lib/systemd/systemd";
/// `nobody`: systemd refuses to be tested as root.
const NOBODY: &str = "65534";

pub(crate) struct Systemd {
    root: bool,
}

pub(super) struct Dump(String);

impl Systemd {
    pub(crate) fn new() -> Option<Self> {
        let id = Command::new("id").arg("-u").output().ok()?;
        let root = id.stdout == b"0\n";
        let judge = Self { root };
        let ran = Path::new(PROGRAM).exists() && judge.command().arg("--version").output().is_ok();
        let probe = ran.then(|| judge.read("[Service]\nExecStart=/bin/true\n"))?;
        (!probe.command_line().is_empty()).then_some(judge)
    }

    fn command(&self) -> Command {
        if !self.root {
            return Command::new(PROGRAM);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", PROGRAM]);
        command
    }

    /// What systemd reads out of one service.
    pub(super) fn read(&self, unit: &str) -> Dump {
        Dump(self.dump(&[("judged.service", unit)]))
    }

    /// Everything that it prints about units and what they need, the first of them to begin with.
    pub(crate) fn dump(&self, units: &[(&str, &str)]) -> String {
        let place = Place::new();
        for (name, unit) in units {
            std::fs::write(place.0.join(name), unit).unwrap();
        }
        let mut command = self.command();
        command.env_clear().env("HOME", &place.0);
        command.env("PATH", "/usr/bin:/bin");
        command.env("XDG_RUNTIME_DIR", &place.0);
        command.env("SYSTEMD_UNIT_PATH", format!("{}:", place.0.display()));
        command.args(["--test", "--user"]);
        command.args(units.first().map(|(name, _)| format!("--unit={name}")));
        let output = command.output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Dump {
    /// The part about our unit.
    fn own(&self) -> &str {
        let own = self.0.split_once("-> Unit judged.service:");
        let own = own.map_or("", |(_, own)| own);
        own.split_once("\n\t-> ").map_or(own, |(own, _)| own)
    }

    /// The values of a setting; one may run over several lines.
    pub(super) fn values(&self, setting: &str) -> Vec<String> {
        let mark = format!("\n\t\t{setting}: ");
        let found = self.own().split(&mark).skip(1);
        let value = |rest: &str| rest.split("\n\t").next().unwrap_or_default().to_owned();
        found.map(value).collect()
    }

    /// The words that are started, out of the quotes that systemd prints them in.
    pub(super) fn command_line(&self) -> Vec<String> {
        let Some((_, rest)) = self.own().split_once("Command Line: ") else {
            return Vec::new();
        };
        shown_words(rest.lines().next().unwrap_or_default())
    }
}

/// The words of a command line as systemd prints it.
pub(crate) fn shown_words(line: &str) -> Vec<String> {
    let (mut out, mut bytes, mut quoted) = (Vec::new(), None::<Vec<u8>>, false);
    let mut input = line.bytes().peekable();
    while let Some(byte) = input.next() {
        match byte {
            b'"' => {
                quoted = !quoted;
                bytes.get_or_insert_default();
            }
            b' ' if !quoted => out.extend(bytes.take()),
            b'\\' => {
                let next = input.next().unwrap();
                let decoded = match next {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'a' => 7,
                    b'b' => 8,
                    b'v' => 11,
                    b'f' => 12,
                    b'r' => 13,
                    b'0'..=b'3' => {
                        let digits = [next, input.next().unwrap(), input.next().unwrap()];
                        let digits = String::from_utf8(digits.to_vec()).unwrap();
                        u8::from_str_radix(&digits, 8).unwrap()
                    }
                    other => other,
                };
                bytes.get_or_insert_default().push(decoded);
            }
            byte => bytes.get_or_insert_default().push(byte),
        }
    }
    out.extend(bytes);
    out.into_iter().map(|word| String::from_utf8(word).unwrap()).collect()
}

/// What systemd-tmpfiles finds as `ID` in a system of which there is only this file.
pub(super) fn os_release_id(line: &str) -> Option<String> {
    let place = Place::new();
    std::fs::create_dir_all(place.0.join("etc/tmpfiles.d")).unwrap();
    std::fs::write(place.0.join("etc/os-release"), format!("{line}\n")).unwrap();
    std::fs::write(place.0.join("etc/tmpfiles.d/id.conf"), "f /id - - - - %o\n").unwrap();
    let mut command = Command::new("systemd-tmpfiles");
    command.arg(format!("--root={}", place.0.display())).arg("--create");
    let done = command.output().ok()?.status.success();
    done.then(|| std::fs::read_to_string(place.0.join("id")).unwrap_or_default())
}

/// A directory that everyone may read, gone at the end.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("loadline-units-{}-{number}", std::process::id());
        let place = Self(std::env::temp_dir().join(name));
        std::fs::create_dir_all(&place.0).unwrap();
        let open = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(&place.0, open).unwrap();
        place
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
