//! What systemd itself cannot do.

use loadline_compiler::model::Before;

use crate::output::Output;

/// A step before the start that is more than a command of the same release.
pub(crate) fn before(step: &Before, out: &mut Output) {
    if let Some(thing) = &step.wait_for {
        out.not_expressible(
            thing.span,
            "systemd waits for no thing of another machine",
            "a start that fails because it is not there is repeated",
        );
    }
    if let Some(image) = &step.image {
        out.not_expressible(
            image.span,
            "systemd starts no containers",
            "the step runs with the code of the current release",
        );
    }
    if let Some(first) = step.env.iter().next() {
        out.not_expressible(
            first.name.span,
            "a step before the start has the environment of its unit",
            "its own variables are left out",
        );
    }
}
