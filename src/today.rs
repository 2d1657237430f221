//! What "today" is: `--today`, else the project's `as_of`, else the machine's date (UTC).

use loadline_compiler::model::Model;
use loadline_compiler::values::Date;

pub(crate) fn today(argument: Option<Date>, model: &Model) -> Date {
    let declared = model.project.as_of.as_ref().map(|date| date.value);
    argument.or(declared).unwrap_or_else(of_the_machine)
}

/// Where there is no spec.
pub(crate) fn of(argument: Option<Date>) -> Date {
    argument.unwrap_or_else(of_the_machine)
}

fn of_the_machine() -> Date {
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let (year, month, day) = (
        u16::try_from(now.year()),
        u8::try_from(now.month()),
        u8::try_from(now.day()),
    );
    let date = match (year, month, day) {
        (Ok(year), Ok(month), Ok(day)) => Date::new(year, month, day),
        _ => None,
    };
    // A clock outside year 0 to 9999 says nothing about runtimes.
    date.unwrap_or_default()
}

/// Reads `--today`.
pub(crate) fn parse(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| format!("`{text}` is no day; write YYYY-MM-DD"))
}
