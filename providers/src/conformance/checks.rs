//! The checks, in an order in which each finds what it needs.

mod change;
mod once;
mod read;
mod remove;

use flashinfra_plans::{Map, Object};

use super::report::Verdict;
use super::suite::{FIRST, Found, Suite};

/// Runs all checks.
pub(super) async fn run(suite: &mut Suite<'_>) {
    let before = suite.provider.calls().total();
    let found = read::place(suite).await;
    suite.record("place", found);
    let found = read::absent(suite).await;
    suite.record("absent", found);
    match create(suite).await {
        Ok(object) => {
            suite.record("create", Ok(Verdict::Holds));
            with_object(suite, &object).await;
        }
        Err(problem) => suite.record("create", Err(problem)),
    }
    let found = calls(suite, before);
    suite.record("calls", found);
}

/// The checks that need an object, and leave none.
async fn with_object(suite: &mut Suite<'_>, object: &Object) {
    let found = read::identity(suite, object);
    suite.record("identity", found);
    let found = read::read_back(suite, object).await;
    suite.record("read back", found);
    let found = read::replan(suite, object).await;
    suite.record("replan", found);
    let found = read::schema(suite, object).await;
    suite.record("schema", found);
    let found = read::secrets(suite, object).await;
    suite.record("secrets", found);
    let found = read::owner_mark(suite, object).await;
    suite.record("owner mark", found);
    let found = once::create_once(suite, object).await;
    suite.record("create once", found);
    let found = read::batch(suite, object).await;
    suite.record("batch", found);
    let found = change::foreign_change(suite, object).await;
    suite.record("foreign change", found);
    change::updates(suite, object).await;
    let found = change::absent(suite).await;
    suite.record("update absent", found);
    let found = read::moved_mark(suite, object).await;
    suite.record("moved mark", found);
    remove::guards(suite, object).await;
    let found = remove::delete(suite, object).await;
    suite.record("delete", found);
    let found = remove::absent(suite, object).await;
    suite.record("delete absent", found);
}

async fn create(suite: &mut Suite<'_>) -> Result<Object, String> {
    let request = suite.create_request(FIRST, suite.case.inputs.clone())?;
    let outcome = suite.send_create(&request).await.map_err(|error| format!("{:?}: {error}", error.class))?;
    suite.ready(outcome).await
}

fn calls(suite: &Suite<'_>, before: u64) -> Found {
    // A place, an absent object and a create are asked for whatever else fails.
    const CALLS_MIN: u64 = 3;
    let made = suite.provider.calls().total() - before;
    if made < CALLS_MIN {
        return Err(format!("only {made} calls were counted for at least {CALLS_MIN}"));
    }
    Ok(Verdict::Holds)
}

/// A verdict on whether two things are the same.
fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what} is {found:?}, expected {expected:?}")) }
}

fn does_not_apply(reason: impl Into<String>) -> Found {
    Ok(Verdict::DoesNotApply(reason.into()))
}

/// Whether a live object is as declared; if not, the first attribute that is not.
fn as_declared(suite: &Suite<'_>, declared: &Map, live: &Object) -> Result<(), String> {
    let schema = suite.schema();
    let difference = declared.iter().find_map(|(name, want)| {
        let Some(attribute) = schema.attribute(name) else {
            return Some(format!("the case sets `{name}`, which is no attribute of the schema"));
        };
        super::same::difference(attribute, want, live.attributes.get(name))
    });
    difference.map_or(Ok(()), Err)
}
