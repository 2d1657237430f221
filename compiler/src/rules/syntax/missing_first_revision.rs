//! `missing-first-revision`

use crate::rules::rule;

rule! {
    /// ## What it checks
    /// Every service that a change deploys has a `from`: the revision that runs when the story begins.
    /// ## Why
    /// Without it the first deploy would be judged as if nothing ran before it, and the old instances are the ones that break.
    /// ## Source
    /// A rolling update runs old and new instances side by side until the last old one is gone: Kubernetes, Deployment controller.
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image  "ghcr.io/acme/api:2.1.0"
    ///   memory 512Mi
    /// }
    /// change full-name {
    ///   on     orders-db
    ///   deploy api 2.1 { reads users.name; writes users.name }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 100; reserve 10 }
    /// service api {
    ///   image  "ghcr.io/acme/api:2.1.0"
    ///   memory 512Mi
    /// }
    /// change full-name {
    ///   on     orders-db
    ///   from   api 2.0 { reads users.name; writes users.name }
    ///   deploy api 2.1 { reads users.name; writes users.name }
    /// }
    /// ```
    14 "missing-first-revision" Error
}
