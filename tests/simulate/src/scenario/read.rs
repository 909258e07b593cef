//! A scenario from text. What [`super::write`] writes; lines that are empty or begin with `#` are left out.

use std::str::FromStr;

use flashinfra_plans::{Address, Lifecycle, Map, Name, Value};

use super::{Act, Deed, Edit, Fault, Hand, Resource, Rule, Scenario, Stop, Trouble, Turn};

/// A line that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the scenario, `{text}`: {problem}")]
pub struct ScenarioError {
    /// Which, from 1.
    pub line: usize,
    /// What it says.
    pub text: String,
    /// What is wrong with it.
    pub problem: String,
}

impl FromStr for Scenario {
    type Err = ScenarioError;

    fn from_str(text: &str) -> Result<Self, ScenarioError> {
        let mut scenario = Self::default();
        for (index, line) in text.lines().enumerate() {
            let is_inner = line.starts_with(' ');
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            scenario.take(line, is_inner).map_err(|problem| ScenarioError {
                line: index + 1,
                text: line.into(),
                problem,
            })?;
        }
        Ok(scenario)
    }
}

impl Scenario {
    fn take(&mut self, line: &str, is_inner: bool) -> Result<(), String> {
        let mut words = Words(line);
        if is_inner {
            let edit = self.edits.last_mut().ok_or("it belongs to an edit, and there is none yet")?;
            match edit.turns.last_mut() {
                Some(turn) => turn.hands.push(hand(&mut words)?),
                None => {
                    let stack = edit.stack.as_mut().ok_or("a destroy declares nothing")?;
                    stack.push(resource(&mut words)?);
                }
            }
            return Ok(());
        }
        match words.word()? {
            "seed" => self.seed = words.number()?,
            "rule" => self.rules.push(rule(&mut words)?),
            "edit" => self.edits.push(Edit { stack: Some(Vec::new()), turns: Vec::new() }),
            "destroy" => self.edits.push(Edit { stack: None, turns: Vec::new() }),
            "try" => {
                let edit = self.edits.last_mut().ok_or("a try needs something to try, and there is no edit yet")?;
                edit.turns.push(turn(&mut words)?);
            }
            "fault" => self.faults.push(fault(&mut words)?),
            other => return Err(format!("nothing begins with `{other}`")),
        }
        words.end()
    }
}

fn rule(words: &mut Words<'_>) -> Result<Rule, String> {
    match words.word()? {
        "immutable" => Ok(Rule::Immutable(words.name()?, words.name()?)),
        "default" => Ok(Rule::Default(words.name()?, words.name()?, words.value()?)),
        other => Err(format!("`{other}` is no rule")),
    }
}

fn resource(words: &mut Words<'_>) -> Result<Resource, String> {
    let address = words.address()?;
    let (mut lifecycle, mut after) = (Lifecycle::default(), Vec::new());
    while !words.0.starts_with('{') {
        match words.word()? {
            "protect" => lifecycle.protect = Some(true),
            "unprotected" => lifecycle.protect = Some(false),
            "retain" => lifecycle.retain = true,
            "create-first" => lifecycle.create_before_delete = true,
            "test" => lifecycle.test = true,
            "once" => lifecycle.delete_after_success = true,
            "unless-failed" => lifecycle.delete_after_failure = true,
            other => match other.split_once('=') {
                Some(("ignore", name)) => lifecycle.ignore.push(name.into()),
                Some(("from", from)) => lifecycle.moved_from.push(Address::parse(from)?),
                Some(("after", needed)) => after.push(Address::parse(needed)?),
                Some(_) | None => return Err(format!("no resource is treated as `{other}`")),
            },
        }
    }
    let attributes: Map = serde_json::from_str(words.rest()).map_err(|error| error.to_string())?;
    Ok(Resource { address, lifecycle, after, attributes })
}

fn turn(words: &mut Words<'_>) -> Result<Turn, String> {
    let mut turn = Turn::of(words.name()?);
    while !words.0.is_empty() {
        let word = words.word()?;
        match word.split_once('=').unwrap_or((word, "")) {
            ("tests", _) => turn.tests = true,
            ("beside", _) => turn.beside = true,
            ("again", _) => turn.again = true,
            ("delay", ms) => turn.delay_ms = number(ms)?,
            ("gap", ms) => turn.gap_ms = number(ms)?,
            ("crash", ms) => turn.stop = Some(Stop::Crash(number(ms)?)),
            ("crash-before", write) => turn.stop = Some(Stop::CrashBefore(number(write)?)),
            ("crash-after", write) => turn.stop = Some(Stop::CrashAfter(number(write)?)),
            ("interrupt", when) => {
                let (ms, times) = when.split_once('*').unwrap_or((when, "1"));
                turn.stop = Some(Stop::Interrupt(number(ms)?, number(times)?));
            }
            ("frozen", when) => {
                let (from, length) = when.split_once('+').ok_or("`frozen` is a time and a length")?;
                turn.frozen = Some((number(from)?, number(length)?));
            }
            (other, _) => return Err(format!("no try is `{other}`")),
        }
    }
    Ok(turn)
}

fn hand(words: &mut Words<'_>) -> Result<Hand, String> {
    let at = words.word()?;
    if at != "at" {
        return Err(format!("`{at}` begins nothing that somebody does"));
    }
    let at_ms = words.number()?;
    let deed = match words.word()? {
        "set" => Deed::Set(words.address()?, words.name()?, words.value()?),
        "delete" => Deed::Delete(words.address()?),
        "copy" => Deed::Copy(words.address()?),
        "take" => Deed::Take(words.name()?, words.name()?),
        "add" => Deed::AddKey(words.address()?, words.name()?, words.name()?),
        "scale" => Deed::Scale(words.address()?, words.number()?),
        other => return Err(format!("nobody does `{other}`")),
    };
    words.end()?;
    Ok(Hand { at_ms, deed })
}

fn fault(words: &mut Words<'_>) -> Result<Fault, String> {
    let act = words.word()?;
    let act = Act::ALL.into_iter().find(|known| known.name() == act).ok_or(format!("`{act}` is no call"))?;
    let subject = Some(words.name()?).filter(|subject| subject != "-").unwrap_or_default();
    Ok(Fault { act, subject, nth: words.number()?, trouble: trouble(words.word()?)? })
}

fn trouble(word: &str) -> Result<Trouble, String> {
    let (name, ms) = word.split_once('=').unwrap_or((word, "0"));
    let ms = number(ms)?;
    let all = [
        Trouble::LostBefore,
        Trouble::LostAfter,
        Trouble::Silent,
        Trouble::Late(ms),
        Trouble::Throttled(ms),
        Trouble::Refused,
        Trouble::Twice,
        Trouble::NotYet,
        Trouble::Hidden(ms),
        Trouble::Behind(ms),
        Trouble::Listed(ms),
        Trouble::Reserved(ms),
        Trouble::Slow(ms),
        Trouble::Fails,
        Trouble::Vanishes,
        Trouble::Unmarked,
        Trouble::Unreadable,
    ];
    all.into_iter().find(|known| known.name() == name).ok_or(format!("`{name}` is no trouble"))
}

/// What is left of a line.
struct Words<'a>(&'a str);

impl<'a> Words<'a> {
    fn word(&mut self) -> Result<&'a str, String> {
        if self.0.is_empty() {
            return Err("something is missing at its end".into());
        }
        let (word, rest) = self.0.split_once(' ').unwrap_or((self.0, ""));
        self.0 = rest.trim_start();
        Ok(word)
    }

    fn rest(&mut self) -> &'a str {
        std::mem::take(&mut self.0)
    }

    fn name(&mut self) -> Result<Name, String> {
        self.word().map(Name::from)
    }

    fn address(&mut self) -> Result<Address, String> {
        Address::parse(self.word()?)
    }

    fn number<T: FromStr>(&mut self) -> Result<T, String> {
        number(self.word()?)
    }

    fn value(&mut self) -> Result<Value, String> {
        serde_json::from_str(self.rest()).map_err(|error| error.to_string())
    }

    fn end(&self) -> Result<(), String> {
        if self.0.is_empty() { Ok(()) } else { Err(format!("`{}` is too much", self.0)) }
    }
}

fn number<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("`{text}` is no number that fits"))
}
