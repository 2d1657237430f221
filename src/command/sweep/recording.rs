//! What a project consists of: every text that was read for it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use loadline_compiler::project::{Loader, ReadError};

use crate::files::{DiskLoader, Location};

/// Texts by their paths.
#[derive(Clone, Default)]
pub(super) struct Recorded(Rc<RefCell<BTreeMap<String, String>>>);

struct Recorder {
    disk: DiskLoader,
    recorded: Recorded,
}

impl Recorded {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// A loader that remembers what it reads.
    pub(super) fn loader(&self, location: &Location) -> Box<dyn Loader> {
        Box::new(Recorder {
            disk: DiskLoader::new(location),
            recorded: self.clone(),
        })
    }

    pub(super) fn texts(&self) -> BTreeMap<String, String> {
        self.0.borrow().clone()
    }

    /// Those whose paths are not among these.
    pub(super) fn texts_beyond(&self, known: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut texts = self.texts();
        texts.retain(|path, _| !known.contains_key(path));
        texts
    }
}

impl Loader for Recorder {
    fn read(&mut self, path: &str) -> Result<String, ReadError> {
        let text = self.disk.read(path)?;
        self.recorded.0.borrow_mut().insert(path.to_owned(), text.clone());
        Ok(text)
    }
}
