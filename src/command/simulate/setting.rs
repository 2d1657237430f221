//! The one setting of a line that a place is about.

/// From the word that begins it to its end: of `uses orders-db { pool 20; hold 1ms }` and the place of `20` it is `pool 20`. What
/// goes on on further lines is its head. `at` and `end` are bytes of the line.
pub(super) fn setting(line: &str, at: usize, end: usize) -> &str {
    let end = end.min(line.len());
    let (mut start, mut stop) = (0, line.len());
    let (mut depth, mut opened) = (0_usize, None);
    let mut quoted = false;
    for (place, sign) in line.char_indices() {
        match sign {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '{' | ';' if place < at => start = place + 1,
            '{' => {
                opened = opened.filter(|_| depth != 0).or(Some(place));
                depth += 1;
            }
            '}' if depth != 0 => depth -= 1,
            ';' | '}' if end <= place && depth == 0 => {
                stop = place;
                break;
            }
            // A comment.
            '#' if end <= place && depth == 0 => {
                stop = place;
                break;
            }
            _ => {}
        }
    }
    if depth != 0 {
        stop = opened.unwrap_or(stop);
    }
    line.get(start..stop).unwrap_or(line).trim()
}

#[cfg(test)]
mod tests {
    use super::setting;

    #[test]
    fn a_place_is_a_setting_of_its_line() {
        for (line, about, setting_of_it) in [
            ("  uses orders-db { pool 20; hold 1ms }", "20", "pool 20"),
            ("  uses orders-db { pool 20; hold 1ms }", "1ms", "hold 1ms"),
            (
                "  uses orders-db { pool 20; hold 1ms }",
                "uses",
                "uses orders-db { pool 20; hold 1ms }",
            ),
            (
                "health { live \"/li;ve\" { every 5s }; ready \"/\" }",
                "live",
                "live \"/li;ve\" { every 5s }",
            ),
            ("service api {", "api", "service api"),
            ("at 30s { rollout api {", "rollout", "rollout api"),
            ("  max_connections 100   # two of them", "100", "max_connections 100"),
            ("at 30s { kill api { count 3 } }", "kill", "kill api { count 3 }"),
        ] {
            let at = line.find(about).unwrap();
            assert_eq!(setting(line, at, at + about.len()), setting_of_it, "{line}: {about}");
        }
        assert_eq!(setting("rollout blue-green {", 0, 900), "rollout blue-green");
    }
}
