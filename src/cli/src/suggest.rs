//! "Did you mean": the known name that is nearest to what was typed.

/// How different a suggestion may be: beyond this it confuses more than it helps.
const SIMILARITY_MIN: f64 = 0.75;

/// The candidate that is most like `typed`, if one is like it at all.
pub(crate) fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let rated = candidates.into_iter().map(|candidate| {
        let rate = strsim::jaro_winkler(typed, candidate);
        // One slip is a slip, however little is left that is alike: `vcp`.
        let is_slip = strsim::osa_distance(typed, candidate) == 1;
        (if is_slip { rate.max(SIMILARITY_MIN) } else { rate }, candidate)
    });
    rated.filter(|(rate, _)| *rate >= SIMILARITY_MIN).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_name_is_suggested() {
        for (typed, expected) in
            [("shpo", Some("shop")), ("shopp", Some("shop")), ("vcp", Some("vpc")), ("network", None)]
        {
            assert_eq!(nearest(typed, ["shop", "flashmm", "vpc"]), expected, "{typed}");
        }
    }
}
