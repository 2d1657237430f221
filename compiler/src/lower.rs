//! Syntax tree to typed values: what the declarations of the schema are made of.
//!
//! A block is read from *layers*: the same block as an overlay, a template or the thing itself wrote it, strongest
//! first. Nothing here knows a particular setting; [`crate::schema::block`] puts these parts together.

mod cx;
mod field;
mod find;
mod found;
mod head;
mod lets;
mod pairs;
mod reader;
mod scalar;
mod scalars;
mod text;
mod val;
mod walk;

pub(crate) use cx::{Cx, Declared};
pub(crate) use field::{Block, Defaulted, Field, FieldForm, Lower, Removed, refuse_duplicates};
pub(crate) use find::find;
pub(crate) use found::{Found, Merged, value_text};
pub(crate) use head::{Head, HeadField};
pub use pairs::{Pair, Pairs};
pub(crate) use reader::Reader;
pub use scalar::Shown;
pub(crate) use scalar::{Scalar, mistake, number_text, report_kind, word};
pub use scalars::{
    Auto, Bounds, Column, Command, Date, InstancePath, Name, Port, ProjectPath, Ref, RefTo, Text, Version,
};
pub(crate) use scalars::{normal_path, quoted, text_pieces};
pub(crate) use text::Piece;
pub use val::{From, Val};
pub use walk::Walk;
pub(crate) use walk::first_shown;
