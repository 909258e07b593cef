//! What happens to files: bytes change, parts are lost, doubled and swapped.

use super::Random;

/// Bytes that mean something to JSON.
const TELLING: &[u8] = b"\"{}[],:\\0-9e. \n$\xff";

/// Numbers at the edges.
const NUMBERS: [&str; 7] = ["0", "-1", "1.5", "4294967296", "9223372036854775807", "18446744073709551615", "1e99"];

/// Bytes to which one to three things happened.
pub(crate) fn damaged(random: &mut Random, bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        let end = (at + 1 + random.below(40)).min(bytes.len());
        match random.below(7) {
            0 => bytes.truncate(at),
            1 => bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= 1 << random.below(8)),
            2 => bytes.get_mut(at).into_iter().for_each(|byte| *byte = *random.pick(TELLING)),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            5 => bytes = lines_moved(random, &bytes),
            _ => {
                let digits = bytes[at..].iter().position(u8::is_ascii_digit).map_or(bytes.len(), |found| at + found);
                let length = bytes[digits..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                bytes.splice(digits..digits + length, random.pick(&NUMBERS).bytes());
            }
        }
    }
    bytes
}

fn lines_moved(random: &mut Random, bytes: &[u8]) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let (one, other) = (random.below(lines.len()), random.below(lines.len()));
    match random.below(3) {
        0 if !lines.is_empty() => drop(lines.remove(one)),
        1 if !lines.is_empty() => lines.insert(other, lines[one]),
        _ if !lines.is_empty() => lines.swap(one, other),
        _ => {}
    }
    lines.concat()
}
