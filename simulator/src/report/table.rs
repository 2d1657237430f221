//! Tables in columns.

/// Rows of cells below their heads. The first column stands left, all others right but those of words.
pub(super) struct Table {
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
    words: Vec<usize>,
}

/// What stands between columns.
const GAP: &str = "  ";

impl Table {
    pub(super) fn new(heads: &[&str]) -> Self {
        Self {
            heads: heads.iter().map(|&head| head.to_owned()).collect(),
            rows: Vec::new(),
            words: Vec::new(),
        }
    }

    /// These columns hold words, not numbers.
    pub(super) fn words(mut self, columns: &[usize]) -> Self {
        self.words = columns.to_vec();
        self
    }

    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    pub(super) fn heads(&self) -> &[String] {
        &self.heads
    }

    pub(super) fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    /// Whether a column stands left.
    pub(super) fn is_left(&self, column: usize) -> bool {
        column == 0 || self.words.contains(&column)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The line of heads, then a line for each row, each indented by `indent` and without blanks at its end.
    pub(super) fn lines(&self, indent: &str) -> Vec<String> {
        let all = || std::iter::once(&self.heads).chain(&self.rows);
        let widest = |column: usize| all().filter_map(|row| row.get(column)).map(|cell| width(cell)).max();
        let widths: Vec<usize> = (0..self.heads.len())
            .map(|column| widest(column).unwrap_or(0))
            .collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &wide))| {
                let blanks = " ".repeat(wide.saturating_sub(width(cell)));
                if self.is_left(column) {
                    format!("{cell}{blanks}")
                } else {
                    format!("{blanks}{cell}")
                }
            });
            format!("{indent}{}", cells.collect::<Vec<_>>().join(GAP))
                .trim_end()
                .to_owned()
        };
        all().map(line).collect()
    }
}

/// Columns of a terminal: our cells hold no wide characters.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

/// Words in lines of at most so many columns; a word that is longer stands alone.
pub(super) fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_below_each_other() {
        let mut table = Table::new(&["", "count", "what"]).words(&[2]);
        table.row(["a", "1,000", "x"].map(str::to_owned).to_vec());
        table.row(["bcd", "7", ""].map(str::to_owned).to_vec());
        assert_eq!(table.lines(" "), ["      count  what", " a    1,000  x", " bcd      7"]);
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
    }
}
