//! The types of single values.

mod auto;
mod bounds;
mod column;
mod command;
mod date;
mod list;
mod name;
mod numbers;
mod port;
mod reference;
mod texts;
mod version;

pub use auto::Auto;
pub use bounds::Bounds;
pub use column::Column;
pub use command::Command;
pub use date::Date;
pub use name::Name;
pub use port::Port;
pub use reference::{Ref, RefTo};
pub use texts::{InstancePath, ProjectPath, Text};
pub(crate) use texts::{normal_path, quoted, text_pieces};
pub use version::Version;
