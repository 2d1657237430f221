//! Quantities and plain numbers as values.

use loadline_grammar::ast::{Value, ValueKind};

use crate::lower::{Cx, Scalar, mistake, number_text, report_kind};
use crate::quantity::{Amount, Bytes, Cpu, Duration, Mistake, Rate, Ratio, Share, count};
use crate::schema::Kind;

fn quantity<T>(value: &Value<'_>, kind: Kind, read: impl Fn(&str) -> Result<T, Mistake>, cx: &mut Cx<'_>) -> Option<T> {
    let value = cx.follow(value)?;
    let Some(text) = number_text(value) else {
        report_kind(value, &kind, cx);
        return None;
    };
    match read(text) {
        Ok(read) => Some(read),
        Err(wrong) => {
            mistake(value, wrong, cx);
            None
        }
    }
}

macro_rules! quantities {
    ($( $type:ty: $name:literal, $example:literal; )+) => {
        $(
            impl Scalar for $type {
                const KIND: Kind = Kind::new($name, $example);

                fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
                    quantity(value, Self::KIND, Self::read, cx)
                }

                fn show(&self) -> String {
                    self.to_string()
                }

                fn in_unit(&self, unit: &str) -> Option<String> {
                    InUnit::in_unit(self, unit)
                }
            }
        )+
    };
}

quantities! {
    Bytes: "a size", "512Mi";
    Cpu: "cores", "250m";
    Duration: "a duration", "30s";
    Ratio: "a ratio", "10%";
    Rate: "a rate", "200/s";
    Amount: "a number", "0.5";
    Share: "a number or a percentage", "25%";
}

/// References may ask for a unit: `self.shutdown.drain.ms`. Rounded up to it.
trait InUnit {
    fn in_unit(&self, unit: &str) -> Option<String>;
}

impl InUnit for Bytes {
    fn in_unit(&self, unit: &str) -> Option<String> {
        let factor: u64 = match unit {
            "bytes" | "b" => 1,
            "ki" => 1 << 10,
            "mi" => 1 << 20,
            "gi" => 1 << 30,
            _ => return None,
        };
        Some(self.get().div_ceil(factor).to_string())
    }
}

impl InUnit for Duration {
    fn in_unit(&self, unit: &str) -> Option<String> {
        let factor = match unit {
            "us" => 1,
            "ms" => 1_000,
            "s" => 1_000_000,
            "m" => 60_000_000,
            "h" => 3_600_000_000,
            _ => return None,
        };
        Some(self.in_micros().div_ceil(factor).to_string())
    }
}

impl InUnit for Cpu {
    fn in_unit(&self, unit: &str) -> Option<String> {
        match unit {
            "m" => Some(self.in_millicores().to_string()),
            "cores" => Some(self.ceil_cores().to_string()),
            _ => None,
        }
    }
}

macro_rules! no_units {
    ($($type:ty),+) => { $( impl InUnit for $type { fn in_unit(&self, _unit: &str) -> Option<String> { None } } )+ };
}

no_units!(Ratio, Rate, Amount, Share);

impl Scalar for u64 {
    const KIND: Kind = Kind::new("a whole number", "3");

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        quantity(value, Self::KIND, count::read, cx)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Scalar for bool {
    const KIND: Kind = Kind {
        name: "yes or no",
        example: "true",
        words: &[
            ("true", "Yes; a setting without value is `true`."),
            ("false", "No."),
            ("on", "Yes."),
            ("off", "No."),
        ],
        closed: true,
        list: false,
    };
    const FLAG: bool = true;

    fn flag() -> Option<Self> {
        Some(true)
    }

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        match &value.kind {
            ValueKind::Word("true" | "on") => Some(true),
            ValueKind::Word("false" | "off") => Some(false),
            _ => {
                report_kind(value, &Self::KIND, cx);
                None
            }
        }
    }

    fn show(&self) -> String {
        self.to_string()
    }
}
