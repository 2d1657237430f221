//! JUnit XML: each finding a test case, errors as failures. A warning does not fail the run, and so no test case either;
//! with `deny warnings` in a policy it is an error.

use loadline_compiler::diagnostic::Severity;

use super::Report;

pub(crate) fn render(report: &Report<'_>) -> String {
    let failures = report.count(Severity::Error);
    // A suite without cases is taken for a run that did not happen.
    let tests = report.shown().count().max(1);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let attributes = format!("name=\"loadline\" tests=\"{tests}\" failures=\"{failures}\"");
    out.push_str(&format!("<testsuites {attributes}>\n  <testsuite {attributes}>\n"));
    if report.shown().next().is_none() {
        out.push_str("    <testcase classname=\"loadline\" name=\"check\"/>\n");
    }
    for (diagnostic, _) in report.shown() {
        let rule = diagnostic.rule;
        let place = report.place(diagnostic.span());
        let (file, line) = place.map_or((String::new(), 0), |place| (place.file, place.start.line));
        let name = format!("{} {} {file}:{line}", rule.code_text(), rule.name);
        let (name, file) = (escaped(&name), escaped(&file));
        out.push_str(&format!(
            "    <testcase classname=\"loadline.{}\" name=\"{name}\" file=\"{file}\" line=\"{line}\">\n",
            rule.family()
        ));
        let mut text = format!("{file}:{line}: {}\n", escaped(&diagnostic.message));
        for label in diagnostic.labels.iter().filter(|label| !label.text.is_empty()) {
            let at = report
                .place(label.span)
                .map_or_else(String::new, |place| format!("{}:{}: ", place.file, place.start.line));
            text.push_str(&escaped(&format!("{at}{}\n", label.text)));
        }
        if let Some(help) = &diagnostic.help {
            text.push_str(&escaped(&format!("help: {help}\n")));
        }
        let message = escaped(&diagnostic.message);
        match diagnostic.severity {
            Severity::Error => out.push_str(&format!(
                "      <failure type=\"error\" message=\"{message}\">{text}</failure>\n"
            )),
            milder => out.push_str(&format!("      <system-out>{}: {text}</system-out>\n", milder.word())),
        }
        out.push_str("    </testcase>\n");
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

/// A run that did not come to judge anything: an error, which is no failure of a test.
pub(super) fn failed(message: &str) -> String {
    let attributes = "name=\"loadline\" tests=\"1\" failures=\"0\" errors=\"1\"";
    let message = escaped(message);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {attributes}>\n  <testsuite {attributes}>\n    \
         <testcase classname=\"loadline\" name=\"check\">\n      \
         <error type=\"could not run\" message=\"{message}\">{message}</error>\n    \
         </testcase>\n  </testsuite>\n</testsuites>\n"
    )
}

/// XML 1.0: five characters have names, and most control characters cannot be written at all.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' | '\t' => out.push(character),
            other if other.is_control() || matches!(other, '\u{FFFE}' | '\u{FFFF}') => out.push('\u{FFFD}'),
            other => out.push(other),
        }
    }
    out
}
