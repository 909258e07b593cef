//! What made-up texts look like: as their type or name says, so that they read like the real ones.

use flashinfra_stacks::schema::{Attribute, Element, Identity};

use super::{Inventor, Origin};

/// What services put before ids where it is not the last word. Ids of these kinds go into parameters, which check it.
const PREFIXES: [(&str, &str); 13] = [
    ("security_group", "sg"),
    ("internet_gateway", "igw"),
    ("nat_gateway", "nat"),
    ("route_table", "rtb"),
    ("network_acl", "acl"),
    ("network_interface", "eni"),
    ("prefix_list", "pl"),
    ("vpc_endpoint", "vpce"),
    ("elastic_ip", "eipalloc"),
    ("eip", "eipalloc"),
    ("instance", "i"),
    ("image", "ami"),
    ("volume", "vol"),
];

/// The account where the configuration names none.
const NO_ACCOUNT: &str = "000000000000";

/// An id of what these words name.
pub(super) fn id(words: &[&str], hash: &str) -> String {
    let resource = words.join("_");
    let last = words.last().copied().unwrap_or("id");
    let prefix = PREFIXES.iter().find(|(own, _)| *own == resource).map_or(last, |(_, prefix)| prefix);
    format!("{prefix}-0{hash}")
}

/// Whether a list that the provider fills has something in it from the start: ids and addresses do, pending changes do not.
pub(super) fn is_of_things(attribute: &Attribute) -> bool {
    const THINGS: [&str; 10] =
        ["ids", "arns", "names", "zones", "cidrs", "ips", "endpoints", "addresses", "hosts", "urls"];
    match &attribute.shape.element {
        Element::Text(of) if of.is_empty() => attribute.name.split('_').any(|word| THINGS.contains(&word)),
        Element::Text(_) | Element::Block(_) => true,
        Element::Bool | Element::Integer | Element::Any | Element::Document(_) => false,
    }
}

impl Inventor<'_> {
    /// A text for an attribute of this name, or of this type where it says more.
    pub(super) fn text(&self, name: &str, of: &str, path: &str) -> String {
        let Origin { schema, shelf, id: own_id, .. } = self.origin;
        let is_name = matches!(&schema.identity, Identity::Named(attribute) if attribute == path);
        if path == "id" || is_name {
            return own_id.into();
        }
        let words = if of.is_empty() { name.split('_').map(String::from).collect() } else { words(of) };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let has = |wanted: &[&str]| words.iter().any(|own| wanted.contains(own));
        let region = shelf.site.region.as_str();
        if has(&["cidr", "cidrs"]) {
            format!("10.{}.0.0/16", self.number(path) % 256)
        } else if has(&["arn", "arns"]) {
            self.arn(&words, path)
        } else if has(&["partition"]) {
            schema.provider().into()
        } else if has(&["account"]) {
            self.account().into()
        } else if has(&["id", "ids"]) {
            let what: Vec<&str> = words.iter().copied().filter(|word| !matches!(*word, "id" | "ids")).collect();
            id(&what, &self.hash(path))
        } else if has(&["ip", "ips"]) {
            let number = self.number(path);
            format!("10.{}.{}.{}", number % 256, (number >> 8) % 256, 1 + (number >> 16) % 254)
        } else if has(&["url", "uri", "urls", "issuer"]) {
            format!("https://{}", self.host(path))
        } else if has(&["endpoint", "endpoints", "address", "addresses", "host", "hosts", "hostname", "fqdn", "dns"]) {
            self.host(path)
        } else if has(&["zone", "zones"]) {
            format!("{region}a")
        } else if has(&["region", "location"]) {
            region.into()
        } else if has(&["status", "state"]) {
            "available".into()
        } else if has(&["version"]) {
            format!("1.{}", self.number(path) % 100)
        } else {
            format!("{}-{}", name.replace('_', "-"), &self.hash(path)[..8])
        }
    }

    /// `arn:aws:db:us-east-1:000000000000:instance/main`, after the words of the kind; of something else, after its own.
    fn arn(&self, words: &[&str], path: &str) -> String {
        let Origin { schema, shelf, id, .. } = self.origin;
        let resource = schema.kind.rsplit('.').next().unwrap_or_default();
        let account = self.account();
        let (service, within) = match path {
            "arn" => {
                let (service, rest) = resource.split_once('_').unwrap_or((resource, resource));
                (service.to_string(), format!("{rest}/{id}"))
            }
            _ => {
                let what: Vec<&str> = words.iter().copied().filter(|word| !matches!(*word, "arn" | "arns")).collect();
                (what.join("-"), format!("{id}-{}", self.hash(path)))
            }
        };
        format!("arn:{}:{service}:{}:{account}:{within}", schema.provider(), shelf.site.region)
    }

    fn account(&self) -> &str {
        let account = self.origin.shelf.site.account.as_str();
        if account.is_empty() { NO_ACCOUNT } else { account }
    }

    /// A host name that no resolver knows (RFC 6761).
    fn host(&self, path: &str) -> String {
        let label = |text: &str| -> String {
            let legal = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
            text.chars().map(legal).collect()
        };
        let Origin { schema, shelf, id, .. } = self.origin;
        let parts =
            [label(path), self.revision.to_string(), label(id), label(&shelf.site.region), label(schema.provider())];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        format!("{}.sandbox.invalid", parts.join("."))
    }
}

/// The words of a type's name: `SecurityGroupId` is security, group, id.
fn words(of: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for letter in of.chars() {
        match words.last_mut() {
            Some(word) if !letter.is_ascii_uppercase() => word.push(letter),
            _ => words.push(letter.to_ascii_lowercase().to_string()),
        }
    }
    words
}
