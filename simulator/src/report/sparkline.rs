//! A line of block characters.

/// From empty to full, in eighths.
const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Values as heights of at most so many columns, of which each shows the highest of its values; `most` is full, and whatever is
/// not nothing can be seen. A gap is a column without any value.
pub(super) fn sparkline(values: &[Option<u64>], columns: usize, most: u64) -> String {
    let group = values.len().div_ceil(columns.max(1)).max(1);
    let heights = values.chunks(group).map(|chunk| chunk.iter().copied().flatten().max());
    heights
        .map(|height| height.map_or(' ', |height| block(height, most)))
        .collect()
}

fn block(height: u64, most: u64) -> char {
    let eighths = (u128::from(height) * 8).div_ceil(u128::from(most.max(1))).min(8);
    let index = usize::try_from(eighths).unwrap_or(8);
    BLOCKS.get(index).copied().unwrap_or(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_not_nothing_can_be_seen() {
        let values = [Some(0), Some(1), Some(500), Some(1_000), None, Some(2_000)];
        assert_eq!(sparkline(&values, 6, 1_000), " ▁▄█ █");
        assert_eq!(sparkline(&values, 3, 1_000), "▁██");
        assert_eq!(sparkline(&[], 3, 0), "");
    }
}
