//! A scenario as text.

use std::fmt;

use super::{Deed, Edit, Fault, Hand, Resource, Rule, Scenario, Stop, Trouble, Turn};

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, rules, edits, faults } = self;
        writeln!(f, "seed {seed}")?;
        rules.iter().try_for_each(|rule| writeln!(f, "{rule}"))?;
        edits.iter().try_for_each(|edit| write!(f, "{edit}"))?;
        faults.iter().try_for_each(|fault| writeln!(f, "{fault}"))
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Immutable(kind, attribute) => write!(f, "rule immutable {kind} {attribute}"),
            Self::Default(kind, attribute, value) => write!(f, "rule default {kind} {attribute} {}", value.to_json()),
        }
    }
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stack, turns } = self;
        match stack {
            Some(stack) => {
                writeln!(f, "edit")?;
                stack.iter().try_for_each(|resource| writeln!(f, "  {resource}"))?;
            }
            None => writeln!(f, "destroy")?,
        }
        turns.iter().try_for_each(|turn| write!(f, "{turn}"))
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, lifecycle, after, attributes } = self;
        write!(f, "{address}")?;
        match lifecycle.protect {
            Some(true) => f.write_str(" protect")?,
            Some(false) => f.write_str(" unprotected")?,
            None => {}
        }
        for (is_set, word) in [
            (lifecycle.retain, " retain"),
            (lifecycle.create_before_delete, " create-first"),
            (lifecycle.test, " test"),
            (lifecycle.delete_after_success, " once"),
            (lifecycle.delete_after_failure, " unless-failed"),
        ] {
            f.write_str(if is_set { word } else { "" })?;
        }
        lifecycle.ignore.iter().try_for_each(|name| write!(f, " ignore={name}"))?;
        lifecycle.moved_from.iter().try_for_each(|from| write!(f, " from={from}"))?;
        after.iter().try_for_each(|needed| write!(f, " after={needed}"))?;
        write!(f, " {}", attributes.to_json())
    }
}

impl fmt::Display for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { who, tests, beside, delay_ms, gap_ms, again, stop, frozen, hands } = self;
        write!(f, "try {who}")?;
        for (is_set, word) in [(*tests, " tests"), (*beside, " beside"), (*again, " again")] {
            f.write_str(if is_set { word } else { "" })?;
        }
        for (ms, word) in [(*delay_ms, "delay"), (*gap_ms, "gap")] {
            if ms > 0 {
                write!(f, " {word}={ms}")?;
            }
        }
        match stop {
            Some(Stop::Crash(ms)) => write!(f, " crash={ms}")?,
            Some(Stop::CrashBefore(write)) => write!(f, " crash-before={write}")?,
            Some(Stop::CrashAfter(write)) => write!(f, " crash-after={write}")?,
            Some(Stop::Interrupt(ms, times)) => write!(f, " interrupt={ms}*{times}")?,
            None => {}
        }
        if let Some((from, length)) = frozen {
            write!(f, " frozen={from}+{length}")?;
        }
        writeln!(f)?;
        hands.iter().try_for_each(|hand| writeln!(f, "  {hand}"))
    }
}

impl fmt::Display for Hand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at_ms, deed } = self;
        write!(f, "at {at_ms} ")?;
        match deed {
            Deed::Set(address, attribute, value) => write!(f, "set {address} {attribute} {}", value.to_json()),
            Deed::Delete(address) => write!(f, "delete {address}"),
            Deed::Copy(address) => write!(f, "copy {address}"),
            Deed::Take(kind, name) => write!(f, "take {kind} {name}"),
            Deed::AddKey(address, attribute, key) => write!(f, "add {address} {attribute} {key}"),
            Deed::Scale(address, replicas) => write!(f, "scale {address} {replicas}"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { act, subject, nth, trouble } = self;
        let subject = if subject.is_empty() { "-" } else { subject.as_str() };
        write!(f, "fault {} {subject} {nth} {trouble}", act.name())
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Late(ms)
            | Self::Throttled(ms)
            | Self::Hidden(ms)
            | Self::Behind(ms)
            | Self::Listed(ms)
            | Self::Reserved(ms)
            | Self::Slow(ms) => write!(f, "={ms}"),
            Self::LostBefore
            | Self::LostAfter
            | Self::Silent
            | Self::Refused
            | Self::Twice
            | Self::NotYet
            | Self::Fails
            | Self::Vanishes
            | Self::Unmarked
            | Self::Unreadable => Ok(()),
        }
    }
}
