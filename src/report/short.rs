//! One line each: `shop.load:2:3: error[LL201 pool-overcommit]: …`

use loadline_compiler::diagnostic::Diagnostic;

use super::{Report, summary};

pub(crate) fn render(report: &Report<'_>) -> String {
    let mut out: String = report.shown().map(|(diagnostic, _)| line(report, diagnostic)).collect();
    out.extend(report.against.iter().map(|against| against.lines()));
    out.push_str(&summary(report));
    out.push('\n');
    out
}

pub(super) fn line(report: &Report<'_>, diagnostic: &Diagnostic) -> String {
    let place = report.place(diagnostic.span());
    let place = place.map_or_else(String::new, |place| {
        format!("{}:{}:{}: ", place.file, place.start.line, place.start.column)
    });
    let environments = match diagnostic.environments.as_slice() {
        [] => String::new(),
        some => format!(" [{}]", some.join(", ")),
    };
    let rule = diagnostic.rule;
    let (severity, code, name) = (diagnostic.severity.word(), rule.code_text(), rule.name);
    format!(
        "{place}{severity}[{code} {name}]: {}{environments}\n",
        diagnostic.message
    )
}
