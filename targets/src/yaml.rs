//! The only user of the YAML library.
//!
//! Every string is quoted, as a value and (where a YAML 1.1 or 1.2 reader could take it for something else) as a key:
//! `no`, `on`, `1_000`, `12:30:45` and `2024-01-01` stay strings for every reader.

use serde::Serialize;

/// One YAML document. An error is a bug of the caller: a map key that is no string.
pub(crate) fn document<T: Serialize>(value: &T) -> Result<String, String> {
    let options = serde_yaml::ser_options! { quote_all: true, compact_list_indent: false };
    let value: &dyn ErasedSerialize = &value;
    value.write(options)
}

trait ErasedSerialize {
    fn write(&self, options: serde_yaml::SerializerOptions) -> Result<String, String>;
}

impl<T: Serialize> ErasedSerialize for &T {
    fn write(&self, options: serde_yaml::SerializerOptions) -> Result<String, String> {
        serde_yaml::to_string_with_options(*self, options).map_err(|error| error.to_string())
    }
}
