//! The server's own words, taken apart.

/// What stands between two texts.
pub(super) fn between<'a>(said: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = said.split_once(before)?;
    rest.split_once(after).map(|(inside, _)| inside)
}

/// All that stands in quotes behind a text.
pub(super) fn quoted<'a>(said: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    said.split(before).skip(1).filter_map(|rest| rest.split_once('"').map(|(inside, _)| inside))
}

/// The message of a field without the value that it quotes: `Invalid value: "x y": must be …` is `must be …`.
///
/// The value is JSON, or Go's notation of a structure; what cannot be told from what follows it is cut off as well. A value is never
/// repeated: it may be a secret. The same goes for what a typed patch got instead of what it expected.
pub(super) fn without_value(said: &str) -> &str {
    if let Some(why) = said.strip_prefix("Required value") {
        return why.strip_prefix(": ").filter(|why| !why.is_empty()).unwrap_or("is required");
    }
    for name in
        ["Invalid value: ", "Unsupported value: ", "Duplicate value: ", "Too long: ", "Too many: ", "Not found: "]
    {
        let Some((before, rest)) = said.split_once(name) else { continue };
        if is_sentence(rest) {
            return rest;
        }
        let rest = &rest[value_length(rest)..];
        return match rest.strip_prefix(": ") {
            Some(why) => why,
            None => match name {
                "Duplicate value: " => "is there twice",
                "Not found: " => "is not found",
                _ if before.is_empty() => "has a wrong value",
                _ => before.trim_end().trim_end_matches(':'),
            },
        };
    }
    said
}

/// Whether what follows is no value but what is the matter with it: the server leaves out the values of whole objects. A value is JSON or in
/// Go's notation: in quotes or brackets, a number, or a single word.
fn is_sentence(text: &str) -> bool {
    let first = text.split_once(' ').map_or("", |(word, _)| word);
    !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-' || byte == b'\'')
}

/// How long the value is that a text begins with: a quoted text, a structure in brackets with whatever stands before it, or all until the
/// next colon.
fn value_length(text: &str) -> usize {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '{' | '[' | '(' => depth += 1,
            '}' | ']' | ')' => depth = depth.saturating_sub(1),
            ':' if depth == 0 && text[at..].starts_with(": ") => return at,
            _ => {}
        }
    }
    text.len()
}

/// What a webhook, a policy or an admission plug-in says, without what the server says around it, on one line: some write a page.
pub(super) fn refusal(said: &str) -> String {
    let words = |said: &str| said.split_whitespace().collect::<Vec<_>>().join(" ");
    for before in ["denied the request: ", "denied request: ", "violates PodSecurity ", "is forbidden: "] {
        if let Some((_, said)) = said.split_once(before) {
            // Of PodSecurity's words the name of the profile is told already.
            return words(said.strip_prefix('"').and_then(|said| said.split_once("\": ")).map_or(said, |(_, why)| why));
        }
    }
    if said.contains("denied the request") { "it says no reason".to_owned() } else { words(said) }
}

/// The last part of a chain of errors, which says what went wrong: no endpoints, a certificate, a time-out.
pub(super) fn unreachable(said: &str) -> &str {
    said.rsplit_once("\": ").map_or(said, |(_, why)| why)
}

/// What a quota says: `exceeded quota: compute, requested: cpu=1, used: cpu=2, limited: cpu=2`, or `failed quota: compute: must specify
/// limits.cpu for: web`.
pub(super) fn quota(said: &str) -> Option<&str> {
    let start = ["exceeded quota: ", "failed quota: "].into_iter().find_map(|words| said.find(words))?;
    said.get(start..)
}

/// Whether a range of the limits of a namespace refuses: `maximum cpu usage per Container is 800m, but limit is 1500m`.
pub(super) fn is_of_limits(said: &str) -> bool {
    said.contains(" usage per ") || said.contains(" limit to request ratio per ")
}

/// What RBAC says, as one sentence: `system:serviceaccount:ci:deployer may not patch deployments.apps in the namespace shop`.
pub(super) fn permission(said: &str) -> Option<String> {
    let user = between(said, "User \"", "\"")?;
    let may = rule(said)?;
    Some(format!("{user} may not {may}"))
}

/// The rule that is missing: `patch deployments.apps in the namespace shop`.
pub(super) fn rule(said: &str) -> Option<String> {
    let (verb, rest) = said.split_once("cannot ").and_then(|(_, rest)| rest.split_once(' '))?;
    let resource = between(rest, "resource \"", "\"")?;
    let group = between(rest, "API group \"", "\"").filter(|group| !group.is_empty());
    let group = group.map(|group| format!(".{group}")).unwrap_or_default();
    let place = match between(rest, "in the namespace \"", "\"") {
        Some(namespace) => format!(" in the namespace {namespace}"),
        None if rest.contains("at the cluster scope") => " in the cluster".to_owned(),
        None => String::new(),
    };
    Some(format!("{verb} {resource}{group}{place}"))
}
