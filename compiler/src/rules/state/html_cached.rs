//! `html-cached`

use crate::diagnostic::Diagnostic;
use crate::model::{IndexCaching, Site};
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// Browsers ask for the pages of a site every time, and keep only files whose names change with their content.
    /// ## Why
    /// A page names the scripts and styles of its release. A browser that keeps it asks for them after the next release, when
    /// they are gone: a white page for whoever was there before, and nothing to see for whoever looks now. Nobody can call it
    /// back before its time is over.
    /// ## Source
    /// RFC 9111, section 4.2.2: without `Cache-Control` browsers choose for themselves how long they keep a page. A release is
    /// a directory, and only the current one is served.
    ///
    /// ```loadline,bad
    /// host web { cpu 2; memory 4Gi }
    /// site shop {
    ///   build  { context "./web"; steps ["npm run build"]; output "dist" }
    ///   assets "/assets/" { immutable 365d }
    ///   index  cache
    /// }
    /// gateway edge { domain "www.example.com"; route "/" shop }
    /// ```
    ///
    /// ```loadline,good
    /// host web { cpu 2; memory 4Gi }
    /// site shop {
    ///   build  { context "./web"; steps ["npm run build"]; output "dist" }
    ///   assets "/assets/" { immutable 365d }
    ///   index  no_cache
    /// }
    /// gateway edge { domain "www.example.com"; route "/" shop }
    /// ```
    806 "html-cached" Warning, check
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for site in &context.model.sites {
        found.extend(pages(site));
        found.extend(everything(site));
    }
    for gateway in &context.model.gateways {
        for files in gateway.files.iter().filter(|files| is_whole(&files.path.value)) {
            let Some(expires) = files.expires.as_ref().filter(|expires| !expires.is_zero()) else {
                continue;
            };
            let message = format!(
                "browsers keep the pages of `{}` for {}",
                files.directory.value.0, expires.value
            );
            let diagnostic = Diagnostic::new(&RULE, message, expires.span, "pages too, not only what they name")
                .label(files.path.span, "everything")
                .help("let only what never changes expire late: a `static \"/assets/\" …` of its own; or serve it as a `site`")
                .about(gateway.id);
            found.push(diagnostic);
        }
    }
}

/// Without files that change their names a page that was kept is old, but whole.
fn pages(site: &Site) -> Option<Diagnostic> {
    let assets = site
        .assets
        .first()
        .filter(|_| site.index.value == IndexCaching::Cache)?;
    let message = format!(
        "browsers keep pages of `{}`, which name files of their own release",
        site.name.value
    );
    let diagnostic = Diagnostic::new(&RULE, message, site.index.span, "for as long as they like")
        .label(assets.path.span, "other names after the next release")
        .help("write `index no_cache`: a page that has not changed is answered with 304")
        .about(site.id);
    Some(if site.index.is_written() {
        diagnostic.edit(site.index.span, IndexCaching::NoCache.word())
    } else {
        diagnostic
    })
}

fn everything(site: &Site) -> Option<Diagnostic> {
    let assets = site.assets.iter().find(|assets| is_whole(&assets.path.value))?;
    let message = format!(
        "pages of `{}` are immutable for {}",
        site.name.value, assets.immutable.value
    );
    let diagnostic = Diagnostic::new(&RULE, message, assets.path.span, "everything, pages too")
        .help("name only the directory of files with a hash in their name: `assets \"/assets/\"`")
        .about(site.id);
    Some(diagnostic)
}

fn is_whole(path: &crate::lower::InstancePath) -> bool {
    path.0 == "/"
}
