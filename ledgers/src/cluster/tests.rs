//! On a server: what the conformance suite of ledgers does not see of the Secrets.

use futures_util::TryStreamExt as _;
use kube::api::{ListParams, PostParams};
use object_store::{ObjectStoreExt as _, UpdateVersion};

use super::*;

/// The objects of a namespace of their own, and the Secrets in it; none where there is no server.
async fn cluster(test: &str) -> Option<(Cluster, Api<Secret>)> {
    let server = flashinfra_test_support::Kubernetes::shared(test)?;
    let kubeconfig = kube::config::Kubeconfig::read_from(server.kubeconfig()).unwrap();
    let config = kube::Config::from_custom_kubeconfig(kubeconfig, &Default::default()).await.unwrap();
    let client = Client::try_from(config).unwrap();
    let name = format!("ledgers-{}", uuid::Uuid::new_v4());
    let mut namespace = Namespace::default();
    namespace.metadata.name = Some(name.clone());
    Api::<Namespace>::all(client.clone()).create(&PostParams::default(), &namespace).await.unwrap();
    Some((Cluster::new(client.clone(), &name), Api::namespaced(client, &name)))
}

/// Bytes that do not compress, of this length and seed.
pub(super) fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

fn path(text: &str) -> Path {
    Path::parse(text).unwrap()
}

async fn bytes(cluster: &Cluster, at: &Path) -> Vec<u8> {
    cluster.get(at).await.unwrap().bytes().await.unwrap().to_vec()
}

async fn names(secrets: &Api<Secret>) -> Vec<String> {
    let listed = secrets.list_metadata(&ListParams::default()).await.unwrap();
    listed.items.into_iter().filter_map(|secret| secret.metadata.name).collect()
}

#[tokio::test]
async fn what_is_larger_than_a_secret_is_split_and_replaced_as_one() {
    let Some((cluster, secrets)) = cluster("what_is_larger_than_a_secret").await else { return };
    let at = path("team/shop/production/ledger.json");
    let large = noise(2_500_000, 7);
    let mode = PutMode::Create;
    let options = || PutOptions { mode: mode.clone(), ..PutOptions::default() };
    let first = cluster.put_opts(&at, large.clone().into(), options()).await.unwrap();
    assert!(bytes(&cluster, &at).await == large);
    let all = names(&secrets).await;
    assert_eq!(all.len(), 5, "the object and its four parts: {all:?}");
    assert!(all.iter().all(|name| name.contains("team.shop.production.ledger-json")), "{all:?}");
    assert_eq!(cluster.head(&at).await.unwrap().size, 2_500_000);

    // By who has read it, in one act; another reader has it before or after.
    let larger = noise(1_700_000, 9);
    let version = UpdateVersion { e_tag: first.e_tag.clone(), version: None };
    let update = |version: UpdateVersion| PutOptions { mode: PutMode::Update(version), ..PutOptions::default() };
    let second = cluster.put_opts(&at, larger.clone().into(), update(version.clone())).await.unwrap();
    assert_ne!(second.e_tag, first.e_tag);
    assert!(bytes(&cluster, &at).await == larger);
    assert_eq!(names(&secrets).await.len(), 4, "the parts of before are gone");
    let stale = cluster.put_opts(&at, b"stale".to_vec().into(), update(version)).await.unwrap_err();
    assert!(matches!(stale, Error::Precondition { .. }), "{stale:?}");
    let taken = cluster.put_opts(&at, b"new".to_vec().into(), options()).await.unwrap_err();
    assert!(matches!(taken, Error::AlreadyExists { .. }), "{taken:?}");

    cluster.put(&at, b"small".to_vec().into()).await.unwrap();
    assert_eq!(names(&secrets).await.len(), 1);
    cluster.put(&at, large.into()).await.unwrap();
    cluster.delete(&at).await.unwrap();
    assert_eq!(names(&secrets).await, Vec::<String>::new());
    assert!(matches!(cluster.get(&at).await.unwrap_err(), Error::NotFound { .. }));
}

#[tokio::test]
async fn a_secret_that_somebody_edited_is_damaged_and_not_believed() {
    let Some((cluster, secrets)) = cluster("a_secret_that_somebody_edited").await else { return };
    let at = path("shop/production/ledger.json");
    cluster.put(&at, b"one".to_vec().into()).await.unwrap();
    cluster.put(&path("shop/production/other.json"), b"two".to_vec().into()).await.unwrap();
    let mut edited = secrets.get(&secret::name(&at)).await.unwrap();
    edited.data = secrets.get(&secret::name(&path("shop/production/other.json"))).await.unwrap().data;
    secrets.replace(&secret::name(&at), &PostParams::default(), &edited).await.unwrap();
    let error = cluster.get(&at).await.unwrap_err().to_string();
    assert!(error.contains("shop/production/ledger.json makes no sense"), "{error}");
}

#[tokio::test]
async fn folders_are_listed_without_what_is_beside_them() {
    let Some((cluster, _)) = cluster("folders_are_listed").await else { return };
    for at in ["team/a/eu/ledger.json", "team/a/eu/versions/1.json", "team/b/eu/ledger.json", "teams/c", "top"] {
        cluster.put(&path(at), at.as_bytes().to_vec().into()).await.unwrap();
    }
    let listed = |folder: &'static str| {
        let (cluster, folder) = (cluster.clone(), path(folder));
        async move {
            let objects: Vec<ObjectMeta> = cluster.list(Some(&folder)).try_collect().await.unwrap();
            objects.into_iter().map(|object| object.location.to_string()).collect::<Vec<_>>()
        }
    };
    assert_eq!(listed("team/a").await, ["team/a/eu/ledger.json", "team/a/eu/versions/1.json"]);
    assert_eq!(listed("team/a/eu/versions").await, ["team/a/eu/versions/1.json"]);
    assert!(listed("te").await.is_empty());
    let found = cluster.list_with_delimiter(Some(&path("team"))).await.unwrap();
    assert_eq!(found.common_prefixes, [path("team/a"), path("team/b")]);
    let top = cluster.list_with_delimiter(None).await.unwrap();
    assert_eq!(top.common_prefixes, [path("team"), path("teams")]);
    assert_eq!(top.objects.iter().map(|object| object.location.clone()).collect::<Vec<_>>(), [path("top")]);
}
