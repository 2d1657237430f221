//! What the page says in words and tables.

use super::escape::{text, with_code};
use crate::outcome::Chapter;
use crate::report::summary::{Expectation, Summary, Where, verdict};
use crate::report::table::Table;
use crate::report::tables;
use crate::report::words::clock;
use crate::report::{Report, chapters, costliest};

pub(super) fn body(report: &Report<'_>, summary: &Summary) -> String {
    let charts = if report.told().is_some() { CHARTS } else { "" };
    format!(
        "{}<main>\n{}{}{}{charts}{}{}{}</main>\n{}",
        header(report, summary),
        expectations(summary),
        chain(report, "cause", "What broke first", &chapters(report.study)),
        chain(report, "cost", "What cost most", &costliest(report.study)),
        figures(report, summary),
        remarks(report),
        facts(report),
        footer(report)
    )
}

/// Filled by the script.
const CHARTS: &str = "<section id=\"over-time\" aria-labelledby=\"over-time-title\">\n\
    <h2 id=\"over-time-title\">Over time</h2>\n\
    <noscript><p>The charts are drawn by a script; everything else is on this page without it.</p></noscript>\n\
    <p class=\"how\">Red marks are the steps above, dotted lines what else happened. Drag across a chart to look closer; \
    the arrow keys move the time.</p>\n\
    <div id=\"bar\" hidden><div class=\"now\"><output id=\"time\">00:00:00</output>\n\
    <input id=\"slider\" type=\"range\" min=\"0\" max=\"0\" value=\"0\" aria-label=\"Time\">\n\
    <button id=\"whole\" type=\"button\" hidden>Whole run</button></div>\n\
    <p id=\"happened\" aria-live=\"polite\"></p></div>\n<div id=\"charts\"></div>\n</section>\n";

fn header(report: &Report<'_>, summary: &Summary) -> String {
    let (class, word) = if summary.passed {
        ("good", "passed")
    } else {
        ("bad", "failed")
    };
    let mut out = format!(
        "<header>\n<h1>{} <span class=\"verdict {class}\">{word}</span></h1>\n<p>{}.",
        text(&report.study.scenario),
        text(&sentence(&verdict(report, summary)))
    );
    if summary.unsettled != 0 {
        out.push_str(&format!(
            " {} of {} runs had not settled at the horizon.",
            summary.unsettled, summary.runs
        ));
    }
    out.push_str("</p>\n");
    if let (Some(told), Some(figures)) = (report.told(), report.told_figures()) {
        let run = if 1 < summary.runs {
            format!("Run {} is shown, the worst one. ", figures.run)
        } else {
            String::new()
        };
        out.push_str(&format!(
            "<p>{run}To see it again: <code class=\"command\">{}</code></p>\n",
            text(&told.replay)
        ));
    }
    out.push_str("</header>\n");
    out
}

/// With a capital at its beginning.
fn sentence(words: &str) -> String {
    let mut signs = words.chars();
    signs
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
}

fn expectations(summary: &Summary) -> String {
    if summary.expectations.is_empty() {
        return String::new();
    }
    let rows: String = summary.expectations.iter().map(expectation).collect();
    format!(
        "<section id=\"expectations\">\n<h2>Expectations</h2>\n<ul class=\"expectations\">\n{rows}</ul>\n</section>\n"
    )
}

fn expectation(own: &Expectation) -> String {
    let (class, mark, word) = if own.held {
        ("good", "✓", "holds")
    } else {
        ("bad", "✗", "does not hold")
    };
    let chance = own
        .chance_words()
        .map_or_else(String::new, |chance| format!(" · {}", text(&chance)));
    let place = own.place.as_ref().map_or_else(String::new, place);
    format!(
        "<li class=\"{class}\"><span class=\"mark\" role=\"img\" aria-label=\"{word}\">{mark}</span>\
         <code>{}</code><span class=\"measured\">{}{chance}</span>{place}</li>\n",
        text(&own.text),
        text(&own.margin_words())
    )
}

fn place(place: &Where) -> String {
    let title = place.setting("").unwrap_or_default();
    let at = text(&place.words());
    format!("<span class=\"place\" title=\"{}\">{at}</span>", text(&title))
}

fn chain(report: &Report<'_>, id: &str, title: &str, chapters: &[Chapter]) -> String {
    if chapters.is_empty() {
        return String::new();
    }
    let mut out = format!("<section id=\"{id}\">\n<h2>{title}</h2>\n<ol class=\"chain\">\n");
    let mut before = None;
    for chapter in chapters {
        let place = Where::of(report, chapter.place).filter(|_| chapter.place != before);
        before = chapter.place;
        let place = place.map_or_else(String::new, |place| {
            let at = text(&place.words());
            let line = place.setting(&chapter.words);
            let line = line.map_or_else(String::new, |setting| format!(" <code>{}</code>", text(&setting)));
            format!("<span class=\"source\"><span class=\"place\">{at}</span>{line}</span>")
        });
        out.push_str(&format!(
            "<li><button type=\"button\" class=\"at\" data-at=\"{}\">{}</button>\
             <div><span class=\"words\">{}</span>{place}</div></li>\n",
            chapter.at.micros(),
            clock(chapter.at),
            with_code(&chapter.words)
        ));
    }
    out.push_str("</ol>\n</section>\n");
    out
}

/// What is taken for granted, and what is not simulated.
fn remarks(report: &Report<'_>) -> String {
    let lines = report.study.remarks.iter().map(|own| {
        let at = Where::of(report, Some(own.place));
        let at = at.map_or_else(String::new, |at| format!(" {}", place(&at)));
        format!("<li>{}{at}</li>\n", with_code(&own.message))
    });
    let lines: String = lines.collect();
    if lines.is_empty() {
        return lines;
    }
    format!("<section id=\"remarks\">\n<h2>Taken for granted</h2>\n<ul>\n{lines}</ul>\n</section>\n")
}

fn figures(report: &Report<'_>, summary: &Summary) -> String {
    let mut out = "<section id=\"figures\">\n<h2>Figures</h2>\n".to_owned();
    if let (true, Some(figures)) = (1 < summary.runs, report.told_figures()) {
        let about = format!(
            "Run {}, and below each line how the figure lies over all runs.",
            figures.run
        );
        out.push_str(&format!("<p>{about}</p>\n"));
    }
    for section in tables::all(summary) {
        out.push_str(&format!(
            "<div class=\"wide\"><table>\n<caption>{}</caption>\n",
            section.title
        ));
        out.push_str(&table(&section.table));
        out.push_str("</table></div>\n");
        for note in &section.notes {
            out.push_str(&format!("<p>{}</p>\n", with_code(note)));
        }
    }
    out.push_str("</section>\n");
    out
}

fn table(table: &Table) -> String {
    let class = |column: usize| if table.is_left(column) { " class=\"left\"" } else { "" };
    let heads = table.heads().iter().enumerate();
    let heads: String = heads
        .map(|(at, head)| format!("<th scope=\"col\"{}>{}</th>", class(at), text(head)))
        .collect();
    let mut out = format!("<thead><tr>{heads}</tr></thead>\n<tbody>\n");
    for row in table.rows() {
        let below = row.first().is_some_and(|name| name.starts_with(' '));
        out.push_str(if below { "<tr class=\"below\">" } else { "<tr>" });
        for (at, cell) in row.iter().take(table.heads().len()).enumerate() {
            let cell = text(cell.trim_start());
            out.push_str(&match at {
                0 => format!("<th scope=\"row\">{cell}</th>"),
                _ => format!("<td{}>{cell}</td>", class(at)),
            });
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n");
    out
}

/// Filled by the script when it is opened.
fn facts(report: &Report<'_>) -> String {
    match report.told() {
        Some(told) if !told.story.facts.is_empty() => "<section id=\"facts\">\n<details><summary>Everything that \
            happened</summary>\n<div class=\"wide\"></div></details>\n</section>\n"
            .to_owned(),
        _ => String::new(),
    }
}

fn footer(report: &Report<'_>) -> String {
    format!(
        "<footer><p>Simulated by loadline {}, seed {}. Charts by uPlot 1.6.32 (MIT licence).</p></footer>\n",
        env!("CARGO_PKG_VERSION"),
        report.study.seed
    )
}
