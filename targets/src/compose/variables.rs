//! Variables of whoever runs compose: all that a secret is in the file.

use loadline_compiler::model::{Model, SecretSource};

use super::text::Text;

/// The variable that holds a secret of a workload, as a reference.
///
/// It is called like the variable of the process, unless two workloads mean different secrets by one name.
pub(crate) fn secret(model: &Model, workload: &str, name: &str, source: &SecretSource) -> Text {
    if let SecretSource::Env(variable) = source {
        return Text::required(variable, &format!("set {variable}"));
    }
    let variable = variable(model, workload, name, source);
    Text::required(&variable, &format!("set {variable} to {}", place(source)))
}

/// The variable that holds the path of a file with a secret in it, or the path itself where it is known.
///
/// A file can only be mounted: what compose would write itself it cannot write into a read-only container.
pub(crate) fn secret_file(workload: &str, target: &str, source: &SecretSource) -> Text {
    if let SecretSource::File(path) = source {
        return Text::own(path);
    }
    let variable = constant(&format!("{workload}_{}_FILE", last(target)));
    let message = format!("set {variable} to the path of a file that holds {}", place(source));
    Text::required(&variable, &message)
}

/// The password of a store's container.
pub(crate) fn password(store: &str) -> Text {
    let variable = constant(&format!("{store}_PASSWORD"));
    Text::required(&variable, &format!("set {variable}"))
}

/// The user of a store's container.
pub(crate) fn user(store: &str, default: &str) -> Text {
    Text::or_else(&constant(&format!("{store}_USER")), default)
}

fn variable(model: &Model, workload: &str, name: &str, source: &SecretSource) -> String {
    let same_everywhere = model
        .workloads
        .iter()
        .flat_map(|workload| &workload.secret)
        .filter(|secret| secret.name.0 == name)
        .all(|secret| secret.source.value == *source);
    if same_everywhere {
        name.to_owned()
    } else {
        format!("{}_{name}", constant(workload))
    }
}

/// Where a secret is.
fn place(source: &SecretSource) -> String {
    match source {
        SecretSource::Vault { path, key } => format!("{key} of {path} in the secret manager"),
        SecretSource::Env(name) => name.clone(),
        SecretSource::File(path) => format!("the content of {path}"),
        SecretSource::Kubernetes { name, key } => format!("{key} of the Kubernetes Secret {name}"),
        SecretSource::Literal => "the secret".to_owned(),
    }
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn constant(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect()
}
