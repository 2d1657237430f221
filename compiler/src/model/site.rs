//! Static frontends.

use super::parts::Allow;
use super::placement::RunsOn;
use super::runtime::Build;
use super::thing::ThingId;
use crate::lower::{InstancePath, Name, Val, Version};
use crate::quantity::Duration;
use crate::schema::{block, words};

words! {
    /// How long browsers keep the start page.
    pub enum IndexCaching("a way of caching") {
        /// They ask every time; without this a page refers to assets that are gone.
        NoCache = "no_cache",
        /// As long as they like.
        Cache = "cache",
    }
}

block! {
    /// A static frontend: files that a gateway serves, released in versioned directories behind a `current` link.
    pub struct SiteSettings("site") {
        head {
            /// Its name.
            name: Val<Name>,
        }
        /// What this revision of the spec deploys.
        version: Option<Val<Version>>,
        /// How the files are built.
        build: Option<Build>,
        /// The directory on the host that holds the releases; `/srv/NAME` when left out.
        root: Option<Val<InstancePath>>,
        /// How many releases are kept.
        releases: Val<u64> = 5,
        /// A path that is no file is answered with the start page: for routers in the browser.
        spa: Val<bool> = false,
        /// Files whose names contain a hash of their content.
        assets: Vec<Assets>,
        /// How long browsers keep the start page.
        index: Val<IndexCaching> = IndexCaching::NoCache,
        /// The host it is served from; the only one when left out.
        runs_on: Option<RunsOn>,
        /// Silences one rule here; the reason is required.
        allow: Vec<Allow>,
    }
}

/// A static frontend with all its settings.
#[derive(Clone, Debug)]
pub struct Site {
    /// Which thing it is.
    pub id: ThingId,
    /// The `##` comments before its block.
    pub documentation: String,
    /// Its settings.
    pub settings: SiteSettings,
}

impl std::ops::Deref for Site {
    type Target = SiteSettings;

    fn deref(&self) -> &SiteSettings {
        &self.settings
    }
}

impl Site {
    /// The directory that holds the releases and the `current` link.
    #[must_use]
    pub fn root(&self) -> String {
        self.root
            .as_ref()
            .map_or_else(|| format!("/srv/{}", self.name.value), |root| root.value.0.clone())
    }
}

block! {
    /// Files whose names contain a hash of their content: they never change, so they are kept.
    pub struct Assets("assets") {
        head {
            /// The path they are under.
            path: Val<InstancePath>,
        }
        /// How long browsers keep them.
        immutable: Val<Duration> = Duration::seconds(365 * 86_400),
    }
}
