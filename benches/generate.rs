//! Writes a generated system: `generate SERVICES DIRECTORY`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a tool of the benchmarks")]

mod system;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, services, directory] = arguments.as_slice() else {
        panic!("usage: generate SERVICES DIRECTORY");
    };
    std::fs::create_dir_all(directory).unwrap();
    let path = std::path::Path::new(directory).join("loadline.load");
    std::fs::write(path, system::spec(services.parse().unwrap())).unwrap();
}
