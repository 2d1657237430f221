//! Text of a spec in a page: it stays text.

/// In an element, or in an attribute in double quotes.
pub(super) fn text(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for sign in words.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(sign),
        }
    }
    out
}

/// As [`text`]; what stands in backticks becomes code.
pub(super) fn with_code(words: &str) -> String {
    let parts: Vec<&str> = words.split('`').collect();
    // A backtick without its other is a backtick.
    if parts.len().is_multiple_of(2) {
        return text(words);
    }
    let parts = parts.into_iter().enumerate().map(|(index, part)| match index % 2 {
        0 => text(part),
        _ => format!("<code>{}</code>", text(part)),
    });
    parts.collect()
}

/// JSON in a script element, which ends at `</script` and changes its meaning at `<!--`: JSON has another way to write `<`.
pub(super) fn in_script(json: &str) -> String {
    json.replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        assert_eq!(
            text("<a href='x' b=\"&\">"),
            "&lt;a href=&#39;x&#39; b=&quot;&amp;&quot;&gt;"
        );
        assert_eq!(with_code("`a<b` is"), "<code>a&lt;b</code> is");
        assert_eq!(with_code("a ` b"), "a ` b");
        let json = serde_json::json!({ "a": "</script><!--" });
        let inside = in_script(&json.to_string());
        assert!(!inside.contains('<'));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&inside).unwrap(), json);
    }
}
