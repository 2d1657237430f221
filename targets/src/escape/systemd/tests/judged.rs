//! systemd itself, asked about awkward strings.

use super::*;

/// Strings that real files hold, and strings that break them.
const AWKWARD: [&str; 28] = [
    "plain",
    "",
    " ",
    "two words",
    "50% off",
    "%n %i %%",
    "$HOME ${HOME} $$",
    "a\"b'c",
    "\\",
    "\\x41\\n",
    "line\nbreak",
    "tab\there",
    ";",
    "a ; b",
    "#not a comment",
    "é ☃ 漢",
    "\u{1b}[31m",
    "\u{7f}",
    "`id`",
    "--a=b --c",
    "@x",
    "-y",
    ":z",
    "!w",
    "+v",
    "{\"json\": [1, \"\\u0000\"]}",
    "ends with \\",
    " around ",
];

/// systemd reads the same strings out of a unit as were put in.
#[expect(clippy::print_stderr, reason = "says which judge was missing")]
#[test]
fn systemd_itself_reads_the_strings_back() {
    let Some(judge) = oracle::Systemd::new() else {
        eprintln!("SKIPPED: /lib/systemd/systemd cannot be run as an unprivileged user here");
        return;
    };
    let mut arguments = vec!["/usr/bin/printf".to_owned()];
    arguments.extend(AWKWARD.iter().map(|text| (*text).to_owned()));
    let paths: Vec<String> = AWKWARD
        .iter()
        .map(|text| format!("/srv/x{text}x"))
        .filter(|path| list_path(path).is_ok())
        .collect();
    let mut unit = String::from("[Service]\n");
    unit.push_str(&format!("ExecStart={}\n", command(&arguments).unwrap().as_str()));
    for (index, text) in AWKWARD.iter().enumerate() {
        let escaped = assignment(&format!("V{index}"), text).unwrap();
        unit.push_str(&format!("Environment={}\n", escaped.as_str()));
    }
    for given in &paths {
        unit.push_str(&format!("ReadWritePaths={}\n", list_path(given).unwrap().as_str()));
        unit.push_str(&format!("EnvironmentFile={}\n", path(given).unwrap().as_str()));
        unit.push_str(&format!("BindPaths={}\n", bind(given, given).unwrap().as_str()));
    }
    unit.push_str("WorkingDirectory=/srv/my app%%n\n[Unit]\n");
    let sentence = "# 50% \"off\" \\x41 %n";
    let escaped = super::sentence(sentence).unwrap();
    unit.push_str(&format!("Description={}\n", escaped.as_str()));

    let dump = judge.read(&unit);
    let environment: Vec<String> = AWKWARD
        .iter()
        .enumerate()
        .map(|(index, text)| format!("V{index}={text}"))
        .collect();
    assert_eq!(dump.values("Environment"), environment);
    assert_eq!(dump.values("EnvironmentFile"), paths);
    assert_eq!(dump.values("ReadWritePaths"), [paths.join(" ")]);
    let binds: Vec<String> = paths.iter().map(|path| format!("{path}:{path}:rbind")).collect();
    assert_eq!(dump.values("BindPaths"), binds);
    assert_eq!(dump.values("WorkingDirectory"), ["/srv/my app%n"]);
    assert_eq!(dump.values("Description"), [sentence]);
    // Variables are replaced when the program starts, so the dump still shows the doubled dollars.
    let shown = dump.command_line();
    let read: Vec<String> = shown.iter().map(|word| substituted(word).unwrap()).collect();
    assert_eq!(read, arguments);
}

/// The program's own path, which systemd treats unlike the arguments behind it.
#[test]
fn systemd_itself_finds_the_program() {
    let Some(judge) = oracle::Systemd::new() else {
        return;
    };
    for path in ["/opt/my app/bin/node", "/opt/50%/n;", "/opt/@x/-y", "/opt/é"] {
        let words = [path.to_owned(), "$x".to_owned()];
        let unit = format!("[Service]\nExecStart={}\n", command(&words).unwrap().as_str());
        assert_eq!(judge.read(&unit).command_line(), [path, "$$x"]);
    }
}

/// The judge can say no: a quote that is not closed, a value that is not quoted, a specifier.
#[test]
fn systemd_itself_refuses_what_is_not_escaped() {
    let Some(judge) = oracle::Systemd::new() else {
        return;
    };
    let dump = judge.read("[Service]\nExecStart=/bin/echo \"not closed\n");
    assert!(dump.command_line().is_empty());
    let dump = judge.read("[Service]\nExecStart=/bin/echo %p\nEnvironment=A=two words\n");
    assert_eq!(dump.values("Environment"), ["A=two"]);
    assert_eq!(dump.command_line(), ["/bin/echo", "judged"]);
}

/// systemd's own reader of environment files gives the strings back: `/etc/os-release` is such a file, and `%o` in
/// tmpfiles.d stands for its `ID`.
#[test]
fn systemd_itself_reads_environment_files_back() {
    for text in AWKWARD {
        let line = file_assignment("ID", text).unwrap();
        let Some(read) = oracle::os_release_id(line.as_str()) else {
            crate::testing::missing("systemd-tmpfiles cannot be run");
            return;
        };
        assert_eq!(read, text);
    }
    assert_eq!(oracle::os_release_id("ID=two words").unwrap(), "two words");
    assert_eq!(oracle::os_release_id("ID=a\\$b").unwrap(), "a$b");
}
