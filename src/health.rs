//! Health: how what a ledger owns does just now. Changes nothing.

use flashinfra_plans::live::Question;
use flashinfra_plans::{Address, Ledger, Live, Map, Name, Object, Phase, Row, Value};
use flashinfra_providers::{Measure, WHY_NOT_READY};

use crate::error::EngineError;
use crate::open::{self, Configuring};
use crate::owned;
use crate::read::Opened;
use crate::session::Session;

/// How a resource does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Its address.
    pub address: Address,
    /// Its object.
    pub object: Name,
    /// In one word.
    pub verdict: Verdict,
    /// Why that is, where it is not healthy.
    pub why: Option<String>,
    /// What is measured of it.
    pub measures: Vec<Measure>,
}

/// How a resource does, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is ready, and nothing that is measured says otherwise.
    Healthy,
    /// Something goes on with it: it is being made, changed or deleted.
    Waiting,
    /// Its service says that it failed, or what is measured of it is not well.
    Failed,
    /// It is not there any more.
    Gone,
    /// It could not be read.
    Unknown,
}

impl Verdict {
    /// The word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
            Self::Gone => "gone",
            Self::Unknown => "unknown",
        }
    }
}

/// How all that a ledger owns does, or these addresses of it.
///
/// # Errors
/// When an address owns nothing, or a provider instance cannot be opened or leads somewhere else than before.
pub async fn health(session: &Session, ledger: &Ledger, addresses: &[Address]) -> Result<Vec<Health>, EngineError> {
    for address in addresses {
        owned::owned(ledger, address)?;
    }
    let owned = |row: &Row| row.current.is_some();
    let is_asked = |address: &Address| addresses.is_empty() || addresses.contains(address);
    let rows: Vec<_> = ledger.rows.iter().filter(|(address, row)| is_asked(address) && owned(row)).collect();
    let instances = open::needed(ledger, rows.iter().map(|(_, row)| &row.provider));
    let opened = open::open(session, &instances, &ledger.schemas, &Configuring::of(ledger)).await?;
    opened.check_places(&ledger.places)?;
    let asked = rows.iter().filter_map(|(address, row)| {
        let id = row.current.as_ref()?.id.clone();
        Some((row.provider.clone(), Question { kind: address.kind().into(), id, attributes: row.applied.clone() }))
    });
    let asked: Vec<(Name, Question)> = asked.collect();
    let lives = opened.ask(asked.clone()).await;
    let measures = measured(&opened, &asked).await;
    let mut all = Vec::new();
    for ((((address, _), (instance, question)), live), measures) in rows.into_iter().zip(asked).zip(lives).zip(measures)
    {
        let (verdict, why) = judged(&live, &measures);
        let mut health = Health { address: address.clone(), object: question.id.clone(), verdict, why, measures };
        // Why something does not go on takes more calls, so only that is asked about.
        if matches!(verdict, Verdict::Waiting | Verdict::Failed)
            && let Some(reader) = opened.reader(&instance)
        {
            health.why = reader.explain(&question).await.or(health.why);
        }
        all.push(health);
    }
    Ok(all)
}

/// What is measured, in the order of the questions.
async fn measured(opened: &Opened, asked: &[(Name, Question)]) -> Vec<Vec<Measure>> {
    let mut all = vec![Vec::new(); asked.len()];
    let mut instances: Vec<&Name> = asked.iter().map(|(instance, _)| instance).collect();
    instances.sort();
    instances.dedup();
    for instance in instances {
        let Some(reader) = opened.reader(instance) else { continue };
        let of_instance = asked.iter().enumerate().filter(|(_, (of, _))| of == instance);
        let (places, questions): (Vec<usize>, Vec<Question>) =
            of_instance.map(|(place, (_, question))| (place, question.clone())).unzip();
        for (place, measures) in places.into_iter().zip(reader.measures(&questions).await) {
            all[place] = measures;
        }
    }
    all
}

fn judged(live: &Live, measures: &[Measure]) -> (Verdict, Option<String>) {
    let trouble = measures.iter().find_map(|measure| measure.trouble.clone());
    match live {
        Live::Absent => (Verdict::Gone, None),
        Live::Tombstone { note } => (Verdict::Gone, Some(note.to_string())),
        Live::Unreadable { reason } => (Verdict::Unknown, Some(reason.to_string())),
        Live::Present(object) => match object.phase {
            // What nobody waits for may be ready for a plan, and not well.
            Phase::Ready if trouble.is_none() && why(object).is_some() => (Verdict::Waiting, why(object)),
            Phase::Ready if trouble.is_none() => (Verdict::Healthy, None),
            Phase::Ready => (Verdict::Failed, trouble),
            Phase::Failed => (Verdict::Failed, why(object).or(trouble)),
            Phase::Deleting => (Verdict::Waiting, Some(why(object).unwrap_or_else(|| "it is being deleted".into()))),
            Phase::Creating | Phase::Updating => (Verdict::Waiting, why(object).or(trouble)),
        },
    }
}

fn why(object: &Object) -> Option<String> {
    let attributes: &Map = &object.attributes;
    attributes.get(WHY_NOT_READY).and_then(Value::as_text).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::map;
    use flashinfra_providers::Metric;

    use super::*;

    fn present(phase: Phase) -> Live {
        let (id, attributes) = ("a".into(), map! { WHY_NOT_READY => "it is slow" });
        Live::Present(Object { id, phase, attributes, unverified: Vec::new(), owner: None, managed_by: None })
    }

    #[test]
    fn each_state_has_its_word_and_its_reason() {
        let metric = Metric { name: "endpoints_ready", help: "" };
        let bad = [Measure { metric, value: Some(0), told: String::new(), trouble: Some("nobody answers".into()) }];
        let Live::Present(object) = present(Phase::Ready) else { panic!() };
        let well = Live::Present(Object { attributes: map! {}, ..object });
        for (live, measures, verdict, why) in [
            (well, &[][..], Verdict::Healthy, ""),
            // Nobody waits for it, and it is not well all the same.
            (present(Phase::Ready), &[], Verdict::Waiting, "it is slow"),
            (present(Phase::Ready), &bad, Verdict::Failed, "nobody answers"),
            (present(Phase::Updating), &bad, Verdict::Waiting, "it is slow"),
            (present(Phase::Failed), &[], Verdict::Failed, "it is slow"),
            (present(Phase::Deleting), &[], Verdict::Waiting, "it is slow"),
            (Live::Absent, &[], Verdict::Gone, ""),
            (Live::Unreadable { reason: "denied".into() }, &[], Verdict::Unknown, "denied"),
        ] {
            let (found, told) = judged(&live, measures);
            assert_eq!((found, told.unwrap_or_default().as_str()), (verdict, why), "{live:?}");
        }
    }
}
