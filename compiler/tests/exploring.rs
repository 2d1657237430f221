//! What exploring changes costs, counted in moves: a machine that is slow or busy changes nothing.

#[path = "../../benches/changes.rs"]
mod changes;

use loadline_compiler::migrations::{Verdict, World, explore, explore_within};
use loadline_compiler::project::{self, Loader, ReadError};
use loadline_compiler::source::Sources;

impl Loader for changes::Changes {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        let file = self.files.iter().find(|(name, _)| name == path);
        file.map(|(_, text)| text.clone()).ok_or(ReadError::NotFound)
    }
}

fn explored(mut files: changes::Changes, explore: impl Fn(&World<'_>) -> Verdict) -> Verdict {
    let sources = Sources::new();
    let project = project::load(&sources, &mut files, "loadline.load").unwrap();
    let resolved = project.resolve(None, &mut files);
    assert!(resolved.diagnostics.is_empty(), "{:?}", resolved.diagnostics);
    explore(&World::of(&resolved.model))
}

#[test]
fn ten_changes_over_five_services_are_walked_to_the_end() {
    for shared in [false, true] {
        let verdict = explored(changes::spec(10, shared), explore);
        assert!(verdict.undecided.is_empty());
        assert!(verdict.moves < 50_000, "{} moves", verdict.moves);
    }
}

#[test]
fn what_cannot_be_walked_to_the_end_is_given_up_after_so_many_moves() {
    let limit = 20_000;
    let given_up = || explored(changes::about_one_column(12), |world| explore_within(world, limit));
    let verdict = given_up();
    assert_eq!(verdict.moves, limit);
    assert!(!verdict.undecided.is_empty());
    let again = given_up();
    assert_eq!((again.undecided, again.failures), (verdict.undecided, verdict.failures));
}
