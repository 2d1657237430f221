//! `release.sh` of a service under systemd: the emitted units, run by a `systemctl` of the test, which is no root's.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::harness::{Case, root};
use crate::live::http::Connection;
use crate::live::process::free_ports;

const SPEC: &str = r#"
project shop { targets [systemd, release] }
host web { }
service api {
  runtime node 24
  run     "server.mjs"
  scale   2
  listen  http 3000
  env     PORT self.http.port
  memory  256Mi { heap auto; young 16Mi }
  health  { ready "/readyz" { every 50ms; timeout 5s } }
  migrate before { run ["node", "migrate.mjs"] }
  load    { boot 3s }
}
"#;

/// Says who it is, and is well if its release is, there.
const SERVER: &str = r#"
import { createServer } from "node:http";
const { PORT } = process.env;
createServer((request, response) => {
  const well = request.url !== "/readyz" || !BAD.includes(Number(PORT));
  response.writeHead(well ? 200 : 503).end("RELEASE");
}).listen(PORT, "127.0.0.1");
"#;

struct Units {
    case: Case,
    port: u16,
}

impl Drop for Units {
    fn drop(&mut self) {
        for file in self.case.tree("").iter().filter(|file| file.ends_with(".pid")) {
            let _ = Command::new("kill")
                .arg(self.case.read(file).trim())
                .stderr(Stdio::null())
                .status();
        }
    }
}

impl Units {
    fn install() -> Self {
        let (case, port) = (Case::new(), free_ports(3));
        case.write("loadline.load", &SPEC.replace("3000", &port.to_string()));
        let run = case.run("compile -o out");
        assert_eq!(run.code, 0, "{}", run.shown());
        let at = |path: &str| case.path(path).to_str().unwrap().to_owned();
        let rewritten = |text: &str| text.replace("/srv/", &at("srv/")).replace("/run/lock/", &at(""));
        for folder in ["systemd", "release"] {
            for file in case.tree(&format!("out/base/{folder}")) {
                let text = rewritten(&case.read(&format!("out/base/{folder}/{file}")));
                case.write(&format!("units/{file}"), &text);
            }
        }
        fs::create_dir_all(case.path("srv/api")).unwrap();
        fs::rename(case.path("units/api/release.sh"), case.path("srv/api/release.sh")).unwrap();
        fs::set_permissions(case.path("srv/api/release.sh"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::copy(root().join("tests/live/platform/systemctl"), case.path("systemctl")).unwrap();
        Self { case, port }
    }

    /// Releases a server that is not well on some ports: the exit code, what was said, and what systemd was asked.
    fn deploy(&self, release: &str, bad: &[u16]) -> (Option<i32>, String, Vec<String>) {
        let app = format!("built/{release}");
        let server = SERVER.replace("RELEASE", release).replace("BAD", &format!("{bad:?}"));
        self.case.write(&format!("{app}/server.mjs"), &server);
        let note = "import { appendFileSync } from 'node:fs'; appendFileSync('../../migrated', ";
        self.case
            .write(&format!("{app}/migrate.mjs"), &format!("{note}'{release} ');"));
        self.case.write("log", "");
        let path = format!("{}:{}", self.case.path("").display(), std::env::var("PATH").unwrap());
        let run = Command::new(self.case.path("srv/api/release.sh"))
            .args(["deploy".into(), self.case.path(&app), PathBuf::from(release)])
            .env("PATH", path)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        let asked = self.case.read("log").lines().map(str::to_owned).collect();
        (run.status.code(), said, asked)
    }

    fn answers(&self) -> Vec<String> {
        let ask = |port: u16| {
            let mut connection = Connection::open(([127, 0, 0, 1], port).into())?;
            connection.send(b"GET / HTTP/1.0\r\n\r\n")?;
            connection.rest()
        };
        [self.port, self.port + 1]
            .map(|port| ask(port).unwrap_or_else(|error| error))
            .into()
    }
}

#[test]
fn units_are_replaced_one_after_the_other_and_go_back() {
    if Command::new("node")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_err()
    {
        return crate::tools::missing("there is no node");
    }
    let units = Units::install();
    let trial = [
        "start api-migrate.service",
        "start api-candidate.service",
        "stop api-candidate.service",
    ];

    let (code, said, asked) = units.deploy("one", &[]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(
        asked,
        [&trial[..], &["restart api@1.service", "restart api@2.service"]].concat()
    );
    assert_eq!(units.answers(), ["one", "one"]);

    // The candidate has the port after those of the instances.
    let (code, said, asked) = units.deploy("two", &[units.port + 2]);
    assert_eq!((code, asked), (Some(1), trial.map(str::to_owned).to_vec()), "{said}");
    assert_eq!(units.answers(), ["one", "one"]);

    // The second instance is not touched: the first has shown what there was to see.
    let (code, said, asked) = units.deploy("three", &[units.port]);
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(asked, [&trial[..], &["restart api@1.service"; 2]].concat());
    assert_eq!(units.answers(), ["one", "one"]);

    // The second fails when the first is well: it is the first to go back, so that one of them always answers.
    let (code, said, asked) = units.deploy("late", &[units.port + 1]);
    assert_eq!(code, Some(1), "{said}");
    let there_and_back = ["api@1", "api@2", "api@2", "api@1"].map(|unit| format!("restart {unit}.service"));
    assert_eq!(asked, [&trial.map(str::to_owned)[..], &there_and_back].concat());
    assert_eq!(units.answers(), ["one", "one"]);

    let (code, said, _) = units.deploy("four", &[]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(units.answers(), ["four", "four"]);
    // Each release has brought its own migration.
    assert_eq!(units.case.read("srv/api/migrated"), "one two three late four ");
}
