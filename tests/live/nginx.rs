//! nginx as it is emitted for a gateway, in a directory: what is rewritten is only what a directory and a test need, the listen
//! lines and TLS. A certificate would need a client that trusts it; what nginx says of TLS is tested with the target.

use std::process::Command;

use super::process::{Process, wait_for_port};
use crate::harness::Case;

/// Puts what was compiled into `nginx/`; the port after the given one is that of plain HTTP.
pub(crate) fn install(case: &Case, edge: u16, rewritten: impl Fn(&str) -> String) {
    for file in case.tree("out/base/nginx") {
        let text = rewritten(&case.read(&format!("out/base/nginx/{file}")));
        let lines = text
            .lines()
            .filter(|line| !line.contains("listen [::]") && !line.contains("-tls.conf"));
        let text: String = lines.map(|line| format!("{line}\n")).collect();
        let text = text.replace("listen 443 ssl http2", &format!("listen 127.0.0.1:{edge}"));
        case.write(
            &format!("nginx/{file}"),
            &text.replace("listen 80", &format!("listen 127.0.0.1:{}", edge + 1)),
        );
    }
    let temporary =
        ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|what| format!("{what}_temp_path tmp-{what};\n"));
    case.write(
        "nginx/nginx.conf",
        &format!(
            "daemon off; master_process off; pid nginx.pid; error_log error.log; include main.d/*.conf;\nevents {{}}\n\
             http {{ access_log off;\n{}types {{ text/html html; text/javascript js; text/css css; }}\n\
             include conf.d/*.conf; }}\n",
            temporary.concat()
        ),
    );
}

/// Runs it, in one process.
pub(crate) fn start(case: &Case, edge: u16) -> Process {
    let mut command = Command::new("nginx");
    command.args(["-e", "stderr", "-p"]).arg(case.path("nginx"));
    let nginx = Process::start(command.args(["-c", "nginx.conf"]));
    wait_for_port(edge);
    nginx
}
