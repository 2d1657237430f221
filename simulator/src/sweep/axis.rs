//! What is varied, as it is written: `api.scale=3..20`, `orders-db.latency=1ms,5ms`, `traffic=50%..300%:50%`.

use serde::{Deserialize, Serialize};

use super::grid::CELLS_MAX;
use super::number::Number;

/// The path that stands for all traffic of the scenario; its values are factors.
pub const TRAFFIC: &str = "traffic";

/// A value of the spec, and what it is set to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axis {
    /// As `--set` takes it, or [`TRAFFIC`].
    pub path: String,
    /// Each once, in the order in which they are written.
    pub values: Vec<String>,
}

impl Axis {
    /// From `PATH=VALUES`: values separated by commas, ranges among them.
    ///
    /// # Errors
    /// A sentence about what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::read(text, false)
    }

    /// From `PATH=LOW..HIGH`, whose steps are one of the last digit's unit unless they are given: `50%..300%` is every percent.
    ///
    /// # Errors
    /// A sentence about what is wrong.
    pub fn parse_range(text: &str) -> Result<Self, String> {
        let axis = Self::read(text, true)?;
        if axis.values.len() < 2 || items(text).len() != 1 {
            return Err("write one range: `traffic=50%..300%`".to_owned());
        }
        Ok(axis)
    }

    fn read(text: &str, units_step: bool) -> Result<Self, String> {
        let (path, list) = text.split_once('=').ok_or("write `path=values`: `api.scale=3..20`")?;
        let path = path.trim();
        if path.is_empty() {
            return Err("write what is varied before the `=`: `api.scale=3..20`".to_owned());
        }
        let mut values: Vec<String> = Vec::new();
        for item in items(list) {
            for value in expanded(item.trim(), units_step)? {
                if values.contains(&value) {
                    return Err(format!("`{value}` is there twice"));
                }
                values.push(value);
            }
        }
        if path == TRAFFIC {
            for value in &values {
                factor(value)?;
            }
        }
        Ok(Self {
            path: path.to_owned(),
            values,
        })
    }
}

/// A factor in millionths: `150%`, `1.5x` and `1.5` are the same.
///
/// # Errors
/// A sentence, when it is none.
pub fn factor(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is no factor of the traffic; write `150%` or `1.5x`");
    let number = Number::parse(text).ok_or_else(wrong)?;
    let millionths = match number.unit {
        "%" => number.millionths / 100,
        "x" | "" => number.millionths,
        _ => return Err(wrong()),
    };
    u64::try_from(millionths).map_err(|_| wrong())
}

/// What stands between commas that are not in quotes or brackets.
fn items(list: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
    let separates = |character: char| {
        let was_escaped = std::mem::take(&mut escaped);
        match character {
            '\\' if quoted => escaped = !was_escaped,
            '"' if !was_escaped => quoted = !quoted,
            '[' | '{' | '(' if !quoted => depth += 1,
            ']' | '}' | ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0 && !quoted
    };
    list.split(separates).collect()
}

/// The values that an item stands for. In braces it stands for itself: `{3..20}` is the range of an autoscaler.
fn expanded(item: &str, units_step: bool) -> Result<Vec<String>, String> {
    if item.is_empty() {
        return Err("a value is missing".to_owned());
    }
    if let Some(literal) = item.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        return Ok(vec![literal.trim().to_owned()]);
    }
    match item.split_once("..") {
        Some((low, rest)) if !item.contains('"') => range(item, low, rest, units_step),
        _ => Ok(vec![item.to_owned()]),
    }
}

fn number<'t>(item: &str, text: &'t str) -> Result<Number<'t>, String> {
    let ranges = "ranges are `3..20`, `1ms..5ms:1ms`";
    Number::parse(text.trim())
        .ok_or_else(|| format!("`{item}`: `{text}` is no number; {ranges}, and `{{{item}}}` is the value itself"))
}

fn range(item: &str, low: &str, rest: &str, units_step: bool) -> Result<Vec<String>, String> {
    let (high, step) = match rest.rsplit_once(':') {
        Some((high, step)) => (high, Some(step)),
        None => (rest, None),
    };
    let (low, high) = (number(item, low)?, number(item, high)?);
    let step = match step {
        Some(step) => number(item, step)?,
        None if units_step || low.unit.is_empty() && low.is_whole() => Number::one(low.unit),
        None => {
            return Err(format!(
                "`{item}`: say in which steps: `{item}:{}`",
                Number::one(low.unit)
            ));
        }
    };
    let [low, high, step] = Number::in_one_unit([low, high, step])
        .ok_or_else(|| format!("`{item}`: the units do not fit together; write one of them throughout"))?;
    if high.millionths < low.millionths {
        return Err(format!("`{item}` ends before it begins"));
    }
    if step.millionths == 0 {
        return Err(format!("`{item}`: a step of nothing never arrives"));
    }
    let count = (high.millionths - low.millionths) / step.millionths + 1;
    if u128::try_from(CELLS_MAX).is_ok_and(|most| most < count) {
        return Err(format!("`{item}` is {count} values; {CELLS_MAX} are the most"));
    }
    let values = (0..count).map(|place| {
        Number {
            millionths: low.millionths + place * step.millionths,
            unit: low.unit,
        }
        .to_string()
    });
    Ok(values.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> String {
        match Axis::parse(&format!("a.b={text}")) {
            Ok(axis) => axis.values.join(" "),
            Err(message) => format!("error: {message}"),
        }
    }

    #[test]
    fn values_are_lists_and_ranges() {
        let all = [
            "3..6",
            "3..20:4",
            "1ms,5ms",
            "1ms..5ms:2ms",
            "500ms..2s:500ms",
            "1s..2s:500ms",
            "1..2:0.5",
            "0.5x..2x:0.5x",
            "50%..2x:50%",
            "500m..1:250m",
            "128Mi..1Gi:384Mi",
            "100/s..300/s:100/s",
            "{3..20},{3..30}",
            "\"a,b\",\"c..d\"",
            "[a, b],[c]",
            "1_000..3_000:1_000",
            "3..5,9",
            "7..7",
            "true,false",
            // Wrong.
            "",
            "1,,2",
            "1,1",
            "5..3",
            "1ms..5ms",
            "1..2:0",
            "1ms..5%:1ms",
            "low..high",
            "0..1000000",
            "1...3",
        ];
        let shown: Vec<String> = all.iter().map(|text| format!("{text} → {}", values(text))).collect();
        insta::assert_snapshot!(shown.join("\n"));
    }

    #[test]
    fn traffic_takes_factors() {
        assert_eq!(factor("150%"), Ok(1_500_000));
        assert_eq!(factor("1.5x"), factor("1.5"));
        assert!(factor("800/s").is_err());
        assert!(Axis::parse("traffic=100%,800/s").unwrap_err().contains("no factor"));
    }

    #[test]
    fn one_range_is_searched_in_steps_of_its_unit() {
        assert_eq!(Axis::parse_range("traffic=50%..300%").unwrap().values.len(), 251);
        for wrong in ["traffic=50%", "traffic=1x..2x,3x", "traffic=1x,2x", "traffic", "=1..2"] {
            assert!(Axis::parse_range(wrong).is_err(), "{wrong}");
        }
    }
}
