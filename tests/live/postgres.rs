//! A PostgreSQL server in a directory of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::process::{Process, eventually, free_port};
use crate::tools::missing;

/// The server, and where it listens.
pub(crate) struct Postgres {
    process: Process,
    programs: PathBuf,
    pub(crate) port: u16,
}

impl Postgres {
    /// Starts a server with this many connections, of which some are kept back; `None` where there is no PostgreSQL.
    pub(crate) fn start(directory: &Path, max_connections: u64, reserve: u64) -> Option<Self> {
        let Some(programs) = programs() else {
            missing("PostgreSQL");
            return None;
        };
        let data = directory.join("postgres");
        fs::create_dir_all(&data).unwrap();
        let mut own = as_other_than_root(Path::new("chown"));
        if own.get_program() != "chown" {
            let changed = Command::new("chown").arg("postgres:").arg(&data).status().unwrap();
            assert!(changed.success());
        }
        own = as_other_than_root(&programs.join("initdb"));
        let made = own
            .args([
                "--auth=trust",
                "--username=owner",
                "--no-sync",
                "--encoding=UTF8",
                "--locale=C",
                "-D",
            ])
            .arg(&data)
            .current_dir("/")
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let port = free_port();
        let settings = [
            format!("port={port}"),
            "listen_addresses=127.0.0.1".to_owned(),
            "unix_socket_directories=".to_owned(),
            format!("max_connections={max_connections}"),
            format!("superuser_reserved_connections={reserve}"),
            "shared_buffers=16MB".to_owned(),
            "fsync=off".to_owned(),
        ];
        let mut server = as_other_than_root(&programs.join("postgres"));
        server.arg("-D").arg(&data).current_dir("/");
        for setting in &settings {
            server.args(["-c", setting]);
        }
        let postgres = Self {
            process: Process::logged(&mut server, &directory.join("postgres.log")),
            programs,
            port,
        };
        eventually("PostgreSQL accepts connections", || postgres.try_ask("SELECT 1"));
        Some(postgres)
    }

    /// Where a program finds it.
    pub(crate) fn url(&self, user: &str, database: &str) -> String {
        format!("postgres://{user}@127.0.0.1:{}/{database}", self.port)
    }

    /// Runs a statement as the owner, and returns what came back.
    #[track_caller]
    pub(crate) fn ask(&self, database: &str, sql: &str) -> String {
        let output = self.psql(database).args(["-c", sql]).output().unwrap();
        assert!(
            output.status.success(),
            "{sql}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn try_ask(&self, sql: &str) -> Option<String> {
        let output = self.psql("postgres").args(["-c", sql]).output().unwrap();
        output
            .status
            .success()
            .then(|| String::from_utf8(output.stdout).unwrap())
    }

    /// A client that runs until it is dropped, with all that it prints in a file.
    pub(crate) fn keep_asking(&self, database: &str, sql: &str, log: &Path) -> Process {
        Process::logged(self.psql(database).args(["-c", sql]), log)
    }

    /// Notes the most connections that a role has had at once, each new one in a line of its own, until it is dropped.
    pub(crate) fn watch_connections(&self, role: &str, log: &Path) -> Process {
        let look = format!("SELECT count(*) INTO found FROM pg_stat_activity WHERE usename = '{role}'");
        let report = "IF found > most THEN most := found; RAISE NOTICE 'most %', most; END IF";
        let again = "PERFORM pg_stat_clear_snapshot(); PERFORM pg_sleep(0.005)";
        let body = format!("DECLARE found int; most int := 0; BEGIN LOOP {look}; {report}; {again}; END LOOP; END");
        self.keep_asking("postgres", &format!("DO $$ {body} $$"), log)
    }

    /// The most that were noted so far.
    pub(crate) fn most_connections(&self, watch: &Process) -> u64 {
        let said = watch.said();
        let last = said.lines().rev().find_map(|line| line.split_once("most "));
        last.unwrap_or_else(|| panic!("{said}")).1.parse().unwrap()
    }

    fn psql(&self, database: &str) -> Command {
        let mut command = Command::new(self.programs.join("psql"));
        command
            .args([
                "--no-psqlrc",
                "--quiet",
                "--tuples-only",
                "--no-align",
                "-v",
                "ON_ERROR_STOP=1",
            ])
            .arg(self.url("owner", database))
            .env_remove("PGOPTIONS");
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // "Immediate" shutdown: the children go with it.
        self.process.signal("QUIT");
        self.process.end();
    }
}

/// The server's programs of the distribution, the newest version.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut folders: Vec<PathBuf> = versions.map(|entry| entry.unwrap().path().join("bin")).collect();
    folders.retain(|folder| folder.join("postgres").is_file());
    folders.sort();
    folders.pop()
}

/// PostgreSQL refuses to run as root.
fn as_other_than_root(program: &Path) -> Command {
    let id = Command::new("id").arg("-u").output().unwrap();
    if id.stdout.trim_ascii() != b"0" {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"])
        .arg(program);
    command
}
