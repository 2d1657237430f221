//! A rule's page: its text, and the specs in it.

use super::Rule;

/// What an example shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExampleKind {
    /// The rule refuses it.
    Bad,
    /// The rule accepts it.
    Good,
}

/// A spec on a rule's page.
#[derive(Clone, Debug)]
pub struct Example {
    /// What it shows.
    pub kind: ExampleKind,
    /// The spec.
    pub spec: String,
    /// Further files that it names, by path.
    pub files: Vec<(String, String)>,
    /// The environment that it is judged in.
    pub environment: Option<String>,
    /// The spec that runs, where the example is about what replaces it.
    pub running: Option<String>,
}

impl Rule {
    /// The page as Markdown: the documentation, with the fences of examples as readers know them.
    #[must_use]
    pub fn page(&self) -> String {
        let mut out = String::new();
        for line in self.doc {
            let line = line.strip_prefix(' ').unwrap_or(line);
            match line
                .strip_prefix("```loadline,")
                .or_else(|| line.strip_prefix("```sql,"))
            {
                Some(attributes) => {
                    let language = if line.starts_with("```sql") { "sql" } else { "loadline" };
                    let caption = caption(attributes);
                    out.push_str(&format!("{caption}:\n\n```{language}\n"));
                }
                None => {
                    // A heading is set off from what follows it.
                    out.push_str(line);
                    out.push('\n');
                    if line.starts_with("## ") {
                        out.push('\n');
                    }
                }
            }
        }
        let mut page = String::new();
        for line in out.lines() {
            if line.starts_with("## ") && !page.is_empty() && !page.ends_with("\n\n") {
                page.push('\n');
            }
            page.push_str(line);
            page.push('\n');
        }
        page
    }

    /// The first sentence of "What it checks".
    #[must_use]
    pub fn summary(&self) -> &'static str {
        self.doc
            .iter()
            .map(|line| line.trim())
            .find(|line| !line.is_empty() && !line.starts_with('#'))
            .unwrap_or_default()
    }

    /// The specs on the page.
    #[must_use]
    pub fn examples(&self) -> Vec<Example> {
        let mut examples: Vec<Example> = Vec::new();
        let mut open: Option<(Fence, String)> = None;
        for line in self.doc {
            let line = line.strip_prefix(' ').unwrap_or(line);
            match (&mut open, line.strip_prefix("```")) {
                (None, Some(info)) => open = Some((Fence::parse(info), String::new())),
                (Some(_), Some(_)) => {
                    if let Some((fence, text)) = open.take() {
                        fence.close(text, &mut examples);
                    }
                }
                (Some((_, text)), None) => {
                    text.push_str(line);
                    text.push('\n');
                }
                (None, None) => {}
            }
        }
        examples
    }
}

struct Fence {
    kind: Option<ExampleKind>,
    is_running: bool,
}

impl Fence {
    /// `loadline,bad`, `loadline,good`, `loadline,running`, `loadline,file`, `sql,file`.
    fn parse(info: &str) -> Self {
        let kind = info.split(',').find_map(|attribute| match attribute {
            "bad" => Some(ExampleKind::Bad),
            "good" => Some(ExampleKind::Good),
            _ => None,
        });
        let is_running = info.split(',').any(|attribute| attribute == "running");
        Self { kind, is_running }
    }

    /// A spec begins an example, and its first line may name the environment; a file belongs to the example before it, and
    /// its first line names it; the spec that runs belongs to the example before it too.
    fn close(self, text: String, examples: &mut Vec<Example>) {
        let comment = |name: &str| {
            let first = text
                .lines()
                .next()
                .unwrap_or_default()
                .trim_start_matches(['#', '-'])
                .trim();
            first.strip_prefix(name).map(|value| value.trim().to_owned())
        };
        if self.is_running {
            if let Some(example) = examples.last_mut() {
                example.running = Some(text);
            }
            return;
        }
        match (self.kind, comment("file:"), examples.last_mut()) {
            (Some(kind), _, _) => {
                let environment = comment("environment:");
                examples.push(Example {
                    kind,
                    spec: text,
                    files: Vec::new(),
                    environment,
                    running: None,
                });
            }
            (None, Some(path), Some(example)) => example.files.push((path, text)),
            _ => {}
        }
    }
}

fn caption(attributes: &str) -> &'static str {
    let fence = Fence::parse(attributes);
    match fence.kind {
        Some(ExampleKind::Bad) => "Refused",
        Some(ExampleKind::Good) => "Accepted",
        None if fence.is_running => "While this runs",
        None => "With",
    }
}
