//! The text of a scenario: directives, and below each of them what it answers.

/// A scenario.
pub(crate) struct Script {
    pub(crate) items: Vec<Item>,
}

/// One directive with what is expected below it.
pub(crate) struct Item {
    /// Its line in the file, from 1.
    pub(crate) line: usize,
    pub(crate) directive: Directive,
    expected: Vec<String>,
    /// Empty lines that follow.
    gap: usize,
}

/// What a line says by its first two characters.
pub(crate) enum Directive {
    /// `# …`: for the reader.
    Comment(String),
    /// `= stack …` or `= change` with the block below it, as written.
    Block(String, Vec<String>),
    /// `$ flashinfra …`
    Command(String),
    /// `~ …`: something that happens behind flashinfra's back, or a look at what there is.
    Tamper(String),
}

impl Script {
    /// Takes the text of a scenario apart.
    pub(crate) fn read(text: &str) -> Self {
        let mut items: Vec<Item> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            match (directive(line), items.last_mut()) {
                (Some(directive), _) => items.push(Item { line: index + 1, directive, expected: Vec::new(), gap: 0 }),
                (None, Some(item)) if line.is_empty() => item.gap += 1,
                (None, Some(item)) => item.take(line),
                (None, None) => panic!("a scenario starts with `# ` and a sentence that says what it shows: {line}"),
            }
        }
        Self { items }
    }

    /// The text with what was answered.
    pub(crate) fn write(&self) -> String {
        let mut text = String::new();
        for (index, item) in self.items.iter().enumerate() {
            item.write(&mut text);
            let is_last = index + 1 == self.items.len();
            let gap = if is_last { 0 } else { item.gap.clamp(usize::from(!item.expected.is_empty()), 1) };
            text += &"\n".repeat(gap);
        }
        text
    }
}

impl Item {
    /// A line that is no directive: of the block, or of what is expected. Empty lines before it belong there too.
    fn take(&mut self, line: &str) {
        let lines = match &mut self.directive {
            Directive::Block(_, lines) => lines,
            Directive::Comment(_) | Directive::Command(_) | Directive::Tamper(_) => &mut self.expected,
        };
        lines.extend(std::iter::repeat_n(String::new(), std::mem::take(&mut self.gap)));
        lines.push(line.to_owned());
    }

    /// Replaces what is expected by what came.
    pub(crate) fn answer(&mut self, output: &str) {
        self.expected = output.trim_end().lines().map(escaped).collect();
    }

    fn write(&self, text: &mut String) {
        let block: &[String] = match &self.directive {
            Directive::Block(_, lines) => lines,
            Directive::Comment(_) | Directive::Command(_) | Directive::Tamper(_) => &[],
        };
        let (marker, line) = match &self.directive {
            Directive::Comment(line) => ('#', line),
            Directive::Block(line, _) => ('=', line),
            Directive::Command(line) => ('$', line),
            Directive::Tamper(line) => ('~', line),
        };
        *text += &format!("{marker} {line}\n");
        for line in block.iter().chain(&self.expected) {
            *text += line.trim_end();
            text.push('\n');
        }
    }
}

fn directive(line: &str) -> Option<Directive> {
    let (marker, rest) = line.split_at_checked(2)?;
    let rest = rest.to_owned();
    match marker {
        "# " => Some(Directive::Comment(rest)),
        "= " => Some(Directive::Block(rest, Vec::new())),
        "$ " => Some(Directive::Command(rest)),
        "~ " => Some(Directive::Tamper(rest)),
        _ => None,
    }
}

/// A line of output that would be taken for a directive gets a backslash.
fn escaped(line: &str) -> String {
    let line = line.trim_end();
    if directive(line).is_some() { format!("\\{line}") } else { line.to_owned() }
}
