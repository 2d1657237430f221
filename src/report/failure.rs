//! What is printed when nothing could be judged: a valid document in every format that a program reads.

use super::{github, json, junit, markdown, sarif};
use crate::cli::Format;

pub(crate) fn render(message: &str, format: Format) -> String {
    match format {
        // People read it on standard error.
        Format::Text | Format::Short => String::new(),
        Format::Json => json::failed(message),
        Format::Sarif => sarif::failed(message),
        Format::Github => github::failed(message),
        Format::Junit => junit::failed(message),
        Format::Markdown => markdown::failed(message),
    }
}
