//! The filters of EC2's describes and the path prefix of IAM's lists, worked out on one object: the server does not do it for
//! objects that only the proxy remembers.

use crate::node::Node;
use crate::operation::Params;

/// Whether an object would be in a list that was asked for with these parameters. A filter on something that is not known of
/// the object keeps it out.
pub(crate) fn admit(params: &Params, object: &Node) -> bool {
    let prefixed = params
        .get("PathPrefix")
        .is_none_or(|prefix| object.text("Path").is_some_and(|path| path.starts_with(prefix.as_str())));
    prefixed && filters(params).all(|filter| filter.admits(object))
}

/// Whether an object whose state was rewritten would still be in the list: only filters on that field count, since the server
/// has worked out the others.
pub(crate) fn admit_state(params: &Params, object: &Node, field: &str) -> bool {
    filters(params).filter(|filter| camel_case(filter.name) == field).all(|filter| filter.admits(object))
}

/// `Filter.1.Name=vpc-id` with `Filter.1.Value.1=…`.
struct Filter<'a> {
    name: &'a str,
    values: Vec<&'a str>,
}

fn filters(params: &Params) -> impl Iterator<Item = Filter<'_>> {
    params.iter().filter_map(|(param, name)| {
        let number = param.strip_prefix("Filter.")?.strip_suffix(".Name")?;
        let stem = format!("Filter.{number}.Value.");
        let values = params.iter().filter(|(param, _)| param.starts_with(&stem));
        Some(Filter { name, values: values.map(|(_, value)| value.as_str()).collect() })
    })
}

impl Filter<'_> {
    fn admits(&self, object: &Node) -> bool {
        let matches = |text: &str| self.values.iter().any(|value| is_like(value.as_bytes(), text.as_bytes()));
        if self.name == "tag-key" {
            return tags(object).iter().any(|(key, _)| matches(key));
        }
        if let Some(wanted) = self.name.strip_prefix("tag:") {
            return tags(object).iter().any(|(key, value)| key == wanted && matches(value));
        }
        object.any(&camel_case(self.name), &matches)
    }
}

fn tags(object: &Node) -> Vec<(String, String)> {
    let items = object.clone().take_items("tagSet").unwrap_or_default();
    items.iter().filter_map(|item| Some((item.text("key")?, item.text("value")?))).collect()
}

/// The field that a filter is about: `nat-gateway-id` is `natGatewayId`, and `attachment.vpc-id` is `vpcId` at some depth.
fn camel_case(name: &str) -> String {
    let mut words = name.rsplit('.').next().unwrap_or_default().split('-');
    let mut field = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        field.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        field.push_str(letters.as_str());
    }
    field
}

/// Whether a text is like a pattern, where `*` stands for any text and `?` for one character.
fn is_like(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, rest) => rest.is_none(),
        (Some((b'*', pattern)), _) => (0..=text.len()).any(|skip| is_like(pattern, &text[skip..])),
        (Some((b'?', pattern)), Some((_, text))) => is_like(pattern, text),
        (Some((expected, pattern)), Some((found, text))) => expected == found && is_like(pattern, text),
        (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{admit, admit_state, is_like};
    use crate::node::{Format, Node};
    use crate::operation::Params;

    const NAT: &str = "<item><natGatewayId>nat-1</natGatewayId><state>pending</state>\
                       <natGatewayAddressSet><item><allocationId>eipalloc-1</allocationId></item></natGatewayAddressSet>\
                       <tagSet><item><key>owner</key><value>7/aws.vpc</value></item></tagSet></item>";

    fn params(pairs: &[(&str, &str)]) -> Params {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn check(name: &str, values: &[&str], admitted: bool) {
        let object = Node::read(Format::Xml, NAT.as_bytes()).unwrap();
        let mut asked = params(&[("Filter.1.Name", name)]);
        for (index, value) in values.iter().enumerate() {
            asked.insert(format!("Filter.1.Value.{}", index + 1), (*value).to_owned());
        }
        assert_eq!(admit(&asked, &object), admitted, "{name} {values:?}");
    }

    #[test]
    fn filters_are_worked_out() {
        check("nat-gateway-id", &["nat-0", "nat-1"], true);
        check("nat-gateway-id", &["nat-2"], false);
        check("state", &["available"], false);
        check("tag:owner", &["7/*"], true);
        check("tag:owner", &["8/*"], false);
        check("tag-key", &["owner"], true);
        check("address.allocation-id", &["eipalloc-?"], true);
        check("vpc-id", &["*"], false);
    }

    #[test]
    fn a_state_that_was_rewritten_is_filtered_again() {
        let object = Node::read(Format::Xml, NAT.as_bytes()).unwrap();
        let state = |value| params(&[("Filter.1.Name", "state"), ("Filter.1.Value.1", value)]);
        assert!(admit_state(&state("pending"), &object, "state"));
        assert!(!admit_state(&state("available"), &object, "state"));
        let other = params(&[("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", "vpc-9")]);
        assert!(admit_state(&other, &object, "state"), "the server has worked that out");
    }

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, like) in
            [("a*c", "abbc", true), ("a*c", "ac", true), ("*", "", true), ("a*c", "ab", false), ("a?c", "ac", false)]
        {
            assert_eq!(is_like(pattern.as_bytes(), text.as_bytes()), like, "{pattern} {text}");
        }
    }
}
