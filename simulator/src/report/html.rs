//! One page that needs nothing else: no network, no file beside it. The words and tables are in the page as it is sent; its
//! script draws the charts from the JSON report, which the page carries.

mod escape;
mod parts;

use escape::{in_script, text};

use super::summary::Summary;
use super::{Report, json, thin};
use crate::outcome::Timeline;

/// The look of the page.
const STYLE: &str = include_str!("../../assets/page/page.css");

/// What draws the charts.
const SCRIPT: &str = include_str!("../../assets/page/page.js");

/// uPlot 1.6.32, as its authors publish it, with its licence; see `assets/uplot`.
const UPLOT: &str = include_str!("../../assets/uplot/uPlot.iife.min.js");
const UPLOT_STYLE: &str = include_str!("../../assets/uplot/uPlot.min.css");
const UPLOT_LICENCE: &str = include_str!("../../assets/uplot/LICENSE");

/// SHA-256 of the two scripts, in base64: no other script runs in the page, whatever text gets into it.
const UPLOT_SHA256: &str = "GcjUxq2Ikpp59K5J1vcWFWbf0Lo9FcxJXpdPeH63jx8=";
const SCRIPT_SHA256: &str = "HLUN69VuCtEDjMmuSiZ9J4rt0C/6+Tb5WjHMBjCQWlk=";

/// Values of a timeline in a page: less than 5 MB even at eight characters each.
const VALUES_MAX: usize = 600_000;

/// Steps of a timeline in a page: more than a screen has columns.
const STEPS_MAX: usize = 3_600;

/// Facts in a page, of which those that are marked on charts come first.
const FACTS_MAX: usize = 4_000;

pub(super) fn render(report: &Report<'_>) -> String {
    let summary = Summary::of(report);
    let timeline = report.told().map(|told| page_timeline(&told.story.timeline));
    let data = in_script(&json::embedded(report, timeline.as_ref(), FACTS_MAX));
    let policy = format!(
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; \
         script-src 'sha256-{UPLOT_SHA256}' 'sha256-{SCRIPT_SHA256}'"
    );
    let title = text(&report.study.scenario);
    let body = parts::body(report, &summary);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <title>{title} - Loadline</title>\n<style>\n{UPLOT_STYLE}\n{STYLE}</style>\n</head>\n<body>\n{body}\
         <script type=\"application/json\" id=\"report\">{data}</script>\n\
         <!-- uPlot:\n{UPLOT_LICENCE}\n-->\n<script>{UPLOT}</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )
}

/// The timeline in as many steps as a page has room for.
fn page_timeline(timeline: &Timeline) -> Timeline {
    let room = VALUES_MAX / thin::width(timeline).max(1);
    thin::to_steps(timeline, room.clamp(1, STEPS_MAX))
}

#[cfg(test)]
mod tests;
