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

/// A change for each of these services, which nothing orders, all about one column: more states than can be looked at.
pub(crate) fn about_one_column(services: usize) -> Changes {
    let mut files = Vec::new();
    let mut text = String::from("database db { engine postgres 17; max_connections 700; reserve 20 }\n");
    for service in 0..services {
        let _ = write!(
            text,
            r#"
service svc-{service} {{ image "svc-{service}:1"; memory 512Mi }}
change c{service} {{
  on     db
  from   svc-{service} 1.0 {{ reads t.a; writes t.a }}
  expand "{service}.sql"
  deploy svc-{service} 1.1 {{ reads t.b{service}; writes t.a }}
  deploy svc-{service} 1.2 {{ reads t.a; writes t.a }}
  deploy svc-{service} 1.3 {{ reads t.b{service}; writes t.a }}
  deploy svc-{service} 1.4 {{ reads t.a; writes t.a }}
}}
"#
        );
        let sql = format!("ALTER TABLE t ADD COLUMN b{service} int;");
        files.push((format!("{service}.sql"), sql));
    }
    files.push(("loadline.load".to_owned(), text));
    Changes { files }
}
