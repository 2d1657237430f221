//! How far long work is, on a terminal; nothing in a pipe.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar on standard error, as long as it lives. Threads may share it.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// For work in so many steps; `what` is what is counted: `recordings`. One step is nothing to count.
    pub(crate) fn new(total: usize, what: &'static str) -> Self {
        // Where standard error is no terminal, this target draws nothing.
        let target = if total < 2 {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(Some(total as u64), target).with_message(what);
        let style = ProgressStyle::with_template("[{bar:30}] {pos} of {len} {msg}, {eta} left");
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.tick();
        Self(bar)
    }

    /// One is done.
    pub(crate) fn step(&self) {
        self.0.inc(1);
    }
}

/// What was drawn is taken away again: results stand alone.
impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
