//! What looks like a secret: by its name, by how it begins, by where it stands.

use crate::quantity::Duration;

/// Parts of a name that say it holds a secret.
const NAMES: &[&str] = &[
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "API_KEY",
    "APIKEY",
    "APP_KEY",
    "AUTH_KEY",
    "MASTER_KEY",
    "SESSION_KEY",
    "PRIVATE_KEY",
    "ACCESS_KEY",
    "SIGNING_KEY",
    "ENCRYPTION_KEY",
    "CREDENTIAL",
    "CREDENTIALS",
];

/// The same, but only as the last word of a name: `DB_PASS` and not `BYPASS`.
const LAST_WORDS: &[&str] = &["_PASS", "_PWD"];

/// Endings that say it is something about a secret, not the secret: a time, a place, a kind.
const HARMLESS_ENDINGS: &[&str] = &[
    "_MS",
    "_S",
    "_SECONDS",
    "_MINUTES",
    "_HOURS",
    "_DAYS",
    "_TTL",
    "_EXPIRY",
    "_EXPIRES",
    "_EXPIRES_IN",
    "_EXPIRATION",
    "_AGE",
    "_LIFETIME",
    "_INTERVAL",
    "_TIMEOUT",
    "_COUNT",
    "_SIZE",
    "_LENGTH",
    "_LIMIT",
    "_MIN",
    "_MAX",
    "_ROUNDS",
    "_COST",
    "_RETRIES",
    "_NAME",
    "_FILE",
    "_PATH",
    "_DIR",
    "_URL",
    "_URI",
    "_ENDPOINT",
    "_ARN",
    "_REF",
    "_REGION",
    "_STORE",
    "_BACKEND",
    "_BUCKET",
    "_MOUNT",
    "_HEADER",
    "_COOKIE",
    "_ISSUER",
    "_AUDIENCE",
    "_ALGORITHM",
    "_ALG",
    "_TYPE",
    "_KIND",
    "_METHOD",
    "_MODE",
    "_POLICY",
    "_STRATEGY",
    "_PATTERN",
    "_REGEX",
    "_FORMAT",
    "_SCOPE",
    "_SCOPES",
    "_ENABLED",
    "_REQUIRED",
    "_ROTATION",
    "_ID",
    "_VERSION",
    "_PREFIX",
    "_SUFFIX",
    "_PROVIDER",
    "_USER",
    "_USERNAME",
];

/// Words that say everybody may know it.
const PUBLIC: &[&str] = &["PUBLIC", "PUBLISHABLE", "ANON"];

/// How keys of known issuers begin, with the least length of a real one.
const PREFIXES: &[(&str, usize)] = &[
    ("sk_live_", 20),
    ("sk_test_", 20),
    ("rk_live_", 20),
    ("rk_test_", 20),
    ("whsec_", 20),
    ("ghp_", 30),
    ("gho_", 30),
    ("ghs_", 30),
    ("ghu_", 30),
    ("ghr_", 30),
    ("github_pat_", 30),
    ("glpat-", 20),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("xapp-", 20),
    ("AKIA", 20),
    ("ASIA", 20),
    ("AIza", 30),
    ("npm_", 30),
    ("pypi-", 40),
    ("dckr_pat_", 20),
    ("dop_v1_", 40),
    ("hf_", 30),
    ("sk-ant-", 30),
    ("sk-proj-", 30),
    ("SG.", 30),
    ("shpat_", 20),
    ("shpss_", 20),
    ("AGE-SECRET-KEY-", 40),
];

/// Keys of connection strings whose value is a secret: `…;Password=…`, `…?access_token=…`.
const KEYS: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "client_secret",
    "secret",
    "access_token",
    "token",
    "api_key",
    "apikey",
    "sharedaccesskey",
    "accountkey",
];

/// Why a variable or flag looks like a secret with its value; `None` if it does not.
pub(super) fn of_variable(name: &str, value: &str) -> Option<&'static str> {
    of_value(name, value).or_else(|| {
        let upper = name.to_ascii_uppercase().replace(['-', '.'], "_");
        let harmless = HARMLESS_ENDINGS.iter().any(|ending| upper.ends_with(ending));
        let named = NAMES.iter().any(|part| names(&upper, part)) || LAST_WORDS.iter().any(|end| upper.ends_with(end));
        let suspicious = named && !harmless && !is_public(&upper) && !says_what_it_is(value);
        suspicious.then_some("named like a secret, with a value")
    })
}

/// Why a value looks like a secret whatever it is called.
pub(super) fn of_value(name: &str, value: &str) -> Option<&'static str> {
    let apart = |byte: char| byte.is_whitespace() || "=,;\"'".contains(byte);
    let issued = |word: &str| {
        let long = |(prefix, length): &(&str, usize)| word.starts_with(prefix) && *length <= word.len();
        PREFIXES.iter().any(long)
    };
    if value.split(apart).any(issued) {
        return Some("begins like a key of a known issuer");
    }
    if value.contains("-----BEGIN") && value.contains("PRIVATE KEY") {
        return Some("a private key");
    }
    if value.contains("hooks.slack.com/services/") {
        return Some("whoever has this URL can post");
    }
    if value.split([',', ' ']).any(password_in_url) {
        return Some("a URL with a password");
    }
    if keyed(value) {
        return Some("a connection string with a password");
    }
    (is_json_web_token(value) && !is_public(&name.to_ascii_uppercase())).then_some("a signed token")
}

/// Why one of the words of a command line looks like a secret, and which: `--password=hunter2`, `--token abc`,
/// `NPM_TOKEN=abc npm ci`. What a shell puts in later (`$TOKEN`) is not there yet.
pub(super) fn of_words<'w>(words: &[&'w str]) -> Option<(&'w str, &'static str)> {
    let mut flag: Option<&str> = None;
    for word in words.iter().copied() {
        let before = flag.take();
        if word.contains('$') {
            continue;
        }
        let bare = word.trim_start_matches('-');
        let found = match bare.split_once('=') {
            Some((name, value)) if !value.is_empty() => of_variable(name, value),
            Some(_) => None,
            None if word.starts_with('-') => {
                flag = word.starts_with("--").then_some(bare);
                None
            }
            None => match before {
                Some(name) => of_variable(name, word),
                None => of_value("", word),
            },
        };
        if let Some(why) = found {
            return Some((word, why));
        }
    }
    None
}

fn is_public(upper: &str) -> bool {
    upper.split('_').any(|word| PUBLIC.contains(&word))
}

/// Values that tell what they are: a switch, a time, a path, an address.
fn says_what_it_is(value: &str) -> bool {
    let switch = [
        "true", "false", "on", "off", "yes", "no", "0", "1", "none", "null", "enabled", "disabled", "required",
        "optional",
    ];
    let path = value.strip_prefix('/').is_some_and(|path| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
        path.contains('/') && path.bytes().all(plain)
    });
    switch.contains(&value.to_ascii_lowercase().as_str())
        || Duration::read(value).is_ok()
        || path
        || value.contains("://")
}

/// Whether a part stands in a name as words of its own, or ends it: `TOKEN` in `TOKEN_OLD`, `MY_TOKEN_2`, `GITHUBTOKEN`.
fn names(upper: &str, part: &str) -> bool {
    let mut from_each_word = std::iter::successors(Some(upper), |rest| rest.split_once('_').map(|(_, rest)| rest));
    let whole = |rest: &str| rest.strip_prefix(part).is_some_and(|behind| behind.starts_with('_'));
    upper.ends_with(part) || from_each_word.any(whole)
}

/// `scheme://user:password@host`
fn password_in_url(value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let user = authority.rsplit_once('@').map(|(user, _)| user);
    let is_scheme = !scheme.is_empty()
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.:".contains(&byte));
    is_scheme
        && user
            .and_then(|user| user.split_once(':'))
            .is_some_and(|(_, password)| !password.is_empty())
}

/// `Host=db;Password=hunter2`, `jdbc:postgresql://db/orders?user=app&password=hunter2`; one pair alone is something else.
fn keyed(value: &str) -> bool {
    let pairs: Vec<(&str, &str)> = value
        .split([';', '&', '?'])
        .filter_map(|pair| pair.split_once('='))
        .collect();
    let is_string = 1 < pairs.len() || value.contains("://");
    let is_secret = |(key, secret): &(&str, &str)| {
        let key = key.trim().to_ascii_lowercase().replace(' ', "");
        KEYS.contains(&key.as_str()) && !secret.trim().is_empty()
    };
    is_string && pairs.iter().any(is_secret)
}

/// Three parts of base64 with dots between them, the first a JSON object. Source: RFC 7519.
fn is_json_web_token(value: &str) -> bool {
    let bare = value.strip_prefix("Bearer ").unwrap_or(value);
    let parts: Vec<&str> = bare.split('.').collect();
    let base64 = |part: &&str| {
        8 < part.len()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    bare.starts_with("eyJ") && parts.len() == 3 && parts.iter().all(base64)
}

#[cfg(test)]
mod tests {
    use super::{of_variable, of_words};

    #[test]
    fn names_and_values_that_are_secrets() {
        for (name, value) in [
            ("DB_PASSWORD", "hunter2"),
            ("DB_PASS", "hunter2"),
            ("SMTP_PWD", "hunter2"),
            ("SESSION_SECRET", "keyboard cat"),
            ("STRIPE_API_KEY", "abc"),
            ("githubToken", "abc"),
            ("JWT_SIGNING_KEY", "abc"),
            ("SECRET_KEY_BASE", "abc"),
            ("ANYTHING", "sk_live_4eC39HqLyjWDarjtT1zdp7dc"),
            ("HEADER", "Bearer ghp_0123456789012345678901234567890123456789"),
            ("URL", "redis://:pw@cache:6379"),
            ("BROKERS", "amqp://a.internal,amqp://app:pw@b.internal"),
            ("DSN", "jdbc:postgresql://db/orders?user=app&password=hunter2"),
            ("DSN", "jdbc:mysql://app:pw@db/orders"),
            ("CONNECTION", "Server=db;User Id=app;Password=hunter2;"),
            ("KEY", "-----BEGIN PRIVATE KEY-----"),
            ("KEY", "-----BEGIN RSA PRIVATE KEY-----"),
            ("OLD_API_KEY_2", "abc"),
            ("TOKEN_OLD", "abc"),
            (
                "SERVICE_KEY",
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhcGkifQ.c2lnbmF0dXJlLW9mLWl0",
            ),
            ("ALERTS", "https://hooks.slack.com/services/T000/B000/0000"),
        ] {
            assert!(of_variable(name, value).is_some(), "{name}={value}");
        }
    }

    #[test]
    fn names_and_values_that_are_none() {
        for (name, value) in [
            ("TOKEN_TTL_MS", "3600000"),
            ("TOKEN_EXPIRATION", "never"),
            ("ACCESS_TOKEN_LIFE", "15m"),
            ("PASSWORD_SALT_ROUNDS", "12"),
            ("MAX_TOKENS", "4096"),
            ("SECRET_NAME", "orders"),
            ("SIGNING_KEY_ID", "2026-11"),
            ("JWT_PRIVATE_KEY", "/etc/keys/jwt.pem"),
            ("AUTH_TOKEN_URL", "https://auth.example.com/token"),
            ("SECRET_MANAGER", "https://vault.internal:8200"),
            ("DATABASE_URL", "postgres://db.internal:5432/orders"),
            ("DATABASE_URL", "postgres://app@db.internal:5432/orders?sslmode=require"),
            ("CALLBACK", "https://a.example/cb?state=1&code=2"),
            ("LOG_LEVEL", "info"),
            ("TOKENIZER", "bpe"),
            ("DETOKEN_RATE", "3"),
            ("REQUIRE_PASSWORD", "true"),
            ("REQUIRE_PASSWORD", "1"),
            ("PASSWORD_LOGIN", "disabled"),
            ("BYPASS", "x"),
            ("PWD", "/srv/api/current"),
            ("STRIPE_PUBLISHABLE_API_KEY", "pk_live_0123456789"),
            ("NEXT_PUBLIC_MAPS_API_KEY", "abc"),
            ("CA", "-----BEGIN CERTIFICATE-----"),
            ("VERIFY_KEY", "-----BEGIN PUBLIC KEY-----"),
            ("NOTE", "user:password style"),
            ("FILTER", "password=*"),
        ] {
            assert!(of_variable(name, value).is_none(), "{name}={value}");
        }
    }
    #[test]
    fn secrets_on_a_command_line() {
        let found = |line: &str| of_words(&line.split(' ').collect::<Vec<_>>()).is_some();
        for line in [
            "server --db-password=hunter2",
            "server --db-password hunter2",
            "NPM_TOKEN=abc npm ci",
            "git clone https://bot:hunter2@git.internal/app.git",
        ] {
            assert!(found(line), "{line}");
        }
        for line in [
            "NPM_TOKEN=$NPM_TOKEN npm ci",
            "git clone https://bot:$TOKEN@git.internal/app.git",
            "server --token-ttl 15m",
            "server --password-file /run/secrets/db",
            "server --no-token --port 80",
            "server --token",
        ] {
            assert!(!found(line), "{line}");
        }
    }
}
