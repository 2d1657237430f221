//! How an instance stops.

use crate::lower::{Auto, Val};
use crate::quantity::Duration;
use crate::schema::{block, words};

words! {
    /// A signal that a process handles.
    pub enum Signal("a signal") {
        /// What Kubernetes, systemd and docker send to stop a process.
        Term = "SIGTERM",
        /// What PM2 and Ctrl-C send.
        Int = "SIGINT",
        /// Quit; what nginx and some servers take as graceful.
        Quit = "SIGQUIT",
        /// Hang-up.
        Hup = "SIGHUP",
        /// Free for the program's use.
        Usr1 = "SIGUSR1",
        /// Free for the program's use.
        Usr2 = "SIGUSR2",
    }
}

block! {
    /// Stop accepting, wait for what is in flight, end by force. The clock of `grace` runs from the first moment.
    pub struct Shutdown("shutdown") {
        /// Signals that the process handles by draining.
        signals: Option<Val<Vec<Signal>>>,
        /// How long it keeps serving after it was told to stop, until no one sends it new requests any more:
        /// on Kubernetes a pod is told and taken out of the endpoints at the same time, in no order. No time for what does
        /// not listen.
        settle: Val<Auto<Duration>> = Auto(None),
        /// How long requests in flight may take to finish.
        drain: Val<Auto<Duration>> = Auto(None),
        /// After this it is killed.
        grace: Val<Auto<Duration>> = Auto(None),
    }
}

impl Shutdown {
    /// `settle`, computed if it was not given.
    #[must_use]
    pub fn settle(&self) -> Duration {
        self.settle.get().unwrap_or_default()
    }

    /// `drain`, computed if it was not given.
    #[must_use]
    pub fn drain(&self) -> Duration {
        self.drain.get().unwrap_or_default()
    }

    /// `grace`, computed if it was not given.
    #[must_use]
    pub fn grace(&self) -> Duration {
        self.grace.get().unwrap_or_default()
    }
}
