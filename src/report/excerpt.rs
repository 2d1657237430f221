//! The lines of a source that miette shows around labels.

use loadline_compiler::source::SourceFile;
use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// A file as miette reads it.
///
/// Its own readers count the lines of a snippet from the start of the file, so that labels far apart come out as one
/// snippet with everything between them; and they read from the start for every label.
#[derive(Debug)]
pub(super) struct Excerpt<'a> {
    /// As shown.
    pub(super) name: String,
    pub(super) file: &'a SourceFile,
}

impl SourceCode for Excerpt<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let file = self.file;
        let (start, end) = (span.offset(), span.offset() + span.len());
        let first = file.line_index(start);
        let last = file.line_index(end.saturating_sub(1).max(start));
        let from_line = first.saturating_sub(lines_before);
        let (from, to, column) = if lines_before == 0 && lines_after == 0 {
            let before = file.text.get(file.line_start(first)..start);
            (start, end, before.unwrap_or_default().chars().count())
        } else {
            (file.line_start(from_line), file.line_start(last + lines_after + 1), 0)
        };
        let text = file.text.get(from..to).ok_or(MietteError::OutOfBounds)?;
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            text.as_bytes(),
            (from, to - from).into(),
            from_line,
            column,
            text.lines().count(),
        )))
    }
}
