//! A secret in clear, for as long as a call needs it.

use std::fmt;

use flashinfra_plans::resolve::base64;

/// What stands where a secret was.
const HIDDEN: &str = "(secret)";

/// A secret in clear. Prints as `(secret)`, cannot be serialised, and lives no longer than the call that needs it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sensitive(String);

impl Sensitive {
    /// Takes a secret in.
    pub fn new(clear: String) -> Self {
        Self(clear)
    }

    /// The secret in clear, to be handed to an SDK and nowhere else.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// A text without this secret, for what a service says that quotes what it was sent: in clear, or as it stood in a form, in
    /// XML, in JSON or in Base64.
    #[must_use]
    pub fn hide_in(&self, text: &str) -> String {
        if self.0.is_empty() {
            return text.to_owned();
        }
        let mut forms = [
            self.0.clone(),
            percent_encoded(&self.0),
            percent_encoded(&self.0).replace("%20", "+"),
            quoted_in_xml(&self.0),
            quoted_in_json(&self.0),
            base64(self.0.as_bytes()),
        ];
        // One form may be a part of another, of which a rest would stay.
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        forms.iter().fold(text.to_owned(), |text, form| text.replace(form, HIDDEN))
    }
}

impl fmt::Debug for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

fn percent_encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

fn quoted_in_xml(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    escaped.replace('"', "&quot;").replace('\'', "&#39;")
}

fn quoted_in_json(text: &str) -> String {
    let json = flashinfra_plans::Value::from(text).to_json();
    json.strip_prefix('"').and_then(|json| json.strip_suffix('"')).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_in_every_form_in_which_a_request_is_quoted() {
        let secret = Sensitive::new("p&ss \"w<r>d'%".into());
        for quoted in [
            "p&ss \"w<r>d'%",
            "p%26ss%20%22w%3Cr%3Ed%27%25",
            "p%26ss+%22w%3Cr%3Ed%27%25",
            "p&amp;ss &quot;w&lt;r&gt;d&#39;%",
            "p&ss \\\"w<r>d'%",
            "cCZzcyAidzxyPmQnJQ==",
        ] {
            assert_eq!(secret.hide_in(&format!("<{quoted}> is wrong")), "<(secret)> is wrong");
        }
        assert_eq!(Sensitive::new(String::new()).hide_in("nothing to hide"), "nothing to hide");
    }
}
