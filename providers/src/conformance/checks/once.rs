//! What a repeated create does.

use flashinfra_plans::Object;
use flashinfra_stacks::schema::{Carrier, CreateOnce, Identity};

use super::super::report::Verdict;
use super::super::suite::{FIRST, Found, SECOND, Suite};
use super::read::found_within_settle_time;
use super::same;
use crate::error::Class;
use crate::ports::Inputs;

pub(super) async fn create_once(suite: &mut Suite<'_>, object: &Object) -> Found {
    match (suite.schema().create_once, &suite.schema().identity) {
        (CreateOnce::Neither, Identity::Assigned) if suite.schema().carrier == Carrier::TagAfterCreate => {
            Err("an id is made up, the owner mark is written by a second call, and no token tells one create from another: what a \
                 create made whose answer got lost could not be found again"
                .into())
        }
        (CreateOnce::Token, _) => same_token(suite, object).await,
        (CreateOnce::UniqueName, _) | (CreateOnce::Neither, Identity::Named(_) | Identity::Composed(_)) => {
            same_name(suite).await
        }
        (CreateOnce::Neither, Identity::Assigned) => twins(suite, object).await,
    }
}

/// The very same request again answers with the first object.
async fn same_token(suite: &mut Suite<'_>, object: &Object) -> Found {
    let request = suite.create_request(FIRST, suite.case.inputs.clone())?;
    let outcome = suite.send_create(&request).await.map_err(|error| format!("{:?}: {error}", error.class))?;
    let again = suite.ready(outcome).await?;
    same("what the same token made", &again.id, &object.id)?;
    if suite.schema().carrier != Carrier::None {
        let found = found_within_settle_time(suite, FIRST, 1).await?;
        same("the number of objects after the same create again", &found, &1)?;
    }
    Ok(Verdict::Holds)
}

/// A create of the same name is refused, whatever its token.
async fn same_name(suite: &mut Suite<'_>) -> Found {
    let request = suite.create_request(SECOND, suite.case.inputs.clone())?;
    match suite.send_create(&request).await {
        Err(error) if error.class == Class::AlreadyExists => Ok(Verdict::Holds),
        Err(error) => Err(format!("a create of a name that is taken is {:?} ({error})", error.class)),
        Ok(outcome) => Err(format!("a create of a name that is taken was answered with {outcome:?}")),
    }
}

/// A second create makes a second object, which the owner mark finds, or is refused because the service knows better.
async fn twins(suite: &mut Suite<'_>, object: &Object) -> Found {
    let case = suite.case;
    let inputs = match &case.second {
        Some(attributes) => Inputs { attributes: attributes.clone(), secrets: case.inputs.secrets.clone() },
        None => case.inputs.clone(),
    };
    let request = suite.create_request(FIRST, inputs)?;
    let outcome = match suite.send_create(&request).await {
        Ok(outcome) => outcome,
        Err(error) if error.class == Class::AlreadyExists => return Ok(Verdict::Holds),
        Err(error) => return Err(format!("a second create is {:?} ({error})", error.class)),
    };
    let twin = suite.ready(outcome).await?;
    if twin.id == object.id {
        return Err("a second create answered with the first object: `create_once` could say `Token`".into());
    }
    let found = match suite.schema().carrier {
        Carrier::None => Ok(2),
        _ => found_within_settle_time(suite, FIRST, 2).await,
    };
    suite.delete(&twin.id).await?;
    same("the number of objects found by the mark of both", &found?, &2)?;
    suite.present(&object.id).await?;
    Ok(Verdict::Holds)
}
