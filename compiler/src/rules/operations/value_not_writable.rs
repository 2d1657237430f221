//! `value-not-writable`

use crate::rules::rule;

rule! {
    /// ## What it checks
    /// Every value can be written in the format of a target: no line break in a systemd unit, no address that nothing gives. Found by
    /// `compile`, for the targets that are written.
    /// ## Why
    /// A value that breaks out of its place changes the meaning of the file around it.
    /// ## Source
    /// The lexical rules of each format: systemd.syntax(7), `ngx_conf_read_token`, the Dockerfile reference, core/v1 EnvVar.
    923 "value-not-writable" Error
}
