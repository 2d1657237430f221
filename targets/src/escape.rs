//! One escape for each place in each format. The only functions that make [`Escaped`](crate::template::Escaped) texts.
//!
//! A value that a format cannot hold at all is refused with the reason, which the target reports at the value's span.

pub(crate) mod command;
pub(crate) mod dockerfile;
pub(crate) mod github;
pub(crate) mod http;
pub(crate) mod javascript;
pub(crate) mod kubernetes;
pub(crate) mod markdown;
pub(crate) mod nginx;
pub(crate) mod prometheus;
pub(crate) mod shell;
pub(crate) mod systemd;
