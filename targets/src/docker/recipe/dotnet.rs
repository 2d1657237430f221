//! .NET: a published directory in the ASP.NET image.

use super::{Moved, Recipe};
use crate::docker::wanted::{Wanted, parent};

/// The version where none is given: a long-term support release.
const VERSION: &str = "10.0";

pub(crate) fn recipe(wanted: &Wanted<'_>) -> Recipe {
    let (install, steps) = wanted.commands(|command| command.starts_with("dotnet restore"));
    let install = install.unwrap_or_else(|| "dotnet restore".to_owned());
    let given = wanted.version_or(VERSION);
    // Tags have the minor version too: `runtime dotnet 9` is 9.0.
    let version = if given.contains('.') {
        given.to_owned()
    } else {
        format!("{given}.0")
    };
    let output = match (&steps, wanted.output()) {
        (_, Some(output)) => Moved::same(output),
        // What is published goes where `run` looks for it.
        (None, None) => Moved {
            from: "/out".to_owned(),
            to: wanted.script(&[".dll"]).map_or(".", parent).to_owned(),
        },
        (Some(_), None) => Moved::same(wanted.script(&[".dll"]).map_or(".", parent)),
    };
    Recipe {
        toolchain: format!("mcr.microsoft.com/dotnet/sdk:{version}-noble"),
        base: format!("mcr.microsoft.com/dotnet/aspnet:{version}-noble"),
        manifests: ["*.csproj", "packages.lock.json*", "nuget.config*"]
            .map(str::to_owned)
            .into(),
        install: (!install.is_empty()).then_some(install),
        steps: steps
            .unwrap_or_else(|| vec!["dotnet publish --configuration Release --no-restore --output /out".to_owned()]),
        output: vec![output],
        local: &["**/bin", "**/obj"],
        ..Recipe::default()
    }
}
