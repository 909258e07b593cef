//! Fingerprints: what a step relies on in the live object, as one hash.
//!
//! A fingerprint covers the object's identity, its phase, and the owned attributes that the plan names: never status,
//! counters, times or what nobody here declared. It is keyed by the stack's uuid, so that equal objects of two stacks cannot
//! be recognised by it.

use std::fmt::Write;

use flashinfra_stacks::schema::Schema;
use sha2::{Digest, Sha256};

use crate::compare::normal_at;
use crate::live::{Object, Phase};
use crate::plan::PLANNER;
use crate::value::{Name, Value};

/// The fingerprint of an object over the attributes at `paths`, as 64 hex digits.
///
/// A path names an attribute, an entry of a map (`tags.Owner`) or a part of a block (`scaling.max`). Values that the schema
/// takes for the same have the same fingerprint; an attribute without a value counts as well.
pub fn fingerprint(uuid: &str, schema: &Schema, object: &Object, paths: &[Name]) -> Name {
    let Object { id, phase, attributes, unverified: _, owner: _, managed_by: _ } = object;
    // Every part is JSON on a line of its own, so that no two objects are written alike.
    let quoted = |text: &str| Value::text(text).to_json();
    // A step relies on no phase where objects take changes in any.
    let phase = if schema.reconciled && *phase != Phase::Deleting { Phase::Ready } else { *phase };
    let mut text = format!("{PLANNER}\n{uuid}\n{}\n{}\n{}\n", schema.kind, quoted(id), phase_name(phase));
    for path in paths {
        let value = attributes.at(path).map(|value| normal_at(schema, path, value).to_json());
        let _ = writeln!(text, "{}={}", quoted(path), value.unwrap_or_default());
    }
    hex(&Sha256::digest(text))
}

/// Bytes as hex digits.
pub(crate) fn hex(bytes: &[u8]) -> Name {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
        .into()
}

fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Creating => "creating",
        Phase::Ready => "ready",
        Phase::Updating => "updating",
        Phase::Failed => "failed",
        Phase::Deleting => "deleting",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema_file;

    const SCHEMA: &str = r#"{"kind":"t.group","version":1,"attributes":[
        {"name":"range","compare":"cidr"},
        {"name":"rules","shape":{"container":"set","element":{"block":[{"name":"port"},{"name":"rule_id","set_by":"provider"}]}}},
        {"name":"tags","shape":{"container":"map"},"collection":"keyed"},
        {"name":"scaling","shape":{"element":{"block":[{"name":"max","compare":"ignore_case"},{"name":"now"}]}}}]}"#;

    fn object(attributes: &str) -> Object {
        let attributes = serde_json::from_str(attributes).unwrap();
        Object {
            id: "g-1".into(),
            phase: Phase::Ready,
            attributes,
            unverified: Vec::new(),
            owner: None,
            managed_by: None,
        }
    }

    fn of(object: &Object) -> Name {
        let paths: Vec<_> = ["range", "rules", "scaling.max", "tags.a.b/c"].map(Name::from).into();
        fingerprint("uuid", &schema_file::read(SCHEMA).unwrap(), object, &paths)
    }

    #[test]
    fn what_counts_as_the_same_has_the_same_fingerprint() {
        let before = object(
            r#"{"range":"10.0.0.0/8","rules":[{"port":1,"rule_id":"r1"},{"port":2}],"tags":{"a.b/c":"1"},"scaling":{"max":"A","now":1}}"#,
        );
        let after = object(
            r#"{"range":"10.1.2.3/8","rules":[{"port":2,"rule_id":"r9"},{"port":1}],"tags":{"a.b/c":"1","theirs":"2"},"scaling":{"max":"a","now":7},"status":"busy"}"#,
        );
        assert_eq!(of(&before), of(&after));
        assert_eq!(of(&before).len(), 64);
    }

    #[test]
    fn what_differs_has_another_one() {
        let before = object(r#"{"range":"10.0.0.0/8","rules":[{"port":1}],"tags":{"a.b/c":"1"}}"#);
        for other in [
            r#"{"range":"10.0.0.0/9","rules":[{"port":1}],"tags":{"a.b/c":"1"}}"#,
            r#"{"range":"10.0.0.0/8","rules":[{"port":1},{"port":2}],"tags":{"a.b/c":"1"}}"#,
            r#"{"range":"10.0.0.0/8","rules":[{"port":1}],"tags":{"a.b/c":"2"}}"#,
            r#"{"range":"10.0.0.0/8","rules":[{"port":1}]}"#,
        ] {
            assert_ne!(of(&before), of(&object(other)), "{other}");
        }
        assert_ne!(of(&before), of(&Object { id: "g-2".into(), ..before.clone() }));
        assert_ne!(of(&before), of(&Object { phase: Phase::Updating, ..before.clone() }));
        let schema = schema_file::read(SCHEMA).unwrap();
        assert_ne!(fingerprint("a", &schema, &before, &[]), fingerprint("b", &schema, &before, &[]));
    }
}
