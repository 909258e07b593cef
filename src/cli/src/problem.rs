//! What went wrong, as data: the thing, the place, the causes, the next move. [`crate::output`] prints it.

mod place;

use std::error::Error;
use std::fmt;

use miette::{Diagnostic, LabeledSpan, SourceCode};

pub(crate) use flashinfra::error::Exit;
pub(crate) use place::Place;

/// How a command ends: the exit code of a success, or the problems that stopped it.
pub(crate) type Ended = Result<Exit, Problems>;

/// One thing that a person has to know about, with what to do next.
#[derive(Debug)]
pub(crate) struct Problem {
    message: String,
    causes: Option<Cause>,
    help: Option<String>,
    place: Option<Box<Place>>,
    exit: Exit,
}

/// All that stopped a command; never empty.
#[derive(Debug)]
pub(crate) struct Problems(pub(crate) Vec<Problem>);

impl Problem {
    /// An error.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), causes: None, help: None, place: None, exit: Exit::Error }
    }

    /// An error with the chain of what caused it; each link's text stands once.
    pub(crate) fn caused(message: impl Into<String>, source: &dyn Error) -> Self {
        Self { causes: Cause::chain(source), ..Self::new(message) }
    }

    /// An error that says it all itself, with the causes behind it.
    pub(crate) fn from_error(error: &dyn Error) -> Self {
        Self { causes: error.source().and_then(Cause::chain), ..Self::new(error.to_string()) }
    }

    /// What the person can do next.
    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// Where it is, when that is known.
    pub(crate) fn at(self, place: Option<Place>) -> Self {
        Self { place: place.map(Box::new), ..self }
    }

    /// What the process ends with on its account.
    pub(crate) fn exit(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// The parts, for the JSON line.
    pub(crate) fn parts(&self) -> Parts<'_> {
        let causes = std::iter::successors(self.causes.as_ref(), |cause| cause.next.as_deref());
        Parts {
            severity: "error",
            message: &self.message,
            causes: causes.map(|cause| cause.message.as_str()).collect(),
            help: self.help.as_deref(),
            at: self.place.as_ref().map(ToString::to_string),
        }
    }
}

/// What a problem says, for machines.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Parts<'a> {
    severity: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    causes: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
}

impl Problems {
    /// How the process ends on their account.
    pub(crate) fn exit(&self) -> Exit {
        self.0.iter().map(|problem| problem.exit).reduce(Exit::first).unwrap_or(Exit::Error)
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.place {
            // A snippet names its file itself, and so do some messages.
            Some(place) if place.snippet().is_none() && !self.message.contains(&place.to_string()) => {
                write!(f, "\nat {place}")
            }
            _ => Ok(()),
        }
    }
}

impl Error for Problem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.causes.as_ref().map(|cause| cause as &(dyn Error + 'static))
    }
}

impl Diagnostic for Problem {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.place.as_ref()?.snippet().map(|(source, _)| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let (_, span) = self.place.as_ref()?.snippet()?;
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(None, span))))
    }
}

/// One link of a chain of causes. Owned text, since providers' errors do not live as long as the report.
#[derive(Debug)]
struct Cause {
    message: String,
    next: Option<Box<Cause>>,
}

impl Cause {
    fn chain(error: &dyn Error) -> Option<Self> {
        let mut links = vec![error.to_string()];
        let mut source = error.source();
        while let Some(error) = source {
            links.push(error.to_string());
            source = error.source();
        }
        links.into_iter().rev().fold(None, |next, message| Some(Self { message, next: next.map(Box::new) }))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.next.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}
