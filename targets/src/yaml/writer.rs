//! Layout of the usual: maps, lists, strings, whole numbers, in the library's own form.
//!
//! Thousands of small objects are most of a compilation's time, and the library checks every key of every struct for
//! what it could be taken for. Here only texts that need no check are written directly; all others are the library's.
//! Whatever is not usual is an error, and the whole document is then the library's. The outputs are the same bytes,
//! which the tests compare.

use std::fmt;

use serde::ser::{self, Serialize, Serializer};

/// Something that this writer does not write.
#[derive(Debug)]
pub(super) struct Unusual;

impl fmt::Display for Unusual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not written here")
    }
}

impl std::error::Error for Unusual {}

impl ser::Error for Unusual {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self
    }
}

/// The name by which [`super::Lines`] asks for a block.
pub(super) const BLOCK: &str = "__loadline_block";

/// A document in block style.
pub(super) fn write<T: Serialize + ?Sized>(value: &T) -> Result<String, Unusual> {
    let mut out = String::with_capacity(2048);
    value.serialize(Node {
        out: &mut out,
        at: At::Document,
    })?;
    // Thousands of documents wait for being written.
    out.shrink_to_fit();
    Ok(out)
}

/// Spaces before an entry.
fn indentation(indent: usize, out: &mut String) {
    const SPACES: &str = "                                                                ";
    match SPACES.get(..indent) {
        Some(spaces) => out.push_str(spaces),
        None => out.extend(std::iter::repeat_n(' ', indent)),
    }
}

/// Where a node stands.
#[derive(Clone, Copy)]
enum At {
    Document,
    /// Behind the colon of a key that is indented so far.
    Value(usize),
    /// Behind the dash of an item that is indented so far.
    Item(usize),
    /// Behind such a colon, as lines.
    Block(usize),
    /// Before a colon.
    Key,
}

struct Node<'o> {
    out: &'o mut String,
    at: At,
}

impl Node<'_> {
    fn scalar(self, text: &str) -> Result<(), Unusual> {
        match self.at {
            At::Key | At::Block(_) => return Err(Unusual),
            At::Value(_) => self.out.push(' '),
            At::Document | At::Item(_) => {}
        }
        self.out.push_str(text);
        self.out.push('\n');
        Ok(())
    }
}

/// Lines as they stand; the mark says what is kept of the line ends at the end.
fn block(text: &str, indent: usize, out: &mut String) {
    let body = text.trim_end_matches('\n');
    out.push_str(match text.len().saturating_sub(body.len()) {
        0 => " |-\n",
        1 => " |\n",
        _ => " |+\n",
    });
    let lines = text.strip_suffix('\n').unwrap_or(text);
    for line in lines.split('\n') {
        if !line.is_empty() {
            indentation(indent.saturating_add(2), out);
            out.push_str(line);
        }
        out.push('\n');
    }
}

/// Entries of a map or list. The first decides the layout: one without any is written as `{}` or `[]`.
struct Entries<'o> {
    out: &'o mut String,
    at: At,
    indent: usize,
    first: bool,
    empty: &'static str,
}

impl<'o> Entries<'o> {
    fn new(node: Node<'o>, empty: &'static str) -> Result<Self, Unusual> {
        let indent = match node.at {
            At::Document => 0,
            At::Value(indent) | At::Item(indent) => indent.saturating_add(2),
            At::Key | At::Block(_) => return Err(Unusual),
        };
        Ok(Self {
            out: node.out,
            at: node.at,
            indent,
            first: true,
            empty,
        })
    }

    /// The beginning of an entry's line; the first item of an item stands on its line.
    fn begin(&mut self) {
        let first = std::mem::replace(&mut self.first, false);
        match self.at {
            At::Item(_) if first => return,
            At::Value(_) if first => self.out.push('\n'),
            _ => {}
        }
        indentation(self.indent, self.out);
    }

    fn entry<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), Unusual> {
        self.begin();
        super::key(key, self.out)?;
        self.value(value)
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unusual> {
        self.out.push(':');
        value.serialize(Node {
            out: &mut *self.out,
            at: At::Value(self.indent),
        })
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unusual> {
        self.begin();
        self.out.push_str("- ");
        value.serialize(Node {
            out: &mut *self.out,
            at: At::Item(self.indent),
        })
    }

    fn done(self) -> Result<(), Unusual> {
        if !self.first {
            return Ok(());
        }
        Node {
            out: self.out,
            at: self.at,
        }
        .scalar(self.empty)
    }
}

macro_rules! unusual {
    ($( $name:ident($($type:ty),*); )+) => {
        $( fn $name(self, $(_: $type),*) -> Result<(), Unusual> { Err(Unusual) } )+
    };
}

macro_rules! displayed {
    ($( $name:ident($type:ty); )+) => {
        $( fn $name(self, value: $type) -> Result<(), Unusual> { self.scalar(&value.to_string()) } )+
    };
}

impl<'o> Serializer for Node<'o> {
    type Ok = ();
    type Error = Unusual;
    type SerializeSeq = Entries<'o>;
    type SerializeTuple = Entries<'o>;
    type SerializeTupleStruct = Entries<'o>;
    type SerializeMap = Entries<'o>;
    type SerializeStruct = Entries<'o>;
    type SerializeTupleVariant = ser::Impossible<(), Unusual>;
    type SerializeStructVariant = ser::Impossible<(), Unusual>;

    displayed! {
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_bool(bool);
    }

    unusual! {
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_bytes(&[u8]);
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    fn serialize_str(self, text: &str) -> Result<(), Unusual> {
        match self.at {
            At::Key => return super::key(text, self.out),
            At::Block(indent) => {
                block(text, indent, self.out);
                return Ok(());
            }
            At::Value(_) => self.out.push(' '),
            At::Document | At::Item(_) => {}
        }
        super::text(text, self.out)?;
        self.out.push('\n');
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Unusual> {
        self.scalar("null")
    }

    fn serialize_unit(self) -> Result<(), Unusual> {
        self.scalar("null")
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unusual> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<(), Unusual> {
        if name == BLOCK {
            let at = match self.at {
                At::Value(indent) => At::Block(indent),
                other => other,
            };
            return value.serialize(Node { out: self.out, at });
        }
        // The library's own wrappers begin so.
        if name.starts_with("__") {
            return Err(Unusual);
        }
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<(), Unusual> {
        Err(Unusual)
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Entries<'o>, Unusual> {
        match self.at {
            // Lists in lists do not occur.
            At::Item(_) => Err(Unusual),
            At::Document | At::Value(_) | At::Block(_) | At::Key => Entries::new(self, "[]"),
        }
    }

    fn serialize_tuple(self, length: usize) -> Result<Entries<'o>, Unusual> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleStruct, Unusual> {
        Err(Unusual)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleVariant, Unusual> {
        Err(Unusual)
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Entries<'o>, Unusual> {
        Entries::new(self, "{}")
    }

    fn serialize_struct(self, name: &'static str, _length: usize) -> Result<Entries<'o>, Unusual> {
        if name.starts_with("__") {
            return Err(Unusual);
        }
        Entries::new(self, "{}")
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeStructVariant, Unusual> {
        Err(Unusual)
    }
}

impl ser::SerializeSeq for Entries<'_> {
    type Ok = ();
    type Error = Unusual;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unusual> {
        self.item(value)
    }

    fn end(self) -> Result<(), Unusual> {
        self.done()
    }
}

impl ser::SerializeTuple for Entries<'_> {
    type Ok = ();
    type Error = Unusual;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unusual> {
        self.item(value)
    }

    fn end(self) -> Result<(), Unusual> {
        self.done()
    }
}

impl ser::SerializeTupleStruct for Entries<'_> {
    type Ok = ();
    type Error = Unusual;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unusual> {
        self.item(value)
    }

    fn end(self) -> Result<(), Unusual> {
        self.done()
    }
}

impl ser::SerializeStruct for Entries<'_> {
    type Ok = ();
    type Error = Unusual;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Unusual> {
        self.entry(key, value)
    }

    fn end(self) -> Result<(), Unusual> {
        self.done()
    }
}

impl ser::SerializeMap for Entries<'_> {
    type Ok = ();
    type Error = Unusual;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unusual> {
        self.begin();
        key.serialize(Node {
            out: &mut *self.out,
            at: At::Key,
        })
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unusual> {
        self.value(value)
    }

    fn end(self) -> Result<(), Unusual> {
        self.done()
    }
}
