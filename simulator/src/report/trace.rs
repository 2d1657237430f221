//! Everything that happened in the run that is told, for other programs.

mod chrome;
mod lines;

use super::{Report, TraceFormat};

pub(super) fn render(report: &Report<'_>, format: TraceFormat) -> Option<String> {
    let (told, figures) = (report.told()?, report.told_figures()?);
    Some(match format {
        TraceFormat::Lines => lines::render(report, told, figures),
        TraceFormat::Chrome => chrome::render(report, told, figures),
    })
}
