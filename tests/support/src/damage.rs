//! What happens to files: bytes change, parts are lost, doubled and swapped.

/// Bytes that mean something to JSON, YAML or TOML.
const TELLING: &[u8] = b"\"{}[],:=#-&*!|\\0-9e. \n\t$'\xff";

/// Numbers at the edges.
const NUMBERS: [&str; 7] = ["0", "-1", "1.5", "4294967296", "9223372036854775807", "18446744073709551615", "1e99"];

/// Chance that follows from a seed: a number below a limit.
pub type Chance<'a> = dyn FnMut(usize) -> usize + 'a;

/// Runs a test for many seeds, and says which one failed.
pub fn each_seed(seeds: u64, test: impl Fn(u64)) {
    struct Say(u64);
    impl Drop for Say {
        #[expect(clippy::print_stderr, reason = "the seed is what makes a failure repeatable")]
        fn drop(&mut self) {
            if std::thread::panicking() {
                eprintln!("failed with seed {}", self.0);
            }
        }
    }
    for seed in 0..seeds {
        let _say = Say(seed);
        test(seed);
    }
}

/// Runs a test with the chance of many seeds, and says which one failed.
pub fn for_seeds(seeds: u64, test: impl Fn(&mut Chance<'_>)) {
    each_seed(seeds, |seed| {
        let mut state = seed;
        test(&mut |limit| {
            // SplitMix64.
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut mixed = state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            usize::try_from((mixed ^ (mixed >> 31)) % (limit.max(1) as u64)).unwrap_or(0)
        });
    });
}

/// Bytes to which one to three things happened.
pub fn damaged(below: &mut Chance<'_>, bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=below(3) {
        let at = below(bytes.len());
        let end = (at + 1 + below(40)).min(bytes.len());
        match below(7) {
            0 => bytes.truncate(at),
            1 => {
                let bit = below(8);
                bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= 1 << bit);
            }
            2 => {
                let telling = TELLING[below(TELLING.len())];
                bytes.get_mut(at).into_iter().for_each(|byte| *byte = telling);
            }
            3 => drop(bytes.drain(at..end)),
            4 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            5 => bytes = lines_moved(below, &bytes),
            _ => {
                let digits = bytes[at..].iter().position(u8::is_ascii_digit).map_or(bytes.len(), |found| at + found);
                let length = bytes[digits..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                bytes.splice(digits..digits + length, NUMBERS[below(NUMBERS.len())].bytes());
            }
        }
    }
    bytes
}

fn lines_moved(below: &mut Chance<'_>, bytes: &[u8]) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    if lines.is_empty() {
        return Vec::new();
    }
    let (one, other) = (below(lines.len()), below(lines.len()));
    match below(3) {
        0 => drop(lines.remove(one)),
        1 => lines.insert(other, lines[one]),
        _ => lines.swap(one, other),
    }
    lines.concat()
}
