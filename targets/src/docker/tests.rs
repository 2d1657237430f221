//! Specs and the files they give: one for each runtime and feature.

use loadline_compiler::model::TargetName;

use crate::testing::{model, shown};

fn docker(spec: &str) -> String {
    shown(spec, &crate::emit(&model(spec), TargetName::Docker))
}

macro_rules! gives {
    ($( $(#[doc = $doc:literal])* $name:ident: $spec:literal; )+) => {
        $(
            $(#[doc = $doc])*
            #[test]
            fn $name() {
                insta::assert_snapshot!(stringify!($name), docker($spec));
            }
        )+
    };
}

gives! {
    /// Everything by default.
    node: r#"
project shop { owner "team-shop"; runbook "https://wiki.example.com/shop"; registry "ghcr.io/acme" }
## The API:
## orders and users.
service api {
  version 2.1.0
  build   {}
  runtime node 24
  run     "dist/server.mjs"
  listen  http 3000
  memory  512Mi { heap 384Mi }
}
"#;
    /// Everything written.
    node_written: r#"
project shop { labels { "com.example.cost" "shop"; "com.example.tier" "1" } }
service api {
  image   "ghcr.io/acme/api:1"
  build   {
    context "services/api"
    base    "node:26-trixie-slim@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    install "npm install --global pnpm@10.20.0 && pnpm install --frozen-lockfile"
    steps   ["pnpm run generate", "pnpm run build"]
    output  "build/server"
    files   ["migrations", "my files/app config.json", "*.proto"]
    static  "build/client"
  }
  runtime node 26
  run     ["node", "--import", "./build/server/trace.js", "build/server/main.js"]
  args    ["--quiet"]
  working_dir "/srv/api"
  labels  { "com.example.tier" "2" }
  listen  http 3000
  listen  grpc 3001 { name internal }
  volume  uploads "/data/uploads" { kind persistent }
  security { user 20001; group 20002 }
  shutdown { signals [SIGINT, SIGQUIT] }
}
"#;
    /// Nothing to build: development dependencies are never installed.
    node_without_steps: r#"
project shop {}
service api { build { steps [] }; runtime node 22.11.0; run "server.js"; listen http 3000 }
"#;
    /// Nothing to install either.
    node_without_dependencies: r#"
project shop {}
service api { build { install ""; steps [] }; runtime node 24; run "src/server.mjs"; listen http 3000 }
"#;
    python: r#"
project shop {}
service api { build {}; runtime python 3.13; run ["gunicorn", "shop.wsgi", "--bind=0.0.0.0:8000"]; listen http 8000 }
"#;
    python_written: r#"
project shop {}
worker mailer {
  build   { install "pip install -r requirements/production.txt"; steps ["python -m compileall app"]; files ["locale"]; output "app" }
  runtime python 3.12
  run     "app/worker.py"
}
"#;
    go: r#"
project shop {}
service api { build {}; runtime go; run "server"; listen http 8080 }
"#;
    go_written: r#"
project shop {}
service api { build { steps ["go build -o bin/api ./cmd/api"]; output "bin/api" }; runtime go 1.25; run "/api"; listen http 8080 }
"#;
    rust: r#"
project shop {}
service api { build {}; runtime rust; run "shop-api"; listen http 8080 }
"#;
    rust_written: r#"
project shop {}
service api { build { steps ["cargo build --release --locked"] }; runtime rust 1.90; run "target/release/api"; listen http 8080 }
"#;
    jvm: r#"
project shop {}
service api { build {}; runtime jvm 21; run "target/app.jar"; memory 1Gi { heap 600Mi }; listen http 8080 }
"#;
    jvm_with_gradle: r#"
project shop {}
service api { build { steps ["./gradlew bootJar"] }; runtime jvm 25; run "build/libs/app.jar"; listen http 8080 }
"#;
    dotnet: r#"
project shop {}
service api { build {}; runtime dotnet 9; run "Shop.Api.dll"; listen http 8080 }
"#;
    /// An executable that is already there.
    binary: r#"
project shop {}
job cleanup { build { output "target/release/cleanup" }; runtime binary; run "cleanup" }
"#;
    site: r#"
project shop {}
site web { build { context "./web"; steps ["npm ci", "npm run build"]; output "dist" } }
site docs { build { base "hugomods/hugo:0.140.0"; steps ["hugo --minify"]; output "public" } }
site plain { build { steps []; install ""; output "www" } }
"#;
    /// On a host nobody else asks; on Kubernetes the probes do.
    healthcheck: r#"
project shop {}
cluster prod { nodes 3 }
host web { process systemd }
service on-host {
  build   {}
  runtime node 24
  run     "dist/server.mjs"
  listen  http 3000
  health  {
    startup "/readyz" { every 2s; within 60s }
    ready   "/readyz" { every 5s; timeout 500ms; failing 2; header "Host" "it's \"x\" $HOME" }
  }
  runs_on web
}
service in-cluster {
  build   {}
  runtime node 24
  run     "dist/server.mjs"
  listen  http 3000
  health  { ready "/readyz" }
  runs_on prod
}
service exec  { build {}; runtime go; run "app"; listen tcp 3000; health { live exec ["/usr/local/bin/app", "check"] }; runs_on web }
service other { build {}; runtime go; run "app"; listen http 3001; health { ready "/readyz" }; runs_on web }
service rpc   { build {}; runtime node 24; run "dist/a.js"; listen grpc 3002; health { ready grpc }; runs_on web }
worker line   { build {}; runtime python 3.13; run "a.py"; listen tcp 3003; health { ready tcp }; runs_on web }
"#;
    /// What would break out of its place is refused where it stands.
    refused: r#"
project shop { owner "a\nb" }
service api {
  build   {
    base    "node:24 AS x"
    install "npm ci \\"
    steps   ["npm run build\nUSER root", "--security=insecure id", "cat <<EOF", "echo $HOME <<<x"]
    output  "../secrets"
    files   ["/etc/passwd"]
  }
  runtime node 24
  run     "dist/server\u{0}.mjs"
}
"#;
    /// What is special to a Dockerfile or a shell, and has to come out as it went in.
    escaped: r#"
project shop { owner "\"a\" \\ \$HOME 'b'" }
service api {
  build   { files ["it's \$5", "app/[id]"]; output "dist" }
  runtime node 24
  run     ["node", "dist/a b.mjs", "--name=\"\$HOME\"\n"]
  working_dir "/srv/\$a b"
}
"#;
}

#[test]
fn the_syntax_line_comes_first() {
    let model = model("project shop {}\nservice api { build {}; runtime node 24; run \"dist/a.js\" }");
    let out = crate::emit(&model, TargetName::Docker);
    let contents = out.artifacts[0].contents("loadline.load");
    assert!(contents.starts_with("# syntax=docker/dockerfile:1\n# Generated by"));
}
