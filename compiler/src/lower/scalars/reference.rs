//! References to things.

use std::marker::PhantomData;

use loadline_grammar::ast::{Value, ValueKind};

use crate::lower::{Cx, Scalar, report_kind};
use crate::model::{ThingId, ThingKind};
use crate::schema::Kind;

/// Which kinds of thing a reference may lead to.
pub trait RefTo {
    /// In words, with an article: "a database or cache".
    const WANTED: &'static str;
    /// The kinds.
    const KINDS: &'static [ThingKind];
}

/// A name that was found to be that of a thing of the right kind.
#[derive(Debug)]
pub struct Ref<R> {
    /// Which thing.
    pub id: ThingId,
    /// Its name, for messages and outputs.
    pub name: String,
    to: PhantomData<R>,
}

impl<R> Clone for Ref<R> {
    fn clone(&self) -> Self {
        Self {
            id: self.id,
            name: self.name.clone(),
            to: PhantomData,
        }
    }
}

impl<R> Ref<R> {
    pub(crate) const fn new(id: ThingId, name: String) -> Self {
        Self {
            id,
            name,
            to: PhantomData,
        }
    }
}

impl<R: RefTo> Scalar for Ref<R> {
    const KIND: Kind = Kind::new(R::WANTED, "NAME");

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        let ValueKind::Word(name) = &value.kind else {
            report_kind(value, &Self::KIND, cx);
            return None;
        };
        let id = cx.thing(name, value.span, R::KINDS, R::WANTED)?;
        Some(Self::new(id, (*name).to_owned()))
    }

    fn show(&self) -> String {
        self.name.clone()
    }
}
