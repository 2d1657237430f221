//! The page, without a browser.

use sha2::{Digest, Sha256};

use super::*;

const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0_usize, |bits, at| {
            bits << 8 | usize::from(chunk.get(at).copied().unwrap_or(0))
        });
        for at in 0..4 {
            let sign = char::from(SIGNS[bits >> (18 - 6 * at) & 63]);
            out.push(if at <= chunk.len() { sign } else { '=' });
        }
    }
    out
}

#[test]
fn the_policy_names_the_scripts_that_are_there() {
    assert_eq!(base64(b"light w"), "bGlnaHQgdw==");
    let of = |script: &str| base64(Sha256::digest(script).as_ref());
    assert_eq!(of(UPLOT), UPLOT_SHA256);
    assert_eq!(of(SCRIPT), SCRIPT_SHA256);
}

#[test]
fn scripts_end_where_they_should() {
    for script in [UPLOT, SCRIPT] {
        assert!(!script.contains("</script") && !script.contains("<!--"));
    }
    assert!(!STYLE.contains("</style") && !UPLOT_STYLE.contains("</style"));
    assert!(UPLOT.starts_with("/*! https://github.com/leeoniya/uPlot (v1.6.32) */"));
    assert!(UPLOT_LICENCE.starts_with("The MIT License"));
}
