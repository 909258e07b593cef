//! Where a parameter stands: `nodes.max`, `subnets[1].cidr`, `tags.example\.com/team`.

use std::fmt::{self, Write};
use std::str::FromStr;

/// The characters that a key writes with a backslash before them.
const SPECIAL: [char; 6] = ['.', '[', ']', '=', ',', '\\'];

/// The way from the root of the parameters to one of them.
///
/// Its text form is what `--set` takes: keys with dots between them, indices in brackets, and a backslash before a dot, a
/// bracket, a comma, an equals sign or a backslash that belongs to a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ParameterPath {
    /// The steps, from the root.
    pub steps: Vec<Step>,
}

/// One step of a [`ParameterPath`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Into a block or a map.
    Key(String),
    /// Into a list, counted from 0.
    Index(usize),
}

impl ParameterPath {
    /// The path of the whole set of parameters.
    pub const ROOT: Self = Self { steps: Vec::new() };

    /// The path one step further.
    #[must_use]
    pub fn then(&self, step: Step) -> Self {
        let mut steps = self.steps.clone();
        steps.push(step);
        Self { steps }
    }
}

impl fmt::Display for ParameterPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.steps.iter().enumerate() {
            match step {
                Step::Index(number) => write!(f, "[{number}]")?,
                Step::Key(key) => {
                    if index > 0 {
                        f.write_char('.')?;
                    }
                    for character in key.chars() {
                        if SPECIAL.contains(&character) {
                            f.write_char('\\')?;
                        }
                        f.write_char(character)?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl FromStr for ParameterPath {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut steps = Vec::new();
        let mut rest = text;
        loop {
            let (key, after) = read_key(rest)?;
            if key.is_empty() {
                return Err("a name is missing");
            }
            steps.push(Step::Key(key));
            rest = after;
            while let Some(inside) = rest.strip_prefix('[') {
                let (number, after) = inside.split_once(']').ok_or("a `[` is not closed")?;
                steps.push(Step::Index(number.parse().map_err(|_| "between `[` and `]` stands a number from 0")?));
                rest = after;
            }
            match rest.strip_prefix('.') {
                Some(after) => rest = after,
                None if rest.is_empty() => return Ok(Self { steps }),
                None => return Err("after `]` comes a dot or another `[`"),
            }
        }
    }
}

/// Reads a key up to the first bare dot or bracket: the key without its backslashes, and the rest.
fn read_key(text: &str) -> Result<(String, &str), &'static str> {
    let mut key = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '.' | '[' => return Ok((key, &text[at..])),
            ']' => return Err("a `]` has no `[` before it"),
            '\\' => match characters.next() {
                Some((_, escaped)) => key.push(escaped),
                None => return Err("a backslash at the end escapes nothing"),
            },
            other => key.push(other),
        }
    }
    Ok((key, ""))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

    use super::*;

    #[test]
    fn paths_survive_a_round_trip() {
        for text in ["nodes", "nodes.max", "subnets[1].cidr", "a[0][12]", r"tags.example\.com/team", r"a\[0\]\\b\=c\,d"]
        {
            assert_eq!(text.parse::<ParameterPath>().unwrap().to_string(), text);
        }
        assert_eq!(ParameterPath::ROOT.then(Step::Key("a.b".to_owned())).to_string(), r"a\.b");
    }

    #[test]
    fn malformed_paths_are_refused() {
        for (text, reason) in [
            ("", "a name is missing"),
            (".a", "a name is missing"),
            ("a.", "a name is missing"),
            ("[0]", "a name is missing"),
            ("a[", "a `[` is not closed"),
            ("a[x]", "between `[` and `]` stands a number from 0"),
            ("a[0]b", "after `]` comes a dot or another `[`"),
            ("a]", "a `]` has no `[` before it"),
            ("a\\", "a backslash at the end escapes nothing"),
        ] {
            assert_eq!(text.parse::<ParameterPath>(), Err(reason), "{text}");
        }
    }
}
