//! An object as Secrets: its name, its labels, its bytes and their parts.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::api::ObjectMeta as Metadata;
use object_store::path::Path;
use sha2::{Digest as _, Sha256};

/// The type of these Secrets, so that people see what they are and nobody mounts them by mistake.
const TYPE: &str = "flashinfra/ledger";
/// The label that says whether it is an object or a part of one.
const LABEL: &str = "flashinfra/ledger";
/// What stands before the digest of a folder in the labels of all that is in it.
const FOLDER: &str = "in.flashinfra/";
/// The annotations with an object's path, the number of its parts, the digest of its compressed bytes, and how many it has.
const PATH: &str = "flashinfra/path";
const PARTS: &str = "flashinfra/parts";
const DIGEST: &str = "flashinfra/digest";
const SIZE: &str = "flashinfra/size";
/// The key of the bytes.
const CONTENT: &str = "content";

/// How many compressed bytes are in one Secret: a Secret may have 1 MiB of them, and a request 1.5 MiB, in which they are
/// written in Base64.
const PART_MAX: usize = 768 * 1024;

/// How much of an object's beginning is in its first Secret for certain: compressing makes nothing much larger.
pub(super) const START_MAX: u64 = PART_MAX as u64 / 2;

/// How much of a name is from the path. A name may have 253 characters.
const READABLE_MAX: usize = 180;
/// How many hex digits tell apart what a name or label cannot hold in full.
const DIGITS: usize = 16;

/// An object as it is written.
pub(super) struct Split {
    /// What its bytes are.
    pub(super) content: Content,
    /// Its parts, which are written before it; none when it has all of its bytes itself.
    pub(super) parts: Vec<Secret>,
    /// The Secret that it is.
    pub(super) object: Secret,
}

/// What is said of an object's bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Content {
    /// The digest of the compressed bytes.
    digest: String,
    /// How many parts they have; 0 when they are in the object itself.
    parts: usize,
    /// How many bytes there are.
    pub(super) size: u64,
}

impl Split {
    /// Splits an object. The error says why its bytes could not be compressed.
    pub(super) fn of(path: &Path, bytes: &[u8]) -> Result<Self, String> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        let compressed = encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(|error| error.to_string())?;
        let parts = if compressed.len() <= PART_MAX { 0 } else { compressed.len().div_ceil(PART_MAX) };
        let content = Content { digest: hex(&compressed), parts, size: bytes.len() as u64 };
        let names = content.part_names(path);
        let chunks = compressed.chunks(PART_MAX);
        let part = |(name, bytes): (&String, &[u8])| {
            let labels = BTreeMap::from([managed(), (LABEL.to_owned(), "part".to_owned())]);
            let annotations = BTreeMap::from([(PATH.to_owned(), path.to_string())]);
            Secret { immutable: Some(true), ..secret(name.clone(), labels, annotations, Some(bytes)) }
        };
        let parts: Vec<_> = names.iter().zip(chunks).map(part).collect();
        let annotations = BTreeMap::from([
            (PATH.to_owned(), path.to_string()),
            (PARTS.to_owned(), content.parts.to_string()),
            (DIGEST.to_owned(), content.digest.clone()),
            (SIZE.to_owned(), content.size.to_string()),
        ]);
        let own = (content.parts == 0).then_some(compressed.as_slice());
        let object = secret(name(path), labels(path), annotations, own);
        Ok(Self { content, parts, object })
    }
}

impl Content {
    /// What the Secret of an object says.
    pub(super) fn of(metadata: &Metadata) -> Self {
        let annotation = |key: &str| metadata.annotations.as_ref().and_then(|all| all.get(key)).cloned();
        Self {
            digest: annotation(DIGEST).unwrap_or_default(),
            parts: annotation(PARTS).and_then(|parts| parts.parse().ok()).unwrap_or_default(),
            size: annotation(SIZE).and_then(|size| size.parse().ok()).unwrap_or_default(),
        }
    }

    /// The names of its parts, in order.
    pub(super) fn part_names(&self, path: &Path) -> Vec<String> {
        let digest = self.digest.get(..DIGITS).unwrap_or(&self.digest);
        (0..self.parts).map(|number| format!("{}.{digest}.{number}", name(path))).collect()
    }

    /// The bytes, from the Secret and its parts. The error says what is wrong with them.
    pub(super) fn joined(&self, object: &Secret, parts: &[Secret]) -> Result<Vec<u8>, String> {
        let bytes = |secret: &Secret| secret.data.as_ref()?.get(CONTENT).map(|content| content.0.clone());
        let all = if parts.is_empty() { std::slice::from_ref(object) } else { parts };
        let compressed: Option<Vec<Vec<u8>>> = all.iter().map(bytes).collect();
        let compressed = compressed.ok_or("a Secret without content")?.concat();
        if hex(&compressed) != self.digest {
            return Err("its digest is another one".into());
        }
        let mut bytes = Vec::new();
        ZlibDecoder::new(compressed.as_slice()).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        Ok(bytes)
    }
}

/// The first `length` bytes of an object, from the first Secret that has bytes of it; fewer when it has no more. The error says what is
/// wrong with them.
pub(super) fn start(first: &Secret, length: u64) -> Result<Vec<u8>, String> {
    let content = first.data.as_ref().and_then(|data| data.get(CONTENT)).ok_or("a Secret without content")?;
    let mut bytes = Vec::new();
    let mut decoder = ZlibDecoder::new(content.0.as_slice()).take(length);
    decoder.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

fn secret(
    name: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    bytes: Option<&[u8]>,
) -> Secret {
    let data = bytes.map(|bytes| BTreeMap::from([(CONTENT.to_owned(), ByteString(bytes.to_vec()))]));
    let metadata =
        Metadata { name: Some(name), labels: Some(labels), annotations: Some(annotations), ..Metadata::default() };
    Secret { metadata, data, type_: Some(TYPE.to_owned()), ..Secret::default() }
}

fn managed() -> (String, String) {
    ("app.kubernetes.io/managed-by".to_owned(), "flashinfra".to_owned())
}

/// The name of the Secret of an object: its path as far as a name can hold it, and a digest of all of it.
pub(super) fn name(path: &Path) -> String {
    let plain = |part: &str| {
        let lower = part.to_ascii_lowercase();
        let plain: String = lower.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        plain.trim_matches('-').to_owned()
    };
    let parts: Vec<_> = path.parts().map(|part| plain(part.as_ref())).filter(|part| !part.is_empty()).collect();
    let readable = parts.join(".");
    // What is at the end says what it is; a prefix is the same for all.
    let start = readable.len().saturating_sub(READABLE_MAX);
    let readable = readable[start..].trim_matches(['.', '-']);
    let digest = short(path.as_ref());
    ["flashinfra", readable, &digest].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
}

/// The labels of an object: all folders that it is in.
fn labels(path: &Path) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::from([managed(), (LABEL.to_owned(), "object".to_owned())]);
    let mut folder = Path::default();
    let parts: Vec<_> = path.parts().collect();
    for part in parts.iter().take(parts.len().saturating_sub(1)) {
        folder = folder.join(part.clone());
        labels.insert(folder_label(&folder), String::new());
    }
    labels
}

fn folder_label(folder: &Path) -> String {
    format!("{FOLDER}{}", short(folder.as_ref()))
}

/// What finds all objects in a folder, and in those in it.
pub(super) fn selector(folder: Option<&Path>) -> String {
    match folder.filter(|folder| !folder.as_ref().is_empty()) {
        Some(folder) => format!("{LABEL}=object,{}", folder_label(folder)),
        None => format!("{LABEL}=object"),
    }
}

/// The path of an object.
pub(super) fn path(metadata: &Metadata) -> Option<Path> {
    Path::parse(metadata.annotations.as_ref()?.get(PATH)?).ok()
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn short(text: &str) -> String {
    hex(text.as_bytes())[..DIGITS].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::tests::noise;

    fn path_of(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    #[test]
    fn a_name_is_read_by_people_and_is_one_for_the_server() {
        let name_of = |text: &str| name(&path_of(text));
        let lease = name_of("team/Shop_1/eu-1/lease.json");
        assert!(lease.starts_with("flashinfra.team.shop-1.eu-1.lease-json."), "{lease}");
        assert_ne!(name_of("a_b/c"), name_of("a-b/c"), "what looks alike has another digest");
        let long = name_of(&format!("{}/ledger.json", "x".repeat(400)));
        assert!(long.len() <= 253 && long.contains("ledger-json"), "{long}");
        for name in [lease, long, name_of("-a-/__/z"), name_of("__")] {
            let is_label = |label: &str| {
                let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                !label.is_empty() && label.chars().all(fits) && !label.starts_with('-') && !label.ends_with('-')
            };
            assert!(name.split('.').all(is_label), "{name}");
        }
    }

    #[test]
    fn a_folder_finds_what_is_in_it_and_nothing_beside_it() {
        let object = labels(&path_of("shop/eu/versions/1.json"));
        let has = |folder: &str| object.contains_key(&folder_label(&path_of(folder)));
        assert!(has("shop") && has("shop/eu") && has("shop/eu/versions"));
        assert!(!has("shop/e") && !has("sho") && !has("shop/eu/versions/1.json") && !has("eu"));
        assert!(selector(Some(&path_of("shop/eu"))).contains(&folder_label(&path_of("shop/eu"))));
        assert_eq!(selector(None), "flashinfra/ledger=object");
    }

    #[test]
    fn what_is_small_is_one_secret_and_what_is_large_is_split() {
        for (length, parts) in [(0, 0), (10, 0), (PART_MAX / 2, 0), (PART_MAX * 2 + 10, 3)] {
            let (path, bytes) = (path_of("shop/eu/ledger.json"), noise(length, 7));
            let Split { content, parts: made, object } = Split::of(&path, &bytes).unwrap();
            assert_eq!(made.len(), parts, "{length}");
            assert_eq!(Content::of(&object.metadata), content);
            let names: Vec<_> = made.iter().map(|part| part.metadata.name.clone().unwrap()).collect();
            assert_eq!(names, content.part_names(&path));
            assert!(content.joined(&object, &made).unwrap() == bytes, "{length}");
            let first = made.first().unwrap_or(&object);
            for wanted in [0, 7, 4096, START_MAX] {
                let end = bytes.len().min(usize::try_from(wanted).unwrap());
                assert!(start(first, wanted).unwrap() == bytes[..end], "{wanted} of {length}");
            }
            let all = made.iter().chain([&object]);
            for secret in all {
                let size: usize = secret.data.iter().flat_map(BTreeMap::values).map(|bytes| bytes.0.len()).sum();
                assert!(size <= PART_MAX, "{size}");
            }
        }
        // What repeats itself, as ledgers do, is much smaller.
        let text = "{\"address\":\"aws.subnet/private\"}\n".repeat(100_000);
        assert_eq!(Split::of(&path_of("a"), text.as_bytes()).unwrap().parts.len(), 0);
    }

    #[test]
    fn a_part_that_is_another_one_is_noticed() {
        let path = path_of("shop/eu/ledger.json");
        let Split { content, mut parts, object } = Split::of(&path, &noise(PART_MAX + 10, 7)).unwrap();
        parts.swap(0, 1);
        assert!(content.joined(&object, &parts).unwrap_err().contains("digest"));
        let Split { content, object, .. } = Split::of(&path, b"one").unwrap();
        let other = Split::of(&path, b"two").unwrap().object;
        assert_eq!(content.joined(&object, &[]).unwrap(), b"one");
        assert!(content.joined(&other, &[]).is_err());
    }
}
