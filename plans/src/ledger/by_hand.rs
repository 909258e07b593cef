//! What people did to objects by hand with this program, beside what is declared: recorded so that the next plan can say whose it is.

use super::Ledger;
use crate::value::{Address, Name, Value};

/// One thing that somebody did to the object of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByHand {
    /// The command that did it: `scale`, `restart`.
    pub act: Name,
    /// The attribute that it changed and the value that it gave it; none when it changed none that anybody could declare.
    pub set: Option<(Name, Value)>,
    /// Who did it, and from where.
    pub by: Name,
    /// When: RFC 3339, in UTC.
    pub at: Name,
    /// Why, in their words; may be empty.
    pub why: Name,
    /// How far it came, as far as anybody noted.
    pub stage: Stage,
}

/// How far something that is done by hand has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It was about to be done. This is durable before the call: a process that dies leaves it, and the object tells the rest.
    Begun,
    /// It was done.
    Done,
}

/// What an object shows of something that was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// That it was done.
    Done,
    /// Nothing of it: it was not done, or somebody changed it since.
    NotShown,
    /// Nobody can tell, for this reason.
    Unknown(Name),
}

impl ByHand {
    /// Who did it, when, with what and why, for people.
    pub fn told(&self) -> String {
        let Self { act, set: _, by, at, why, stage: _ } = self;
        let why = if why.is_empty() { String::new() } else { format!(": {why}") };
        format!("by {by} with `flashinfra {act}`, {at}{why}")
    }

    /// What became of it, where it was begun and nobody noted its end, in sentences.
    pub fn cut_off(&self, looked: &Looked) -> String {
        let found = match looked {
            Looked::Done => "The object shows that it was done.".to_owned(),
            Looked::NotShown => {
                "The object does not show it: it was not done, or somebody changed it since.".to_owned()
            }
            Looked::Unknown(why) => format!("Whether it was done nobody can tell: {why}."),
        };
        format!("begun {}. What came of it was not noted. {found}", self.told())
    }

    /// Whether it gave an attribute this value, which so is explained.
    pub fn explains(&self, path: &str, value: Option<&Value>) -> bool {
        self.set.as_ref().is_some_and(|(set, to)| *set == path && Some(to) == value)
    }
}

impl Ledger {
    /// Notes what somebody does. Of what is done again only the last time is kept, and beside it what was begun after that: until that is
    /// known to be done, the one before it may be what explains the object.
    pub fn note_by_hand(&mut self, address: &Address, noted: ByHand) {
        let all = self.by_hand.entry(address.clone()).or_default();
        all.retain(|before| before.act != noted.act || (noted.stage == Stage::Begun && before.stage == Stage::Done));
        all.push(noted);
        all.sort_by(|a, b| a.act.cmp(&b.act));
    }

    /// Notes what became of something that was begun, by what the object shows. What nobody can tell stays as it is. Whether anything
    /// was noted.
    pub fn settle_by_hand(&mut self, address: &Address, begun: &ByHand, looked: &Looked) -> bool {
        match looked {
            Looked::Done => self.note_by_hand(address, ByHand { stage: Stage::Done, ..begun.clone() }),
            Looked::NotShown => {
                let all = self.by_hand.entry(address.clone()).or_default();
                all.retain(|noted| noted != begun);
                if all.is_empty() {
                    self.by_hand.remove(address);
                }
            }
            Looked::Unknown(_) => return false,
        }
        true
    }

    /// What was begun by hand, and whose end nobody noted.
    pub fn begun_by_hand(&self) -> impl Iterator<Item = (&Address, &ByHand)> {
        let each = self.by_hand.iter().flat_map(|(address, all)| all.iter().map(move |noted| (address, noted)));
        each.filter(|(_, noted)| noted.stage == Stage::Begun)
    }
}
