//! What is read.

use std::time::Duration;

use flashinfra_plans::compare;
use flashinfra_plans::{Live, Map, Object, Value};
use flashinfra_stacks::schema::{Carrier, Identity};
use tokio::time::Instant;

use super::super::report::Verdict;
use super::super::suite::{FIRST, Found, SECOND, Suite};
use super::super::{fit, replan};
use super::{as_declared, does_not_apply, same};
use crate::ports::ANY_STACK;

pub(super) async fn place(suite: &mut Suite<'_>) -> Found {
    let first = suite.provider.place().await.map_err(|error| error.to_string())?;
    let second = suite.provider.place().await.map_err(|error| error.to_string())?;
    same("the place, asked for again,", &second, &first)?;
    same("the place's provider", &&*first.provider, &suite.schema().provider())?;
    if first.scope.is_empty() {
        return Err("the place has no scope: nothing tells one account from another".into());
    }
    Ok(Verdict::Holds)
}

pub(super) async fn absent(suite: &mut Suite<'_>) -> Found {
    let live = suite.live(&suite.case.unknown_id).await;
    same(&format!("`{}`", suite.case.unknown_id), &live, &Live::Absent)?;
    Ok(Verdict::Holds)
}

pub(super) fn identity(suite: &Suite<'_>, object: &Object) -> Found {
    match &suite.schema().identity {
        Identity::Assigned if object.id.is_empty() => Err("the object was given no id".into()),
        Identity::Assigned => Ok(Verdict::Holds),
        Identity::Named(attribute) => match suite.case.inputs.get(attribute) {
            Some(name) => {
                let id = Map::default().with(attribute.as_ref(), Value::from(object.id.as_str()));
                let named = Object { attributes: id, ..object.clone() };
                let declared = Map::default().with(attribute.as_ref(), name.clone());
                as_declared(suite, &declared, &named).map(|()| Verdict::Holds)
            }
            None => does_not_apply(format!("the case leaves `{attribute}` to the service")),
        },
        Identity::Composed(_) => {
            let chosen = compare::chosen_name(suite.schema(), |name| suite.case.inputs.get(name));
            same("the id", &Some(&object.id), &chosen.as_ref())?;
            Ok(Verdict::Holds)
        }
    }
}

pub(super) async fn read_back(suite: &mut Suite<'_>, object: &Object) -> Found {
    suite.present_as(&object.id, |live| as_declared(suite, &suite.case.inputs.attributes, live)).await?;
    Ok(Verdict::Holds)
}

pub(super) async fn replan(suite: &mut Suite<'_>, object: &Object) -> Found {
    let place = suite.provider.place().await.map_err(|error| error.to_string())?;
    let declared = &suite.case.inputs.attributes;
    suite.present_as(&object.id, |live| replan::is_empty(suite, &place, declared, live)).await?;
    Ok(Verdict::Holds)
}

pub(super) async fn schema(suite: &mut Suite<'_>, object: &Object) -> Found {
    let live = suite.present(&object.id).await?;
    let misfit = |object: &Object| fit::misfit(&suite.schema().attributes, &object.attributes, "");
    match misfit(&live).or_else(|| misfit(object)) {
        Some(problem) => Err(problem),
        None => Ok(Verdict::Holds),
    }
}

pub(super) async fn secrets(suite: &mut Suite<'_>, object: &Object) -> Found {
    let secrets = &suite.case.inputs.secrets;
    if secrets.is_empty() {
        return does_not_apply("the case sends no secret");
    }
    let live = suite.present(&object.id).await?;
    let text = format!("{live:?}{object:?}");
    match secrets.iter().find(|(_, secret)| text.contains(secret.reveal())) {
        Some((path, _)) => Err(format!("the secret that was sent as `{path}` was read back")),
        None => Ok(Verdict::Holds),
    }
}

pub(super) async fn owner_mark(suite: &mut Suite<'_>, object: &Object) -> Found {
    let (kind, stack) = (suite.kind(), suite.case.stack.clone());
    if suite.schema().carrier == Carrier::None {
        return match suite.provider.find(&kind, &stack).await {
            Ok(found) => Err(format!("nothing carries a mark, and a search found {} objects", found.len())),
            Err(_) => does_not_apply("the kind has no carrier; a search says so"),
        };
    }
    let mark = suite.mark(FIRST)?;
    suite.present_as(&object.id, |live| same("the owner mark", &live.owner.as_ref(), &Some(&mark))).await?;
    same("the number of objects found by its mark", &found_within_settle_time(suite, FIRST, 1).await?, &1)?;
    let others = suite.provider.find(&kind, "another-stack").await.map_err(|error| error.to_string())?;
    same("the number of objects found for another stack", &others.len(), &0)?;
    // A ledger that was lost is rebuilt from what is found so.
    let any = suite.provider.find(&kind, ANY_STACK).await.map_err(|error| error.to_string())?;
    if !any.iter().any(|(own, found)| *own == mark && found.id == object.id) {
        return Err("a search for the marks of any stack does not find the object".into());
    }
    Ok(Verdict::Holds)
}

/// How many objects carry the mark of this name, once there are enough or the settle time has passed.
pub(super) async fn found_within_settle_time(suite: &Suite<'_>, name: &str, enough: usize) -> Result<usize, String> {
    let mark = suite.mark(name)?;
    let start = Instant::now();
    let settle = Duration::from_secs(u64::from(suite.schema().settle_seconds));
    loop {
        let found = suite.provider.find(&suite.kind(), &mark.stack).await;
        let found = found.map_err(|error| error.to_string())?;
        let count = found.iter().filter(|(own, _)| *own == mark).count();
        if count >= enough || start.elapsed() >= settle {
            return Ok(count);
        }
        tokio::time::sleep(suite.case.poll).await;
    }
}

pub(super) async fn batch(suite: &mut Suite<'_>, object: &Object) -> Found {
    let unknown = suite.case.unknown_id.clone();
    let ids = [&unknown, &object.id, &unknown, &object.id];
    let questions: Vec<_> = ids.iter().map(|id| suite.question(id)).collect();
    let answers = suite.provider.read(&questions).await;
    same("the number of answers", &answers.len(), &ids.len())?;
    for (index, (id, live)) in ids.into_iter().zip(&answers).enumerate() {
        let right = match live {
            Live::Present(present) => *id == object.id && present.id == object.id,
            Live::Absent => *id == unknown,
            Live::Tombstone { .. } | Live::Unreadable { .. } => false,
        };
        if !right {
            return Err(format!("answer {index} is about `{id}` and says {live:?}"));
        }
    }
    same("the number of answers to no question", &suite.provider.read(&[]).await.len(), &0)?;
    Ok(Verdict::Holds)
}

pub(super) async fn moved_mark(suite: &mut Suite<'_>, object: &Object) -> Found {
    let moved = suite.mark(SECOND)?;
    suite.send_mark(&object.id, &moved).await.map_err(|error| error.to_string())?;
    if suite.schema().carrier == Carrier::None {
        return does_not_apply("the kind has no carrier; rewriting the mark did nothing");
    }
    let rewritten = |live: &Object| same("the rewritten owner mark", &live.owner.as_ref(), &Some(&moved));
    suite.present_as(&object.id, rewritten).await?;
    Ok(Verdict::Holds)
}
