//! Specs and the workflows they give.

use loadline_compiler::model::TargetName;

use crate::testing::{gives, model, shown, validated};

fn workflow(name: &str, spec: &str) -> String {
    let output = crate::emit(&model(spec), TargetName::Ci);
    validated("ci", name, &output);
    shown(spec, &output)
}

gives! { workflow;
    /// Images: sources that are shared are tested once.
    images: r#"
project shop { registry "ghcr.io/acme"; targets [docker, kubernetes, ci] }
service api { version 2.1.0; runtime node 24; run "dist/server.mjs"; build { steps ["npm run build"]; output "dist" } }
worker mailer { version 2.1.0; runtime node 24; run "dist/mailer.mjs"; build { steps ["npm run build"]; output "dist" } }
service web { runtime go; image "registry.example.com:5000/web:1"; run "web"; build { context "./web" } }
service other { image "somebody/else:1" }
"#;

    /// The conventions of the other runtimes.
    runtimes: r#"
project shop { registry "registry.example.com"; targets [docker, kubernetes, ci] }
service a { runtime python 3.13; run "app.py"; build { context "a" } }
service b { runtime jvm 21; run "app.jar"; build { context "b"; steps ["./gradlew build"] } }
service c { runtime dotnet 9; run "app.dll"; build { context "c" } }
service d { runtime rust; run "d"; build { context "d" } }
service e { runtime binary; run "e"; build { context "e"; steps ["make"] } }
service f { runtime node 24; run "f.js"; build { context "f"; install "pnpm install --frozen-lockfile" } }
"#;

    /// What runs on hosts is packed, and what says nothing of its build is left out.
    hosts: r#"
project shop { targets [pm2, systemd, ci] }
host web { cpu 4; memory 8Gi; process pm2 }
service api { runtime node 24; run "dist/server.js"; listen http 3000; build { steps ["npm run build"]; output "dist" } }
service old { runtime node 24; run "old.js"; listen http 3001 }
site app { build { context "./app"; output "dist" } }
"#;

    /// No text of the spec becomes an expression or a part of a command.
    escaped: r#"
project shop { registry "ghcr.io/\${{ secrets.A }}"; targets [docker, kubernetes, ci] }
service api {
  runtime node 24
  run     "a.js"
  build   {
    context "src/\${{ github.token }}"
    base    "node:24\${{ secrets.B }}"
    install "npm ci; echo '\${{ secrets.C }}' \"$(id)\""
    output  "dist"
  }
}
"#;
}
