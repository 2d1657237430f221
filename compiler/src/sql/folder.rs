//! A folder of migrations: which files run forward, and in which order. Recognised by file names alone.

use std::cmp::Ordering;

use super::run::Wrap;

/// The tool that a folder is for, as far as its names tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `20240131120000_name/migration.sql`
    Prisma,
    /// `V1.2__name.sql`, `R__name.sql`
    Flyway,
    /// `1_name.up.sql` and `1_name.down.sql`
    UpDown,
    /// `2024-01-31-120000_name/up.sql` and `down.sql`
    Diesel,
    /// `001_name.sql`
    Plain,
    /// `structure.sql` or `schema.sql` alone: a schema as it is.
    Structure,
}

/// The files of a folder in the order in which they run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Whose layout it is.
    pub layout: Layout,
    /// Files that run, in order.
    pub files: Vec<String>,
    /// Files that do not, and why.
    pub left_out: Vec<(String, &'static str)>,
}

impl Layout {
    /// As it is said to people.
    #[must_use]
    pub const fn shown(self) -> &'static str {
        match self {
            Self::Prisma => "Prisma: in the order of folder names",
            Self::Flyway => "Flyway: in the order of versions, repeatable ones last",
            Self::UpDown => "*.up.sql: in the order of names",
            Self::Diesel => "Diesel: in the order of folder names",
            Self::Plain => "in the order of names",
            Self::Structure => "a schema as it is",
        }
    }

    /// Whether the tool makes one transaction of a file. Sources: Prisma and golang-migrate send it as one text, which
    /// PostgreSQL runs as one transaction; the manual of Flyway, "Transactions"; sqlx begins one.
    #[must_use]
    pub const fn wrap(self) -> Wrap {
        match self {
            Self::Prisma => Wrap::OneText("Prisma sends a migration as one text"),
            Self::Flyway => Wrap::Detected("Flyway runs a migration in a transaction, unless all of it refuses that"),
            Self::UpDown => Wrap::OneText("golang-migrate and sqlx run a file in one transaction"),
            Self::Diesel | Self::Plain | Self::Structure => Wrap::Unknown,
        }
    }
}

impl Folder {
    /// The layout of a folder. Paths are relative to it, with `/` between their parts.
    #[must_use]
    pub fn of(paths: Vec<String>) -> Self {
        let any = |test: &dyn Fn(&str) -> bool| paths.iter().any(|path| test(path));
        let in_folder = |path: &str, file: &str| path.contains('/') && name(path) == file;
        let layout = if any(&|path| in_folder(path, "migration.sql")) {
            Layout::Prisma
        } else if any(&|path| matches!(flyway(name(path)), Some(Flyway::Version(_)))) {
            Layout::Flyway
        } else if any(&|path| path.ends_with(".up.sql")) {
            Layout::UpDown
        } else if any(&|path| in_folder(path, "up.sql")) {
            Layout::Diesel
        } else if !paths.is_empty() && paths.iter().all(|path| is_dump(path)) {
            Layout::Structure
        } else {
            Layout::Plain
        };
        let mut folder = Self {
            layout,
            files: Vec::new(),
            left_out: Vec::new(),
        };
        for path in paths {
            match left_out(layout, &path) {
                Some(why) => folder.left_out.push((path, why)),
                None => folder.files.push(path),
            }
        }
        folder.files.sort_by(|a, b| order(layout, a, b));
        folder.left_out.sort();
        folder
    }
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn is_dump(path: &str) -> bool {
    matches!(name(path), "structure.sql" | "schema.sql")
}

/// Why a file does not run forward in a layout.
fn left_out(layout: Layout, path: &str) -> Option<&'static str> {
    let name = name(path);
    let down = name.ends_with(".down.sql") || name.ends_with("_down.sql") || name == "down.sql";
    match layout {
        Layout::Prisma => (name != "migration.sql").then_some("no migration.sql"),
        Layout::Flyway => match flyway(name) {
            Some(Flyway::Version(_) | Flyway::Repeatable) => None,
            Some(Flyway::Undo) => Some("runs backwards"),
            None => Some("no name of Flyway"),
        },
        _ if down => Some("runs backwards"),
        Layout::UpDown => (!name.ends_with(".up.sql")).then_some("no *.up.sql"),
        Layout::Diesel => (name != "up.sql").then_some("no up.sql"),
        Layout::Plain => is_dump(path).then_some("a dump of the schema"),
        Layout::Structure => None,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Flyway {
    Version(Vec<u64>),
    Repeatable,
    Undo,
}

/// `V1.2__name.sql`, `B1__`, `R__name.sql`, `U1.2__name.sql`. A baseline stands where its version is.
fn flyway(name: &str) -> Option<Flyway> {
    let (prefix, _) = name.strip_suffix(".sql")?.split_once("__")?;
    if prefix == "R" {
        return Some(Flyway::Repeatable);
    }
    let version = prefix.strip_prefix(['V', 'B', 'U'])?;
    let parts: Option<Vec<u64>> = version.split(['.', '_']).map(|part| part.parse().ok()).collect();
    let parts = parts?;
    Some(if prefix.starts_with('U') {
        Flyway::Undo
    } else {
        Flyway::Version(parts)
    })
}

fn order(layout: Layout, a: &str, b: &str) -> Ordering {
    match layout {
        Layout::Flyway => flyway(name(a))
            .cmp(&flyway(name(b)))
            .then_with(|| natural(name(a), name(b))),
        _ => natural(a, b),
    }
}

/// Digits compare as numbers: `2_b.sql` comes before `10_a.sql`.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (left_digits, right_digits) = (digits(left), digits(right));
        if !left_digits.is_empty() && !right_digits.is_empty() {
            let (x, y) = (
                left_digits.trim_start_matches('0'),
                right_digits.trim_start_matches('0'),
            );
            let by_value = (x.len(), x).cmp(&(y.len(), y));
            if by_value != Ordering::Equal {
                return by_value;
            }
            left = left.get(left_digits.len()..).unwrap_or_default();
            right = right.get(right_digits.len()..).unwrap_or_default();
            continue;
        }
        match (left.chars().next(), right.chars().next()) {
            (Some(x), Some(y)) if x == y => {
                left = left.get(x.len_utf8()..).unwrap_or_default();
                right = right.get(y.len_utf8()..).unwrap_or_default();
            }
            (x, y) => return x.cmp(&y).then_with(|| a.cmp(b)),
        }
    }
}

fn digits(text: &str) -> &str {
    let end = text.find(|found: char| !found.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(paths: &[&str]) -> (Layout, Vec<String>, Vec<String>) {
        let folder = Folder::of(paths.iter().map(|path| (*path).to_owned()).collect());
        let left = folder.left_out.into_iter().map(|(path, _)| path).collect();
        (folder.layout, folder.files, left)
    }

    #[test]
    fn layouts_are_recognised_and_ordered() {
        for (paths, layout, files, left) in [
            (
                &["20240201_b/migration.sql", "20240101_a/migration.sql", "seed.sql"][..],
                Layout::Prisma,
                &["20240101_a/migration.sql", "20240201_b/migration.sql"][..],
                &["seed.sql"][..],
            ),
            (
                &[
                    "V10__c.sql",
                    "R__views.sql",
                    "V2__b.sql",
                    "U2__b.sql",
                    "V1.10__a.sql",
                    "V1.2__a.sql",
                    "x.sql",
                ],
                Layout::Flyway,
                &["V1.2__a.sql", "V1.10__a.sql", "V2__b.sql", "V10__c.sql", "R__views.sql"],
                &["U2__b.sql", "x.sql"],
            ),
            (
                &["2_b.up.sql", "10_c.up.sql", "2_b.down.sql", "10_c.down.sql"],
                Layout::UpDown,
                &["2_b.up.sql", "10_c.up.sql"],
                &["10_c.down.sql", "2_b.down.sql"],
            ),
            (
                &["b/up.sql", "b/down.sql", "a/up.sql"],
                Layout::Diesel,
                &["a/up.sql", "b/up.sql"],
                &["b/down.sql"],
            ),
            (
                &["10_b.sql", "9_a.sql", "structure.sql"],
                Layout::Plain,
                &["9_a.sql", "10_b.sql"],
                &["structure.sql"],
            ),
            (&["structure.sql"], Layout::Structure, &["structure.sql"], &[]),
            (&["007_a.sql", "7_b.sql"], Layout::Plain, &["007_a.sql", "7_b.sql"], &[]),
        ] {
            let owned = |list: &[&str]| list.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
            assert_eq!(of(paths), (layout, owned(files), owned(left)));
        }
    }
}
