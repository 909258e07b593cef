//! "Did you mean": the name nearest to one that does not exist.

/// The candidate with the fewest edits from `typed`, if it is near enough to be a slip.
pub fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A third of the letters: `zoen` still means `zones`, and `cpu` does not mean `dns`.
    let edits_max = typed.chars().count().max(3) / 3;
    candidates
        .into_iter()
        .map(|candidate| (edits(typed, candidate), candidate))
        .filter(|(edits, _)| *edits <= edits_max)
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many letters to insert, delete, replace or swap with their neighbour (optimal string alignment distance).
fn edits(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=to.len()).collect()];
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let mut least = (rows[i][j] + usize::from(a != b)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let names = ["zones", "cidr", "node-max", "nodes"];
        assert_eq!(nearest("zoens", names), Some("zones"));
        assert_eq!(nearest("node_max", names), Some("node-max"));
        assert_eq!(nearest("cdir", names), Some("cidr"));
        assert_eq!(nearest("node", names), Some("nodes"));
        assert_eq!(nearest("replicas", names), None);
        assert_eq!(nearest("", names), None);
    }

    #[test]
    fn edits_are_counted() {
        for (from, to, count) in
            [("", "abc", 3), ("abc", "abc", 0), ("ab", "ba", 1), ("kitten", "sitting", 3), ("ü", "u", 1)]
        {
            assert_eq!(edits(from, to), count, "{from} {to}");
        }
    }
}
