//! What a unit may do, and what it sees of the machine.

use super::*;

#[test]
fn only_code_that_is_compiled_ahead_loses_writable_executable_memory() {
    let of = |runtime: &str| {
        let spec = format!("host web {{ }}\nservice api {{ runtime {runtime}; run \"a\" }}");
        values(&emitted(&spec), "api.service", "MemoryDenyWriteExecute").join(" ")
    };
    for (runtime, denies) in [
        ("node 24", ""),
        ("python 3.13", ""),
        ("jvm 21", ""),
        ("dotnet 9", ""),
        ("binary", ""),
        ("go", "yes"),
        ("rust", "yes"),
    ] {
        assert_eq!(of(runtime), denies, "{runtime}");
    }
}

#[test]
fn capabilities_are_the_least_that_work() {
    let of = |settings: &str| {
        let out = service(settings);
        let of = |setting| values(&out, "api.service", setting).join(" ");
        format!(
            "{}|{}|{}",
            of("AmbientCapabilities"),
            of("PrivateUsers"),
            of("SystemCallFilter")
        )
    };
    let filtered = "@system-service ~@privileged @resources";
    assert_eq!(of("listen http 3000"), format!("|yes|{filtered}"));
    assert_eq!(of("listen http 443"), format!("CAP_NET_BIND_SERVICE||{filtered}"));
    assert_eq!(
        of("listen http 443; security { capabilities [\"NET_BIND_SERVICE\"] }"),
        format!("CAP_NET_BIND_SERVICE||{filtered}")
    );
    assert_eq!(
        of("listen http 443; security { capabilities [\"CHOWN\"] }"),
        "CAP_CHOWN CAP_NET_BIND_SERVICE||@system-service"
    );
}

#[test]
fn programs_in_home_directories_are_still_found() {
    let of = |settings: &str| values(&service(settings), "api.service", "ProtectHome").join(" ");
    assert_eq!(of(""), "yes");
    assert_eq!(of("working_dir \"/home/shop/api\""), "read-only");
    assert_eq!(of("working_dir \"/homestead/api\""), "yes");
    assert_eq!(of("security { writable [\"/root/x\"] }"), "read-only");
}

#[test]
fn directories_of_the_system_keep_their_owner() {
    let out = service("security { writable [\"/var/log\", \"/var/log/api\", \"/var/tmp/a\"] }");
    assert_eq!(
        values(&out, "api.service", "ReadWritePaths"),
        ["\"/var/log\"", "\"/var/log/api\""]
    );
    let table = body(&out, "tmpfiles.d/shop.conf");
    assert!(table.contains("d /var/log/api 0750 shop-api shop-api -"));
    assert!(!table.contains("d /var/log "));
}

#[test]
fn mounted_files_are_written_and_bound() {
    let spec = r#"
project shop { }
host web { }
service api {
  runtime go; run "api"
  file "/etc/app/config.json" from "config/app.json"
  file "/etc/app/a b.key" from secret "file:/etc/ssl/a.key"
}"#;
    let mut out = Output::default();
    emit(&model_with(spec, &[("config/app.json", "{\"a\": 1}\n")]), &mut out);
    assert_eq!(said(&out), [""; 0]);
    assert_eq!(body(&out, "files/api/etc/app/config.json"), "{\"a\": 1}\n");
    assert_eq!(
        values(&out, "api.service", "BindReadOnlyPaths"),
        [
            "\"/etc/shop/files/api/etc/app/config.json\":\"/etc/app/config.json\"",
            "\"/etc/ssl/a.key\":\"/etc/app/a b.key\""
        ]
    );
}

#[test]
fn the_variable_of_a_secret_file_is_free() {
    let secret = "secret KEY from \"file:/etc/keys/api\"";
    assert!(!service(secret).has_errors());
    let out = service(&format!("{secret}; env KEY_FILE \"/somewhere\""));
    let errors: Vec<String> = said(&out)
        .into_iter()
        .filter(|line| line.starts_with("error"))
        .collect();
    assert_eq!(
        errors,
        ["error: systemd gives the path of `KEY` as `KEY_FILE`, and the spec gives it too [leave it out]"]
    );
}
