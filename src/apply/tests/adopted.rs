//! What is adopted, and the plan that is shown for after that.

use flashinfra_plans::{Address, OwnerMark, map};
use flashinfra_providers_memory::Foreign;

use super::world::{World, stack};
use crate::adopt::{self, AdoptError, Options};
use crate::error::EngineError;

#[tokio::test(start_paused = true)]
async fn what_another_stack_gave_up_is_planned_for_as_it_will_be_marked() {
    let world = World::new();
    let address = Address::parse("test.bucket/main").unwrap();
    let theirs = OwnerMark { stack: "theirs".into(), address: address.clone(), generation: 3 };
    let foreign = Foreign {
        kind: "test.bucket".into(),
        region: "here".into(),
        id: Some("main".into()),
        attributes: map! { "name" => "main" },
        owner: Some(theirs),
        ..Foreign::default()
    };
    world.sandbox.insert(&foreign).unwrap();
    let declared = stack([("test.bucket/main", map! { "name" => "main" })]);
    let refused = world.plan(&declared).await.plan.refusals;
    assert_eq!(refused.len(), 1, "{refused:#?}");

    let objects = [(address.clone(), "main".into())].into();
    let options = Options { objects, marked_by: Some("theirs".into()) };
    let found = adopt::look(&world.session, &declared, &options).await.unwrap();
    let next = found.next.clone().unwrap();
    assert!(next.refusals.is_empty() && next.changes.iter().all(|change| change.is_of_recovery()), "{next:#?}");
    adopt::write(&world.session, &declared, &found).await.unwrap();
    let planned = world.plan(&declared).await.plan;
    assert_eq!(
        (planned.refusals, planned.changes),
        (next.refusals, next.changes),
        "the plan is the one that was shown"
    );
}

#[tokio::test(start_paused = true)]
async fn what_may_carry_a_mark_that_nobody_could_read_is_not_taken_for_nobodys() {
    // Looked at once to see whose it is, once for the plan that is shown, and once just before it is marked.
    for faults in ["read test.net unverified=tags times=always", "read test.net unverified=tags skip=2 times=always"] {
        let world = World::with_faults(faults);
        let cidr = map! { "cidr" => "10.0.0.0/16" };
        let foreign =
            Foreign { kind: "test.net".into(), region: "here".into(), attributes: cidr.clone(), ..Foreign::default() };
        let id = world.sandbox.insert(&foreign).unwrap();
        let declared = stack([("test.net/main", cidr)]);
        let objects = [(Address::parse("test.net/main").unwrap(), id.clone())].into();
        let options = Options { objects, marked_by: None };
        let error = match adopt::look(&world.session, &declared, &options).await {
            Ok(found) => adopt::write(&world.session, &declared, &found).await.unwrap_err(),
            Err(error) => error,
        };
        let is_told = matches!(&error, EngineError::Adopt(AdoptError::Unread { .. } | AdoptError::NotMarked { .. }));
        assert!(is_told && error.to_string().contains("its owner mark could not be"), "{error}");
        assert_eq!(world.sandbox.objects().unwrap()[0].object.owner, None, "{faults}");
    }
}
