//! Writes a generated system: `generate SERVICES MIGRATIONS DIRECTORY`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a tool of the benchmarks")]

mod migrations;
mod system;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, services, migrations, directory] = arguments.as_slice() else {
        panic!("usage: generate SERVICES MIGRATIONS DIRECTORY");
    };
    std::fs::create_dir_all(directory).unwrap();
    for (name, text) in migrations::with_migrations(services.parse().unwrap(), migrations.parse().unwrap()) {
        std::fs::write(std::path::Path::new(directory).join(name), text).unwrap();
    }
}
