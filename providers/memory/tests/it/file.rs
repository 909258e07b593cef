//! The sandbox's file: shared, cut short, damaged, written anew.

use std::fs;
use std::path::Path;
use std::process::Command;

use flashinfra_plans::value::Secret;
use flashinfra_plans::{Live, Name, Phase, Value, map};
use flashinfra_providers::{Outcome, Sensitive};
use flashinfra_providers_memory::{Options, Sandbox, SandboxError};

use crate::kinds::{all, aws, create, delete, options, question, update, value};

fn open(path: &Path) -> Result<Sandbox, SandboxError> {
    Sandbox::open(Some(path.to_path_buf()), all(), options())
}

/// Makes VPCs `{prefix}0`, `{prefix}1` and so on; the answer says their ids.
async fn make(path: &Path, prefix: &str, count: u32) -> Vec<String> {
    let provider = aws(&open(path).unwrap());
    let mut ids = Vec::new();
    for number in 0..count {
        let request = create(&format!("aws.vpc/{prefix}{number}"), map! { "cidr_block" => "10.0.0.0/16" });
        let Outcome::Done(object) = provider.create(&request).await.unwrap() else { panic!("not done") };
        ids.push(object.id.to_string());
    }
    ids
}

fn ids(path: &Path) -> Vec<String> {
    open(path).unwrap().objects().unwrap().into_iter().map(|listed| listed.object.id.to_string()).collect()
}

#[tokio::test]
async fn the_same_seed_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = async |name: &str, seed: u64| {
        let path = folder.path().join(name);
        let options = Options { seed: Some(seed), ..Options::default() };
        let sandbox = Sandbox::open(Some(path.clone()), all(), options).unwrap();
        for address in ["aws.vpc/a", "aws.vpc/b"] {
            let request = create(address, map! { "cidr_block" => "10.0.0.0/16" });
            aws(&sandbox).create(&request).await.unwrap();
        }
        fs::read_to_string(path).unwrap()
    };
    let first = bytes("first", 1).await;
    assert_eq!(first, bytes("second", 1).await);
    assert_ne!(first, bytes("third", 2).await);
}

/// Runs in two roles: as the test, and, started by itself with this variable set, as the other process.
#[tokio::test]
async fn two_processes_at_once_lose_nothing() {
    const FILE: &str = "FLASHINFRA_TEST_SANDBOX_FILE";
    const COUNT: u32 = 200;
    if let Some(path) = std::env::var_os(FILE) {
        make(Path::new(&path), "theirs", COUNT).await;
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.json");
    open(&path).unwrap();
    let mut other = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "file::two_processes_at_once_lose_nothing"])
        .env(FILE, &path)
        .spawn()
        .unwrap();
    let (first, second) = tokio::join!(make(&path, "first", COUNT), make(&path, "second", COUNT));
    assert!(other.wait().unwrap().success());
    let all = ids(&path);
    assert_eq!(all.len(), 3 * COUNT as usize);
    assert!(first.iter().chain(&second).all(|id| all.contains(id)));
}

#[tokio::test]
async fn a_line_that_a_killed_process_left_unfinished_does_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.json");
    let made = make(&path, "main", 3).await;
    let whole = fs::read(&path).unwrap();
    let last_line = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    for cut in last_line..whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let left = ids(&path);
        assert_eq!(left.len(), 2, "cut at {cut}");
        assert!(left.iter().all(|id| made.contains(id)));
        // The next change takes the place of the rest.
        make(&path, "main2", 1).await;
        assert_eq!(ids(&path).len(), 3, "cut at {cut}");
    }
}

#[tokio::test]
async fn a_damaged_file_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.json");
    make(&path, "main", 2).await;
    let whole = fs::read(&path).unwrap();
    let first_lines = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    let mut refused = 0;
    for index in 0..first_lines {
        let mut damaged = whole.clone();
        damaged[index] = if damaged[index] == b'\n' { b' ' } else { b'\n' };
        fs::write(&path, &damaged).unwrap();
        match open(&path) {
            Err(error @ (SandboxError::Damaged { .. } | SandboxError::Format { .. })) => {
                assert!(error.to_string().contains("sandbox.json"), "{error}");
                refused += 1;
            }
            other => panic!("byte {index} went unnoticed: {other:?}"),
        }
        assert_eq!(fs::read(&path).unwrap(), damaged);
    }
    assert_eq!(refused, first_lines);
    fs::write(&path, "").unwrap();
    assert!(matches!(open(&path), Err(SandboxError::Damaged { line: 1, .. })));
    fs::write(&path, "{\"format\":9,\"sandbox\":\"x\",\"written\":1}\n").unwrap();
    assert!(matches!(open(&path), Err(SandboxError::Format { format: 9, .. })));
}

#[tokio::test]
async fn a_file_that_grew_is_written_anew_under_everybodys_eyes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.json");
    let onlooker = open(&path).unwrap();
    let id = make(&path, "main", 1).await.remove(0);
    let provider = aws(&open(&path).unwrap());
    let lines = || fs::read_to_string(&path).unwrap().lines().count();
    let mut longest = 0;
    for number in 0..1200 {
        let tags = map! { "tags" => map! { "Number" => number } };
        let error = provider.update(&update("aws.vpc/main0", &id, &["tags"], tags)).await;
        // A number is no text: the file must not grow by what is refused.
        assert!(error.is_err());
        let tags = map! { "tags" => map! { "Number" => number.to_string() } };
        provider.update(&update("aws.vpc/main0", &id, &["tags"], tags)).await.unwrap();
        longest = longest.max(lines());
    }
    assert!(longest < 1100 && lines() < 500, "{longest}, then {}", lines());
    let Live::Present(seen) = aws(&onlooker).read(&[question("aws.vpc", &id)]).await.remove(0) else {
        panic!("absent")
    };
    assert_eq!(seen.attributes.at("tags.Number"), Some(&value("1199")));
    assert_eq!(aws(&onlooker).delete(&delete("aws.vpc", &id)).await, Ok(Outcome::Gone));
    assert_eq!(provider.read(&[question("aws.vpc", &id)]).await, [Live::Absent]);
}

#[tokio::test]
async fn an_id_is_never_given_out_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.json");
    let first = make(&path, "main", 1).await;
    aws(&open(&path).unwrap()).delete(&delete("aws.vpc", &first[0])).await.unwrap();
    let second = make(&path, "main", 1).await;
    assert_ne!(first, second);
    let twin = make(&path, "main", 1).await;
    assert_ne!(second, twin);
    assert_eq!(ids(&path).len(), 2);
}

#[tokio::test]
async fn no_secret_reaches_the_file() {
    const PASSWORD: &str = "a password that nobody else has";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.json");
    let provider = aws(&open(&path).unwrap());
    let secret = || Value::Secret(Box::new(Secret::Env { name: "PASSWORD".into(), version: 1 }));
    let mut request =
        create("aws.db_instance/main", map! { "identifier" => "main", "engine" => "postgres", "password" => secret() });
    let unsent = provider.create(&request).await.unwrap_err();
    assert!(unsent.message.contains("without its value"), "{}", unsent.message);
    let clear = || [(Name::from("password"), Sensitive::new(PASSWORD.into()))].into();
    request.inputs.secrets = clear();
    provider.create(&request).await.unwrap();
    while !matches!(&provider.read(&[question("aws.db_instance", "main")]).await[0], Live::Present(o) if o.phase == Phase::Ready)
    {
    }
    let mut again = update("aws.db_instance/main", "main", &["password"], map! { "password" => secret() });
    again.inputs.secrets = clear();
    provider.update(&again).await.unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains(PASSWORD), "{text}");
    // Only that it was sent, and how often.
    assert!(text.ends_with("\"sent\":{\"password\":2}}}\n"), "{text}");
}

/// Whatever is done through two handles, with whatever going wrong, both and whoever comes later see the same.
#[tokio::test]
async fn all_see_the_same_after_any_number_of_acts() {
    for seed in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sandbox.json");
        let faults = format!(
            "seed {seed}\ncreate * lost-before percent=10\ncreate * lost-after percent=10\ncreate * hidden=2 percent=20\n\
             create * fails percent=10\nupdate * stale=2 percent=30\ndelete * tombstone=2 percent=30\ndelete * lost-after percent=10"
        );
        let options = || Options { faults: faults.parse().unwrap(), ..options() };
        let handles = [(); 2].map(|()| Sandbox::open(Some(path.clone()), all(), options()).unwrap());
        let providers = handles.each_ref().map(aws);
        let mut random: u64 = seed;
        let mut next = |below: usize| {
            // The constants of Knuth's MMIX: enough to wander about.
            random = random.wrapping_mul(6_364_136_223_846_793_005_u64).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(random >> 33).unwrap() % below
        };
        for _ in 0..120 {
            let provider = &providers[next(2)];
            let number = next(5);
            let known = handles[0].objects().unwrap();
            let known = (!known.is_empty()).then(|| known[next(known.len())].clone());
            // Refusals and lost answers are part of the walk: what counts is what is there in the end.
            match (next(5), known) {
                (0 | 1, _) => {
                    let inputs = map! { "identifier" => format!("db{number}"), "engine" => "postgres" };
                    let _ = provider.create(&create("aws.db_instance/main", inputs)).await;
                    let vpc = create(&format!("aws.vpc/n{number}"), map! { "cidr_block" => "10.0.0.0/16" });
                    let _ = provider.create(&vpc).await;
                }
                (2, Some(known)) if known.kind == "aws.vpc" => {
                    let tags = map! { "tags" => map! { "Number" => number.to_string() } };
                    let _ = provider.update(&update("aws.vpc/main", &known.object.id, &["tags"], tags)).await;
                }
                (3, Some(known)) => drop(provider.delete(&delete(&known.kind, &known.object.id)).await),
                (_, Some(known)) => drop(provider.read(&[question(&known.kind, &known.object.id)]).await),
                (_, None) => {}
            }
        }
        let seen = handles[0].objects().unwrap();
        assert_eq!(handles[1].objects().unwrap(), seen, "seed {seed}");
        assert_eq!(open(&path).unwrap().objects().unwrap(), seen, "seed {seed}");
    }
}
