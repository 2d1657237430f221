//! Names that fit where they go, and stay different.

use std::borrow::Cow;

use crate::artifact::digest;

/// The name if it fits, else its beginning and a digest of the whole.
pub(crate) fn within<'n>(name: impl Into<Cow<'n, str>>, most: usize) -> Cow<'n, str> {
    let name = name.into();
    if name.len() <= most {
        return name;
    }
    let hash = short_digest(&name);
    let room = most.saturating_sub(hash.len()).saturating_sub(1);
    let kept = name.get(..room).unwrap_or_default().trim_end_matches('-');
    Cow::Owned(format!("{kept}-{hash}"))
}

/// Enough of a digest to tell the versions of one object apart.
pub(crate) fn short_digest(content: &str) -> String {
    digest(content).get(..8).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_and_stay_different() {
        assert_eq!(within("api", 15), "api");
        let (a, b) = (within("websocket-gateway-a", 15), within("websocket-gateway-b", 15));
        assert_ne!(a, b);
        assert!(a.len() <= 15 && a.starts_with("websoc"), "{a}");
        // What is cut off does not leave a dash at the end.
        assert!(!within("abcde-fghijklmnop", 15).contains("--"));
    }
}
