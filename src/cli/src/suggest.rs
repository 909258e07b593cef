//! "Did you mean": the known name that is nearest to what was typed.

/// How different a suggestion may be: beyond this it confuses more than it helps.
const SIMILARITY_MIN: f64 = 0.75;

/// The candidate that is most like `typed`, if one is like it at all.
pub(crate) fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let rated = candidates.into_iter().map(|candidate| (strsim::jaro_winkler(typed, candidate), candidate));
    rated.filter(|(rate, _)| *rate >= SIMILARITY_MIN).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_name_is_suggested() {
        for (typed, expected) in [("shpo", Some("shop")), ("shopp", Some("shop")), ("network", None)] {
            assert_eq!(nearest(typed, ["shop", "flashmm"]), expected, "{typed}");
        }
    }
}
