//! What the suite found.

use std::fmt;

use flashinfra_plans::Name;

/// What the suite found out about one kind.
#[derive(Clone, Debug)]
#[must_use = "a report that nobody looks at finds nothing"]
pub struct Report {
    /// The kind.
    pub kind: Name,
    /// The checks, in the order in which they ran.
    pub checks: Vec<Check>,
}

/// One check and its verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its name, as in the module's table.
    pub name: Name,
    /// How it went.
    pub verdict: Verdict,
}

/// How a check went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The adapter does what it promises.
    Holds,
    /// The check does not apply to the kind or the case, for this reason.
    DoesNotApply(String),
    /// The adapter does something else.
    Fails(String),
}

impl Report {
    /// Whether nothing failed.
    pub fn conforms(&self) -> bool {
        self.failures().next().is_none()
    }

    /// The checks that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| matches!(check.verdict, Verdict::Fails(_)))
    }

    /// The verdict of a check; none when it did not run.
    pub fn verdict(&self, name: &str) -> Option<&Verdict> {
        self.checks.iter().find(|check| check.name == name).map(|check| &check.verdict)
    }

    /// Panics with the whole report unless all checks hold or do not apply: for tests.
    #[track_caller]
    pub fn assert_conforms(&self) {
        assert!(self.conforms(), "{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "conformance of {}", self.kind)?;
        for Check { name, verdict } in &self.checks {
            match verdict {
                Verdict::Holds => writeln!(f, "  holds           {name}")?,
                Verdict::DoesNotApply(reason) => writeln!(f, "  does not apply  {name}: {reason}")?,
                Verdict::Fails(problem) => writeln!(f, "  FAILS           {name}: {problem}")?,
            }
        }
        Ok(())
    }
}
