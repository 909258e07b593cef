//! What goes.

use flashinfra_plans::{Live, Name, Object, Value};

use super::super::report::Verdict;
use super::super::suite::{Found, Suite};
use super::does_not_apply;
use crate::error::Class;

/// What guards the object refuses its deletion, and is then lifted, so that it can be deleted.
pub(super) async fn guards(suite: &mut Suite<'_>, object: &Object) {
    let guards: Vec<_> = suite.schema().attributes.iter().filter(|attribute| attribute.delete_guard).collect();
    if guards.is_empty() {
        suite.record("guard", does_not_apply("the kind has no delete guard"));
    }
    for guard in guards {
        let found = guarded(suite, object, &Name::from(guard.name.as_ref())).await;
        suite.record(format!("guard {}", guard.name), found);
    }
}

async fn guarded(suite: &mut Suite<'_>, object: &Object, guard: &Name) -> Found {
    let live = suite.present(&object.id).await?;
    if live.attributes.get(guard) != Some(&Value::Bool(true)) {
        return does_not_apply("the object is not guarded; give an `update` to true");
    }
    match suite.send_delete(&object.id, &suite.case.delete_arguments).await {
        Err(error) if matches!(error.class, Class::FixInput | Class::AskPerson) => {}
        Err(error) => return Err(format!("the delete of a guarded object is {:?} ({error})", error.class)),
        Ok(outcome) => return Err(format!("the delete of a guarded object was answered with {outcome:?}")),
    }
    let mut inputs = suite.case.inputs.clone();
    inputs.attributes = inputs.attributes.with(guard.clone(), Value::Bool(false));
    let applied = suite.case.inputs.attributes.clone().with(guard.clone(), Value::Bool(true));
    let request = suite.update_request(&live, &applied, std::slice::from_ref(guard), inputs)?;
    let outcome = suite.send_update(&request).await.map_err(|error| format!("lifting it is {error}"))?;
    suite.ready(outcome).await?;
    Ok(Verdict::Holds)
}

pub(super) async fn delete(suite: &mut Suite<'_>, object: &Object) -> Found {
    suite.delete(&object.id).await.map(|()| Verdict::Holds)
}

pub(super) async fn absent(suite: &mut Suite<'_>, object: &Object) -> Found {
    if let Live::Tombstone { .. } = suite.live(&object.id).await {
        return does_not_apply("a tombstone is left");
    }
    match suite.send_delete(&object.id, &suite.case.delete_arguments).await {
        Err(error) if error.class == Class::NotFound => Ok(Verdict::Holds),
        Err(error) => Err(format!("the delete of what is gone is {:?} ({error})", error.class)),
        Ok(outcome) => Err(format!("the delete of what is gone was answered with {outcome:?}")),
    }
}
