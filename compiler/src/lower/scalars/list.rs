//! Lists; a single value stands for a list of one.

use loadline_grammar::ast::{Value, ValueKind};

use crate::lower::{Cx, Scalar};
use crate::schema::Kind;

impl<T: Scalar> Scalar for Vec<T> {
    const KIND: Kind = T::KIND.listed();

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        let ValueKind::List(list) = &value.kind else {
            return T::read(value, cx).map(|only| vec![only]);
        };
        // Every item is read, so that all mistakes are reported at once.
        let items: Vec<Option<T>> = list.items.iter().map(|item| T::read(&item.value, cx)).collect();
        items.into_iter().collect()
    }

    fn show(&self) -> String {
        format!("[{}]", self.iter().map(Scalar::show).collect::<Vec<_>>().join(", "))
    }
}
