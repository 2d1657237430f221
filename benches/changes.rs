//! Changes that interleave, as a spec: what the benchmark of the explorer reads.

use std::fmt::Write as _;

/// A spec and its SQL files.
#[derive(Debug)]
pub(crate) struct Changes {
    pub(crate) files: Vec<(String, String)>,
}

/// This many changes of six steps each over five services. Nothing orders them but the versions of the services; each moves a
/// column of its own. `shared`: all in one table, which all services write.
pub(crate) fn spec(changes: usize, shared: bool) -> Changes {
    let mut files = Vec::new();
    let mut text = String::from("database db { engine postgres 17; max_connections 700; reserve 20 }\n");
    for service in 0..5 {
        let _ = writeln!(
            text,
            "service svc-{service} {{ image \"svc-{service}:1\"; memory 512Mi }}"
        );
    }
    for change in 0..changes {
        let service = change % 5;
        let table = if shared {
            "shared".to_owned()
        } else {
            format!("t{change}")
        };
        let (old, new) = (format!("{table}.old_{change}"), format!("{table}.new_{change}"));
        // The changes of one service have versions that interleave too.
        let version = |step: usize| step * 10 + change / 5 + 1;
        let (both, read, only) = (version(1), version(2), version(3));
        let _ = write!(
            text,
            r#"
change c{change} {{
  on       db
  moves    {old} to {new}
  from     svc-{service} 1.0 {{ reads {old}; writes {old} }}
  expand   "{change}-add.sql"
  deploy   svc-{service} 1.{both} {{ reads {old}; writes [{old}, {new}] }}
  backfill "{change}-fill.sql"
  deploy   svc-{service} 1.{read} {{ reads {new}; writes [{old}, {new}] }}
  deploy   svc-{service} 1.{only} {{ reads {new}; writes {new} }}
  contract "{change}-drop.sql"
}}
"#
        );
        let sql = [
            ("add", format!("ALTER TABLE {table} ADD COLUMN new_{change} int;")),
            ("fill", format!("UPDATE {table} SET new_{change} = old_{change};")),
            ("drop", format!("ALTER TABLE {table} DROP COLUMN old_{change};")),
        ];
        files.extend(sql.map(|(name, sql)| (format!("{change}-{name}.sql"), sql)));
    }
    files.push(("loadline.load".to_owned(), text));
    Changes { files }
}
