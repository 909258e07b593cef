//! What goes wrong on purpose.

use std::sync::Arc;
use std::time::Duration;

use flashinfra_plans::{Live, Map, Phase, Value, map};
use flashinfra_providers::{Class, Outcome, Provider};
use flashinfra_providers_memory::{Faults, Latency, Options, Sandbox, Slow};

use crate::kinds::{all, aws, create, delete, options, question, update};

fn sandbox(faults: &str) -> (Sandbox, Arc<dyn Provider>) {
    let faults: Faults = faults.parse().unwrap();
    let sandbox = Sandbox::open(None, all(), Options { faults, ..options() }).unwrap();
    let provider = aws(&sandbox);
    (sandbox, provider)
}

fn vpc() -> Map {
    map! { "cidr_block" => "10.0.0.0/16" }
}

async fn made(provider: &Arc<dyn Provider>) -> String {
    let Outcome::Done(object) = provider.create(&create("aws.vpc/main", vpc())).await.unwrap() else {
        panic!("not done")
    };
    object.id.to_string()
}

async fn live(provider: &Arc<dyn Provider>, id: &str) -> Live {
    provider.read(&[question("aws.vpc", id)]).await.remove(0)
}

fn is_present(live: &Live) -> bool {
    matches!(live, Live::Present(_))
}

#[tokio::test]
async fn a_throttled_call_did_nothing_and_says_when_to_come_back() {
    let (sandbox, provider) = sandbox("create aws.vpc/main throttled=70ms");
    let error = provider.create(&create("aws.vpc/main", vpc())).await.unwrap_err();
    assert_eq!((error.class, error.retry_after), (Class::Retry, Some(Duration::from_millis(70))));
    assert!(sandbox.objects().unwrap().is_empty());
    made(&provider).await;
}

#[tokio::test]
async fn a_lost_reply_leaves_open_whether_the_service_acted() {
    let (sandbox, provider) = sandbox("create aws.vpc/main lost-before\ncreate aws.vpc/main lost-after skip=1");
    let first = provider.create(&create("aws.vpc/main", vpc())).await.unwrap_err();
    assert_eq!((first.class, sandbox.objects().unwrap().len()), (Class::Unknown, 0));
    let second = provider.create(&create("aws.vpc/main", vpc())).await.unwrap_err();
    assert_eq!((second.class, sandbox.objects().unwrap().len()), (Class::Unknown, 1));
    let found = provider.find("aws.vpc", "a-stack").await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0.address.as_str(), "aws.vpc/main");
}

#[tokio::test]
async fn a_new_object_may_be_hidden_from_reads_and_searches() {
    let (_, provider) = sandbox("create aws.vpc hidden=3");
    let id = made(&provider).await;
    assert_eq!(live(&provider, &id).await, Live::Absent);
    assert_eq!(provider.find("aws.vpc", "a-stack").await.unwrap(), []);
    assert_eq!(live(&provider, &id).await, Live::Absent);
    assert!(is_present(&live(&provider, &id).await));
    assert_eq!(provider.find("aws.vpc", "a-stack").await.unwrap().len(), 1);
}

#[tokio::test]
async fn reads_may_be_behind_an_update() {
    let (_, provider) = sandbox("update aws.vpc/main stale=2");
    let id = made(&provider).await;
    let off = vpc().with("enable_dns_support", Value::Bool(false));
    provider.update(&update("aws.vpc/main", &id, &["enable_dns_support"], off)).await.unwrap();
    for expected in [true, true, false, false] {
        let Live::Present(object) = live(&provider, &id).await else { panic!("absent") };
        assert_eq!(object.attributes.get("enable_dns_support"), Some(&Value::Bool(expected)));
    }
}

#[tokio::test]
async fn an_object_may_lack_its_mark() {
    let (_, provider) = sandbox("create aws.vpc/main unmarked");
    let id = made(&provider).await;
    assert_eq!(provider.find("aws.vpc", "a-stack").await.unwrap(), []);
    provider.mark("aws.vpc", &id, &crate::kinds::mark("aws.vpc/main", 1)).await.unwrap();
    assert_eq!(provider.find("aws.vpc", "a-stack").await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_deleted_object_may_leave_a_tombstone_that_keeps_the_name() {
    let (_, provider) = sandbox("delete aws.db_instance tombstone=3");
    let inputs = map! { "identifier" => "main", "engine" => "postgres" };
    let ready = async || while !is_ready(&provider.read(&[question("aws.db_instance", "main")]).await[0]) {};
    provider.create(&create("aws.db_instance/main", inputs.clone())).await.unwrap();
    ready().await;
    provider.delete(&delete("aws.db_instance", "main")).await.unwrap();
    let mut seen = Vec::new();
    loop {
        match provider.read(&[question("aws.db_instance", "main")]).await.remove(0) {
            Live::Present(object) => assert_eq!(object.phase, Phase::Deleting),
            Live::Tombstone { note } => {
                assert!(note.contains("main"), "{note}");
                seen.push(note);
                let taken = provider.create(&create("aws.db_instance/main", inputs.clone())).await;
                if seen.len() < 3 {
                    let error = taken.unwrap_err();
                    assert_eq!((error.class, error.code.as_str()), (Class::AlreadyExists, "NameReserved"));
                } else {
                    taken.unwrap();
                    break;
                }
            }
            other => panic!("{other:?}"),
        }
    }
    ready().await;
}

fn is_ready(live: &Live) -> bool {
    matches!(live, Live::Present(object) if object.phase == Phase::Ready)
}

#[tokio::test]
async fn a_create_may_fail_after_it_was_accepted() {
    let (_, provider) = sandbox("create aws.vpc/main fails");
    let Outcome::Accepted(id) = provider.create(&create("aws.vpc/main", vpc())).await.unwrap() else { panic!("done") };
    let Live::Present(failed) = live(&provider, &id).await else { panic!("absent") };
    assert_eq!(failed.phase, Phase::Failed);
    assert_eq!(provider.delete(&delete("aws.vpc", &id)).await, Ok(Outcome::Gone));
}

#[tokio::test]
async fn what_cannot_be_read_is_not_absent() {
    let (_, provider) = sandbox(
        "read aws.vpc/main unreadable\nread aws.vpc/main unverified=cidr_block skip=1\nread aws.vpc denied skip=2\nplace aws denied",
    );
    assert_eq!(provider.place().await.unwrap_err().class, Class::AskPerson);
    assert!(provider.place().await.is_ok());
    let id = made(&provider).await;
    let Live::Unreadable { reason } = live(&provider, &id).await else { panic!("readable") };
    assert!(reason.contains("InternalError"), "{reason}");
    let Live::Present(object) = live(&provider, &id).await else { panic!("absent") };
    assert_eq!((object.attributes.get("cidr_block"), object.unverified), (None, vec!["cidr_block".into()]));
    let Live::Unreadable { reason } = live(&provider, &id).await else { panic!("readable") };
    assert!(reason.contains("AccessDenied"), "{reason}");
    assert!(is_present(&live(&provider, &id).await));
}

#[tokio::test]
async fn a_read_comes_back_by_itself_and_counts_its_calls() {
    let (_, provider) = sandbox("read aws.vpc throttled times=2");
    let id = made(&provider).await;
    assert!(is_present(&live(&provider, &id).await));
    assert_eq!(provider.calls().0.get("aws.vpc:list"), Some(&2));
    assert!(is_present(&live(&provider, &id).await));
    assert_eq!(provider.calls().0.get("aws.vpc:list"), Some(&4));
    assert!(is_present(&live(&provider, &id).await));
    assert_eq!(provider.calls().0.get("aws.vpc:list"), Some(&5));
}

#[tokio::test]
async fn chance_follows_the_seed_and_not_the_order() {
    let struck = async |seed: u64, names: Vec<u32>| {
        let (_, provider) = sandbox(&format!("seed {seed}\ncreate * throttled percent=30"));
        let mut struck = Vec::new();
        for number in names {
            if provider.create(&create(&format!("aws.vpc/n{number}"), vpc())).await.is_err() {
                struck.push(number);
            }
        }
        struck.sort_unstable();
        struck
    };
    let forwards = struck(3, (0..200).collect()).await;
    assert_eq!(forwards, struck(3, (0..200).rev().collect()).await);
    assert_ne!(forwards, struck(4, (0..200).collect()).await);
    assert!((30..90).contains(&forwards.len()), "{}", forwards.len());
}

#[tokio::test]
async fn a_kind_may_take_its_time() {
    let slow = Slow { polls: 1, time: Duration::from_millis(40) };
    let latency = Latency { kinds: [("aws.vpc".into(), slow)].into(), ..Latency::default() };
    let sandbox = Sandbox::open(None, all(), Options { latency, ..options() }).unwrap();
    let provider = aws(&sandbox);
    let Outcome::Accepted(id) = provider.create(&create("aws.vpc/main", vpc())).await.unwrap() else { panic!("done") };
    let busy = provider.update(&update("aws.vpc/main", &id, &[], vpc())).await.unwrap_err();
    assert_eq!((busy.class, busy.code.as_str()), (Class::Wait, "ResourceInUse"));
    while !is_ready(&live(&provider, &id).await) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let Outcome::Accepted(_) = provider.delete(&delete("aws.vpc", &id)).await.unwrap() else { panic!("gone") };
}

#[tokio::test]
async fn one_address_may_be_slower_than_its_kind() {
    let (_, provider) = sandbox("create aws.vpc/main slow=60ms");
    let start = std::time::Instant::now();
    let Outcome::Accepted(id) = provider.create(&create("aws.vpc/main", vpc())).await.unwrap() else { panic!("done") };
    while !is_ready(&live(&provider, &id).await) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // Never earlier; how much later is the machine's affair.
    assert!(start.elapsed() >= Duration::from_millis(59), "{:?}", start.elapsed());
    let other = provider.create(&create("aws.vpc/other", vpc())).await.unwrap();
    assert!(matches!(other, Outcome::Done(_)), "{other:?}");
}

#[test]
fn a_rule_that_cannot_be_read_says_what_can_be() {
    let refuses = |text: &str, words: &str| {
        let problem = text.parse::<Faults>().unwrap_err();
        assert!(problem.contains(words), "{problem}");
    };
    refuses("\ncreate aws.vpc", "line 2: `create aws.vpc` is no rule");
    refuses("make aws.vpc denied", "calls are place, read");
    refuses("create aws.vpc explodes", "faults are throttled=50ms, denied");
    refuses("create aws.vpc throttled=5", "`throttled=5` needs a time after its `=`: 50ms, 5s");
    refuses("create aws.vpc slow", "faults are throttled=50ms");
    refuses("create aws.vpc denied often", "known are skip=");
    refuses("create aws.vpc hidden=x", "needs a number");
    refuses("seed x", "a seed is a number");
}

#[tokio::test]
async fn what_is_typical_may_be_lived_through_in_milliseconds() {
    let latency =
        Latency { typical_second: Duration::from_micros(100), poll: Duration::from_millis(1), ..Latency::default() };
    let sandbox = Sandbox::open(None, all(), Options { latency, ..options() }).unwrap();
    let provider = aws(&sandbox);
    let inputs = map! { "identifier" => "main", "engine" => "postgres" };
    let start = std::time::Instant::now();
    let outcome = provider.create(&create("aws.db_instance/main", inputs)).await.unwrap();
    assert_eq!(outcome, Outcome::Accepted("main".into()));
    while !is_ready(&provider.read(&[question("aws.db_instance", "main")]).await[0]) {
        tokio::time::sleep(provider.poll_pause().unwrap()).await;
    }
    // 300 seconds are typical. Never earlier; how much later is the machine's affair.
    assert!(start.elapsed() >= Duration::from_millis(29), "{:?}", start.elapsed());
}

#[tokio::test]
async fn of_two_tasks_that_want_one_name_one_gets_it() {
    let (sandbox, provider) = sandbox("");
    let inputs = map! { "identifier" => "main", "engine" => "postgres" };
    let wants = |address: &str| {
        let (provider, request) = (Arc::clone(&provider), create(address, inputs.clone()));
        tokio::spawn(async move { provider.create(&request).await })
    };
    let (first, second) = tokio::join!(wants("aws.db_instance/a"), wants("aws.db_instance/b"));
    let refused: Vec<_> = [first, second].into_iter().filter_map(|result| result.unwrap().err()).collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].class, Class::AlreadyExists);
    assert_eq!(sandbox.objects().unwrap().len(), 1);
}
