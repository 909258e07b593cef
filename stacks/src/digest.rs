//! Digests of what is declared elsewhere: a value of one resource that changes whenever another one is declared differently.

use crate::address::Address;
use crate::schema::Text;

/// An entry of a map that changes whenever what another resource declares does. It says nothing of what that is.
///
/// The entry is `PREFIX.flashinfra/NAME`. What the other one takes from outputs stands in it as it is, so that it is known when they are;
/// of a secret its source and version count, never its value.
#[derive(Clone, Debug)]
pub struct Digest {
    /// The other resource.
    pub of: Address,
    /// Which of its attributes count, sorted; none: all of them. Parts of one stand behind dots: `spec.data`.
    pub attributes: &'static [&'static str],
    /// Where the map is, from the attribute on. What of it is not there is made.
    pub at: &'static [&'static str],
    /// What the key begins with: lower-case words for what the other one is, with dashes between.
    pub prefix: Text,
}

/// What stands between the prefix of a key and the name.
const MARK: &str = ".flashinfra/";
/// As long as the part behind the slash may be in a label or an annotation of Kubernetes.
const NAME_MAX: usize = 63;

impl Digest {
    /// The key of its entry, for an object of this name.
    pub(crate) fn key(&self, name: &str) -> String {
        let name = match name.len() > NAME_MAX {
            true => {
                let digest = of_text(name);
                let begin: String = name.chars().take(NAME_MAX - digest.len() - 1).collect();
                format!("{begin}-{digest}")
            }
            false => name.to_owned(),
        };
        format!("{}{MARK}{name}", self.prefix)
    }
}

/// What the digest at the end of a path is of: `config map` and its name. None where there is no digest.
pub fn subject(path: &str) -> Option<(String, &str)> {
    let (before, name) = path.rsplit_once(MARK)?;
    let (_, prefix) = before.rsplit_once('.')?;
    let is_prefix = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    is_prefix.then(|| (prefix.replace('-', " "), name))
}

/// The digest of a text: FNV-1a of 128 bits, folded to 64. It only has to differ where two texts do, and nobody gains from making two
/// that do not; a cryptographic one would be the only dependency of this crate.
pub(crate) fn of_text(text: &str) -> String {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let hash = text.bytes().fold(BASIS, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME));
    format!("{:016x}", (hash >> 64) ^ (hash & u128::from(u64::MAX)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_digest_is_that_of_the_definition() {
        // The empty text is the basis, folded; one letter is as published for FNV-1a of 128 bits: d228cb696f1a8caf78912b704e4a8964.
        assert_eq!(of_text(""), format!("{:016x}", 0x6c62_272e_07bb_0142_u64 ^ 0x62b8_2175_6295_c58d));
        assert_eq!(of_text("a"), format!("{:016x}", 0xd228_cb69_6f1a_8caf_u64 ^ 0x7891_2b70_4e4a_8964));
    }

    #[test]
    fn a_path_says_what_its_digest_is_of() {
        let subject_of = |path| subject(path).map(|(what, name)| format!("{what} {name}"));
        let path = "spec.template.metadata.annotations.config-map.flashinfra/web.conf";
        assert_eq!(subject_of(path).as_deref(), Some("config map web.conf"));
        assert_eq!(subject_of("annotations.flashinfra/owner"), None);
        assert_eq!(subject_of("spec.replicas"), None);
    }

    #[test]
    fn keys_are_as_short_as_kubernetes_asks() {
        let of = Address::parse("kubernetes.config_map/web").unwrap();
        let digest = Digest { of, attributes: &[], at: &[], prefix: "config-map".into() };
        assert_eq!(digest.key("web"), "config-map.flashinfra/web");
        let long = "a".repeat(70);
        let key = digest.key(&long);
        assert_eq!(key.len(), "config-map.flashinfra/".len() + NAME_MAX);
        assert_ne!(key, digest.key(&format!("{long}b")));
    }
}
