//! Node.js, and frontends that are built with its tools.

use super::{Moved, Recipe, Variable};
use crate::docker::wanted::{Wanted, top};

/// The major version where none is given: the long-term support line that the other defaults of this file were tried with.
const VERSION: &str = "24";

/// From this major on the images are built on Debian 13, before on Debian 12.
/// Source: docker-node, `versions.json`.
const TRIXIE_FROM: u64 = 26;

/// Endings of files that Node starts.
const SCRIPTS: &[&str] = &[".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"];

const LOCAL: &[&str] = &["**/node_modules", "**/.npm", "**/coverage", "**/*.log"];

pub(crate) fn recipe(wanted: &Wanted<'_>) -> Recipe {
    let mut recipe = build(wanted);
    recipe.base.clone_from(&recipe.toolchain);
    recipe.env = vec![Variable::Plain("NODE_ENV", "production")];
    let built = !recipe.steps.is_empty();
    let output = output(wanted, built);
    if recipe.install.is_some() {
        // A whole build stage has both already, a whole context has only the first.
        if output != "." {
            // `package.json` says how Node reads the files ("type": "module").
            recipe.kept.push(Moved::same("package.json"));
        }
        if output != "." || !built {
            recipe.kept.push(Moved::same("node_modules"));
        }
    }
    recipe.products = products(&output);
    recipe.output = vec![Moved::same(output)];
    recipe
}

/// Only the files that the build leaves; whatever serves them is not Node.
pub(crate) fn site(wanted: &Wanted<'_>) -> Recipe {
    let (install, steps) = wanted.commands(installs);
    let mut recipe = build(wanted);
    recipe.prune = None;
    let is_node = |command: &String| Manager::named_in(command).is_some();
    let none_written = install.is_none() && steps.is_none();
    if !none_written && !install.iter().chain(steps.iter().flatten()).any(is_node) {
        // A generator of another kind: what it needs is in `base` and in its own commands.
        recipe.manifests = Vec::new();
        recipe.install = install.filter(|install| !install.is_empty());
        recipe.install_caches = Vec::new();
        if let Some(install) = recipe.install.take() {
            recipe.steps.insert(0, install);
        }
    }
    let output = wanted.output().unwrap_or("dist").to_owned();
    recipe.products = products(&output);
    recipe.output = vec![Moved::same(output)];
    recipe
}

fn build(wanted: &Wanted<'_>) -> Recipe {
    let (install, steps) = wanted.commands(installs);
    let named = install
        .iter()
        .chain(steps.iter().flatten())
        .find_map(|command| Manager::named_in(command));
    let manager = named.unwrap_or(Manager::Npm);
    let steps = steps.unwrap_or_else(|| vec![format!("{} run build", manager.word())]);
    // Nothing to build needs no tools of the build either.
    let default = if steps.is_empty() {
        manager.install_for_production()
    } else {
        manager.install()
    };
    let install = install.unwrap_or_else(|| default.to_owned());
    let install = (!install.is_empty()).then_some(install);
    let has_tools = install
        .as_ref()
        .is_some_and(|install| !install.contains("--omit") && !install.contains("--prod"));
    let suite = match wanted.major() {
        Some(major) if TRIXIE_FROM <= major => "trixie",
        _ => "bookworm",
    };
    Recipe {
        toolchain: format!("node:{}-{suite}-slim", wanted.version_or(VERSION)),
        manifests: manager.manifests().iter().map(|file| (*file).to_owned()).collect(),
        install_caches: manager.cache().map(str::to_owned).into_iter().collect(),
        // Pruned where it was built, instead of installed a second time for production: what steps generate into
        // node_modules survives, lifecycle scripts do not run without the tools they name, and what runs is what
        // was built with. The layer of node_modules is the same bytes as long as the lock file is.
        prune: has_tools.then(|| manager.prune(install.as_deref().unwrap_or_default()).to_owned()),
        install,
        steps,
        local: LOCAL,
        ..Recipe::default()
    }
}

/// `output`, or the directory of the program; the whole directory when the program stands at its top.
fn output(wanted: &Wanted<'_>, built: bool) -> String {
    if let Some(output) = wanted.output() {
        return output.to_owned();
    }
    match wanted.script(SCRIPTS) {
        Some(script) => top(script).unwrap_or(".").to_owned(),
        None if built => "dist".to_owned(),
        None => ".".to_owned(),
    }
}

/// The usual names of directories that hold nothing but results; `src` or `app` may be an output too, and is a source.
fn products(output: &str) -> Vec<String> {
    let usual = ["dist", "out", ".next", ".output", ".svelte-kit"];
    let first = top(output).unwrap_or(output);
    usual.contains(&first).then(|| first.to_owned()).into_iter().collect()
}

fn installs(command: &str) -> bool {
    let mut words = command.split_whitespace();
    match (words.next(), words.next()) {
        (Some("npm" | "pnpm" | "yarn" | "bun"), Some("ci" | "install" | "i")) => true,
        (Some("yarn"), second) => second.is_none_or(|word| word.starts_with("--")),
        _ => false,
    }
}

/// What installs packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manager {
    Npm,
    Pnpm,
    Yarn,
    Bun,
}

impl Manager {
    /// The last one that is called: before it another may only have installed it.
    fn named_in(command: &str) -> Option<Self> {
        command.split_whitespace().rev().find_map(|word| match word {
            "npm" | "npx" => Some(Self::Npm),
            "pnpm" => Some(Self::Pnpm),
            "yarn" => Some(Self::Yarn),
            "bun" | "bunx" => Some(Self::Bun),
            _ => None,
        })
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pnpm => "pnpm",
            Self::Yarn => "yarn",
            Self::Bun => "bun",
        }
    }

    const fn manifests(self) -> &'static [&'static str] {
        match self {
            Self::Npm => &["package.json", "package-lock.json", ".npmrc*"],
            Self::Pnpm => &["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml*", ".npmrc*"],
            Self::Yarn => &["package.json", "yarn.lock", ".yarnrc.yml*"],
            Self::Bun => &["package.json", "bun.lock*", "bunfig.toml*"],
        }
    }

    /// Never changes the lock file.
    const fn install(self) -> &'static str {
        match self {
            Self::Npm => "npm ci",
            Self::Pnpm => "pnpm install --frozen-lockfile",
            Self::Yarn => "yarn install --frozen-lockfile",
            Self::Bun => "bun install --frozen-lockfile",
        }
    }

    const fn install_for_production(self) -> &'static str {
        match self {
            Self::Npm => "npm ci --omit=dev",
            Self::Pnpm => "pnpm install --frozen-lockfile --prod",
            Self::Yarn => "yarn install --frozen-lockfile --production",
            Self::Bun => "bun install --frozen-lockfile --production",
        }
    }

    fn prune(self, install: &str) -> &'static str {
        match self {
            Self::Npm => "npm prune --omit=dev",
            Self::Pnpm => "pnpm prune --prod",
            // Yarn 2 and later say `--immutable`; Yarn 1 has no command to prune, but installing again prunes.
            Self::Yarn if install.contains("--immutable") => "yarn workspaces focus --all --production",
            Self::Yarn => "yarn install --frozen-lockfile --production --ignore-scripts --offline",
            Self::Bun => "bun install --frozen-lockfile --production",
        }
    }

    /// Only npm's is at one place in all of its versions.
    const fn cache(self) -> Option<&'static str> {
        match self {
            Self::Npm => Some("/root/.npm"),
            Self::Pnpm | Self::Yarn | Self::Bun => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installers_are_known_by_their_commands() {
        for install in [
            "npm ci",
            "npm i",
            "pnpm install --frozen-lockfile",
            "yarn",
            "yarn --immutable",
            "bun install",
        ] {
            assert!(installs(install), "{install}");
        }
        for other in ["npm run build", "yarn build", "npx tsc", "bun run build", ""] {
            assert!(!installs(other), "{other}");
        }
    }

    #[test]
    fn every_manager_prunes_in_its_own_way() {
        let prune = |install: &str| Manager::named_in(install).map(|manager| manager.prune(install));
        assert_eq!(prune("npm ci"), Some("npm prune --omit=dev"));
        assert_eq!(
            prune("npm install --global pnpm@10 && pnpm install"),
            Some("pnpm prune --prod")
        );
        assert_eq!(prune("corepack enable && pnpm install"), Some("pnpm prune --prod"));
        assert_eq!(
            prune("yarn install --immutable"),
            Some("yarn workspaces focus --all --production")
        );
        assert_eq!(prune("make dependencies"), None);
    }

    #[test]
    fn only_directories_of_results_are_left_out_of_the_build() {
        assert_eq!(products("dist/server"), ["dist"]);
        assert!(products("src").is_empty());
    }
}
