//! Every string survives systemd's own rules, or is refused.
//!
//! Two judges: the documented rules, written down again as a reader and fed with arbitrary strings, and systemd itself
//! with a fixed list of awkward ones.

use proptest::prelude::*;

use super::*;

/// Splits a line into words and undoes quotes and C escapes, as systemd.syntax(7) says under "Quoting".
fn words(line: &str) -> Result<Vec<String>, String> {
    let mut out = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', _) => word.get_or_insert_default().push(unescaped(&mut chars)?),
            (c, Some(open)) if c == open => quote = None,
            (c, Some(_)) => word.get_or_insert_default().push(c),
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (' ' | '\t' | '\n' | '\r', None) => out.extend(word.take()),
            (c, None) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err("unbalanced quote: the unit does not load".to_owned());
    }
    out.extend(word);
    Ok(out)
}

fn unescaped(chars: &mut std::str::Chars<'_>) -> Result<char, String> {
    match chars.next() {
        Some('n') => Ok('\n'),
        Some('t') => Ok('\t'),
        Some('x') => {
            let digits: String = chars.by_ref().take(2).collect();
            let code = u8::from_str_radix(&digits, 16).map_err(|error| error.to_string())?;
            Ok(char::from(code))
        }
        Some(c @ ('"' | '\\' | '\'')) => Ok(c),
        other => Err(format!("an escape that nobody knows: {other:?}")),
    }
}

/// Undoes specifiers: `%%` is a percent sign, and nothing else may be left of them.
fn specified(word: &str) -> Result<String, String> {
    doubled(word, '%')
}

/// Undoes variables, as systemd.service(5) says under "Command lines": `$$` is a dollar sign.
fn substituted(word: &str) -> Result<String, String> {
    doubled(word, '$')
}

fn doubled(word: &str, mark: char) -> Result<String, String> {
    let mut out = String::new();
    let mut chars = word.chars();
    while let Some(c) = chars.next() {
        out.push(c);
        if c == mark && chars.next() != Some(mark) {
            return Err(format!("{word:?} has a {mark} that systemd replaces"));
        }
    }
    Ok(out)
}

/// What the process is given for a command line. A lone unquoted `;` would begin a second command.
fn started(line: &str) -> Result<Vec<String>, String> {
    if line.split(' ').any(|raw| raw == ";") {
        return Err("a second command".to_owned());
    }
    let specified: Result<Vec<String>, String> = words(line)?.iter().map(|word| specified(word)).collect();
    specified?.iter().map(|word| substituted(word)).collect()
}

/// What an environment file sets: the rules of a shell without variables.
fn file_value(line: &str) -> Result<(String, String), String> {
    let (name, rest) = line.split_once('=').ok_or("no assignment")?;
    let inner = rest.strip_prefix('"').ok_or("no quote")?;
    let mut out = String::new();
    let mut chars = inner.chars();
    loop {
        match chars.next().ok_or("the quote is not closed")? {
            '"' => break,
            '\\' => match chars.next() {
                Some(c @ ('"' | '\\' | '$' | '`')) => out.push(c),
                other => return Err(format!("a backslash before {other:?} stays")),
            },
            c => out.push(c),
        }
    }
    match chars.next() {
        None => Ok((name.to_owned(), out)),
        Some(c) => Err(format!("{c:?} behind the closing quote")),
    }
}

fn line_of(escaped: &Escaped) -> &str {
    let line = escaped.as_str();
    assert!(
        !line.contains('\n') && !line.ends_with('\\'),
        "{line:?} is more than one line"
    );
    line
}

/// Strings with the characters that mean something somewhere.
fn awkward() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        prop::sample::select(vec![
            "%",
            "%%",
            "%n",
            "%i",
            "$",
            "$$",
            "$HOME",
            "${HOME}",
            "\\",
            "\\x41",
            "\\n",
            "\"",
            "'",
            ";",
            "#",
            " ",
            "  ",
            "\t",
            "\n",
            "\r",
            "\0",
            "\u{7f}",
            "\u{1b}",
            "\u{2028}",
            "é",
            "`",
            "=",
            "@",
            "-",
            "+",
            ":",
            "!",
            "|",
            "&",
            "~",
            "[Service]",
            "a",
            "..",
            "/",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn command_lines_give_their_words_back(arguments in prop::collection::vec(awkward(), 0..4)) {
        let mut given = vec!["/usr/bin/node".to_owned()];
        given.extend(arguments);
        match command(&given) {
            Ok(line) => prop_assert_eq!(started(line_of(&line)).unwrap(), given),
            Err(_) => prop_assert!(given.concat().contains('\0')),
        }
    }

    #[test]
    fn programs_give_their_path_back(text in awkward()) {
        let given = format!("/opt/{text}x");
        match command(std::slice::from_ref(&given)) {
            // The path is no argument: a doubled dollar would be looked for on the disk.
            Ok(line) => {
                let words = words(line_of(&line)).unwrap();
                prop_assert_eq!(words.len(), 1);
                prop_assert_eq!(specified(&words[0]).unwrap(), given);
            }
            Err(_) => prop_assert!(
                given.chars().any(|c| c.is_control() || "\"'\\$".contains(c))
            ),
        }
    }

    #[test]
    fn assignments_give_their_value_back(value in awkward()) {
        match assignment("NAME", &value) {
            Ok(line) => {
                let words = words(line_of(&line)).unwrap();
                prop_assert_eq!(words.len(), 1);
                prop_assert_eq!(specified(&words[0]).unwrap(), format!("NAME={value}"));
            }
            Err(_) => prop_assert!(value.contains('\0')),
        }
    }

    #[test]
    fn environment_files_give_their_value_back(value in awkward()) {
        match file_assignment("NAME", &value) {
            Ok(line) => prop_assert_eq!(
                file_value(line.as_str()).unwrap(),
                ("NAME".to_owned(), value)
            ),
            Err(_) => prop_assert!(value.contains('\0')),
        }
    }

    #[test]
    fn whole_values_stand_as_they_are(text in awkward()) {
        let given = format!("/srv/{text}");
        let stays = !given.chars().any(char::is_control)
            && given == given.trim()
            && !given.ends_with('\\');
        for escaped in [path(&given), sentence(&given)] {
            prop_assert_eq!(escaped.is_ok(), stays);
            if let Ok(line) = escaped {
                prop_assert_eq!(specified(line_of(&line)).unwrap(), given.clone());
            }
        }
    }

    #[test]
    fn list_paths_give_their_path_back(text in awkward()) {
        let given = format!("/srv/{text}");
        let (one, pair) = (list_path(&given), bind_instance(&given, &given));
        prop_assert_eq!(one.is_ok(), !given.chars().any(char::is_control));
        if let (Ok(one), Ok(pair)) = (one, pair) {
            let read = words(line_of(&one)).unwrap();
            prop_assert_eq!(read.len(), 1);
            prop_assert_eq!(specified(&read[0]).unwrap(), given.clone());
            // The colon between the two stands outside the quotes.
            let read = words(&line_of(&pair).replacen("%i\":\"", "0\" \"", 1)).unwrap();
            prop_assert_eq!(read.len(), 2);
            prop_assert_eq!(specified(&read[0]).unwrap(), format!("{given}/0"));
            prop_assert_eq!(specified(&read[1]).unwrap(), given);
        }
    }

    #[test]
    fn table_paths_give_their_path_back(text in awkward()) {
        let given = format!("/srv/{text}");
        if let Ok(line) = table_path(&given) {
            let read = words(line_of(&line)).unwrap();
            prop_assert_eq!(read.len(), 1);
            prop_assert_eq!(specified(&read[0]).unwrap(), given);
        }
    }

    #[test]
    fn remarks_stay_one_line(text in awkward()) {
        prop_assert!(!remark(&text).as_str().contains(char::is_control));
    }
}

#[test]
fn what_a_unit_cannot_hold_is_refused_with_the_reason() {
    let message = |escaped: Result<Escaped, String>| escaped.unwrap_err();
    assert_eq!(
        message(command(&["node".to_owned()])),
        "\"node\" is not the absolute path of a program"
    );
    assert_eq!(
        message(path("/srv/a\nExecStart=/bin/sh")),
        "systemd has no way to write '\\n' here"
    );
    assert!(message(sentence("ends with \\")).contains("a line that goes on"));
    assert!(message(table_path("/srv/../etc")).contains("`..`"));
    assert!(message(zone("UTC\n")).contains("time zone"));
    assert!(message(name("a b")).contains("a name"));
    assert!(message(assignment("A B", "x")).contains("environment variable"));
}

#[test]
fn cpu_is_a_percentage_of_one_core() {
    for (millicores, shown) in [(1000, "100%"), (250, "25%"), (2500, "250%"), (125, "12.5%")] {
        assert_eq!(percent_of_core(millicores).as_str(), shown);
    }
}

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
#[test]
#[expect(clippy::print_stderr, reason = "says which judge was missing")]
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
#[expect(clippy::print_stderr, reason = "says which judge was missing")]
fn systemd_itself_reads_environment_files_back() {
    for text in AWKWARD {
        let line = file_assignment("ID", text).unwrap();
        let Some(read) = oracle::os_release_id(line.as_str()) else {
            eprintln!("SKIPPED: systemd-tmpfiles cannot be run here");
            return;
        };
        assert_eq!(read, text);
    }
    assert_eq!(oracle::os_release_id("ID=two words").unwrap(), "two words");
    assert_eq!(oracle::os_release_id("ID=a\\$b").unwrap(), "a$b");
}

/// `systemd --test --user`, which loads units, prints what it read, and ends.
#[expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the tests ask the real program"
)]
mod oracle {
    use std::path::{Path, PathBuf};
    use std::process::Command;

    const PROGRAM: &str = "/lib/systemd/systemd";
    /// `nobody`: systemd refuses to be tested as root.
    const NOBODY: &str = "65534";

    pub(super) struct Systemd {
        root: bool,
    }

    pub(super) struct Dump(String);

    impl Systemd {
        pub(super) fn new() -> Option<Self> {
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
            let place = Place::new();
            std::fs::write(place.0.join("judged.service"), unit).unwrap();
            let mut command = self.command();
            command.env_clear().env("HOME", &place.0);
            command.env("PATH", "/usr/bin:/bin");
            command.env("XDG_RUNTIME_DIR", &place.0);
            command.env("SYSTEMD_UNIT_PATH", format!("{}:", place.0.display()));
            command.args(["--test", "--user", "--unit=judged.service"]);
            let output = command.output().unwrap();
            Dump(String::from_utf8_lossy(&output.stdout).into_owned())
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
            let line = rest.lines().next().unwrap_or_default();
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
}
