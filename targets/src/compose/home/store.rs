//! What the containers of datastores are not told: whoever runs them does it.

use loadline_compiler::model::{Store, ThingKind};

use crate::output::Output;

/// Says it for a store of a system that compose runs.
pub(super) fn warn(store: &Store, out: &mut Output) {
    let said = out.said();
    if let Some(backup) = &store.backup {
        let message = "compose makes no backups";
        out.remark(backup.span, message, "the data is in a volume: back that up");
    }
    if store.id.kind == ThingKind::Queue {
        let depth = store.max_depth.as_ref().map(|depth| depth.span);
        let dead = store.dead_letter.as_ref().map(|dead| dead.span);
        let clients = store.max_clients.as_ref().map(|clients| clients.span);
        for span in [depth, dead, clients].into_iter().flatten() {
            let message = "compose starts a broker and configures no queue of it";
            out.remark(span, message, "the program that declares the queue says it");
        }
    }
    out.about(said, store.id);
}
