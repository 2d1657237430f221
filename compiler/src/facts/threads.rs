//! Variables by which programs size their pools of computing threads.

use crate::model::Language;

/// Such a variable.
#[derive(Clone, Copy, Debug)]
pub struct ThreadVariable {
    /// Its name.
    pub name: &'static str,
    /// Of which runtime; `None` for libraries that several use.
    pub language: Option<Language>,
    /// Whose threads.
    pub what: &'static str,
}

/// Sources: Node doc/api/cli.md; Go package runtime; .NET runtime-config "threading"; documentation of OpenMP, rayon and
/// tokio (`worker_threads`).
pub const VARIABLES: &[ThreadVariable] = &[
    ThreadVariable {
        name: "UV_THREADPOOL_SIZE",
        language: Some(Language::Node),
        what: "threads of libuv in each process: crypto, zlib, files and names",
    },
    ThreadVariable {
        name: "GOMAXPROCS",
        language: Some(Language::Go),
        what: "threads that run Go at the same time",
    },
    ThreadVariable {
        name: "DOTNET_PROCESSOR_COUNT",
        language: Some(Language::Dotnet),
        what: "cores that .NET takes itself to have",
    },
    ThreadVariable {
        name: "OMP_NUM_THREADS",
        language: None,
        what: "threads of OpenMP in each process",
    },
    ThreadVariable {
        name: "RAYON_NUM_THREADS",
        language: Some(Language::Rust),
        what: "threads of rayon in each process",
    },
    ThreadVariable {
        name: "TOKIO_WORKER_THREADS",
        language: Some(Language::Rust),
        what: "threads of tokio in each process",
    },
];

/// From this version on Go counts the quota of its container. Source: Go 1.25 release notes, `GOMAXPROCS`.
pub const GO_FOLLOWS_QUOTA_FROM: (u64, u64) = (1, 25);
