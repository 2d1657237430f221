//! Syntax tree to checked model.
//!
//! [`load`](project::load) reads a spec and what it imports, [`Project::resolve`](project::Project::resolve) merges
//! templates and environments and fills in every default, [`budget`] does the arithmetic of the domain, and
//! [`rules`] judge. Nothing in this crate reads files, clocks or the environment: a [`Loader`](project::Loader) is
//! handed in.

pub mod against;
pub mod budget;
pub mod diagnostic;
pub mod facts;
pub mod lint;
mod lower;
pub mod migrations;
pub mod model;
pub mod project;
pub mod quantity;
mod resolve;
pub mod rules;
pub mod schema;
pub mod source;
pub mod sql;
pub mod suggest;
pub mod what_if;

/// The types of single values and how they came to be.
pub mod values {
    pub use crate::lower::{
        Auto, Bounds, Column, Command, Date, From, InstancePath, Name, Pair, Pairs, Port, ProjectPath, Ref, RefTo,
        Shown, Text, Val, Version, Walk,
    };
    pub use loadline_grammar::ast::Comparison;
}
