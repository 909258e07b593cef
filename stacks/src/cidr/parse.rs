//! A parser of CIDR notation that the compiler can run.

use super::Cidr;

/// Reads a CIDR. The reasons are whole messages, because a constant can panic with nothing else.
pub(super) const fn cidr(text: &[u8]) -> Result<Cidr, &'static str> {
    let Some(slash) = find(text, b'/') else {
        return Err("malformed CIDR: there is no prefix length, as in `10.0.0.0/16`");
    };
    let (address, rest) = text.split_at(slash);
    let (_, prefix) = rest.split_at(1);
    let is_v6 = find(address, b':').is_some();
    let first = match if is_v6 { ipv6(address) } else { ipv4(address) } {
        Ok(first) => first,
        Err(reason) => return Err(reason),
    };
    let width = if is_v6 { 128 } else { 32 };
    let prefix = match decimal(prefix, 3) {
        Some(prefix) if prefix <= width => prefix,
        Some(_) | None if is_v6 => return Err("malformed CIDR: the prefix length is not a number from 0 to 128"),
        Some(_) | None => return Err("malformed CIDR: the prefix length is not a number from 0 to 32"),
    };
    let free_bits = width - prefix;
    let host_bits = match 1_u128.checked_shl(free_bits) {
        Some(power) => first & (power - 1),
        None => first,
    };
    if host_bits != 0 {
        return Err("malformed CIDR: host bits are set; zero the bits after the prefix");
    }
    // At most 128.
    Ok(Cidr { is_v6, first, prefix: prefix as u8 })
}

const fn ipv4(text: &[u8]) -> Result<u128, &'static str> {
    const MALFORMED: &str = "malformed CIDR: an address has four numbers from 0 to 255, as in `10.0.0.0/16`";
    let mut rest = text;
    let mut address = 0_u128;
    let mut octets = 0;
    loop {
        let end = match find(rest, b'.') {
            Some(dot) => dot,
            None => rest.len(),
        };
        let (octet, behind) = rest.split_at(end);
        match decimal(octet, 3) {
            Some(octet) if octet <= 255 => address = (address << 8) | octet as u128,
            Some(_) | None => return Err(MALFORMED),
        }
        octets += 1;
        match behind {
            [] if octets == 4 => return Ok(address),
            [_, behind @ ..] if octets < 4 => rest = behind,
            _ => return Err(MALFORMED),
        }
    }
}

const fn ipv6(text: &[u8]) -> Result<u128, &'static str> {
    const MALFORMED: &str =
        "malformed CIDR: an IPv6 address has eight groups of up to four hexadecimal digits, or `::` for a run of zeros";
    // Groups before and after `::`; what is between is zero.
    let (mut head, mut head_groups) = (0_u128, 0_u32);
    let (mut tail, mut tail_groups) = (0_u128, 0_u32);
    let mut rest = text;
    let mut is_behind_gap = false;
    if let [b':', b':', behind @ ..] = rest {
        is_behind_gap = true;
        rest = behind;
    }
    while !rest.is_empty() {
        let end = match find(rest, b':') {
            Some(colon) => colon,
            None => rest.len(),
        };
        let (group, behind) = rest.split_at(end);
        let Some(group) = hexadecimal(group) else { return Err(MALFORMED) };
        if head_groups + tail_groups == 8 {
            return Err(MALFORMED);
        }
        if is_behind_gap {
            tail = (tail << 16) | group;
            tail_groups += 1;
        } else {
            head = (head << 16) | group;
            head_groups += 1;
        }
        match behind {
            [] => break,
            [b':', b':', behind @ ..] if !is_behind_gap => {
                is_behind_gap = true;
                rest = behind;
            }
            [_, behind @ ..] if !behind.is_empty() => rest = behind,
            _ => return Err(MALFORMED),
        }
    }
    let groups = head_groups + tail_groups;
    if groups > 8 || (groups == 8) == is_behind_gap {
        return Err(MALFORMED);
    }
    let head = match head.checked_shl(16 * (8 - head_groups)) {
        Some(head) => head,
        None => 0,
    };
    Ok(head | tail)
}

/// A decimal number of 1 to `digits_max` digits, without a leading zero.
const fn decimal(text: &[u8], digits_max: usize) -> Option<u32> {
    if text.is_empty() || text.len() > digits_max || (text.len() > 1 && text[0] == b'0') {
        return None;
    }
    let mut number = 0;
    let mut index = 0;
    while index < text.len() {
        if !text[index].is_ascii_digit() {
            return None;
        }
        number = number * 10 + (text[index] - b'0') as u32;
        index += 1;
    }
    Some(number)
}

/// A hexadecimal number of 1 to 4 digits.
const fn hexadecimal(text: &[u8]) -> Option<u128> {
    if text.is_empty() || text.len() > 4 {
        return None;
    }
    let mut number = 0;
    let mut index = 0;
    while index < text.len() {
        let digit = match text[index] {
            digit @ b'0'..=b'9' => digit - b'0',
            digit @ b'a'..=b'f' => digit - b'a' + 10,
            digit @ b'A'..=b'F' => digit - b'A' + 10,
            _ => return None,
        };
        number = (number << 4) | digit as u128;
        index += 1;
    }
    Some(number)
}

const fn find(text: &[u8], byte: u8) -> Option<usize> {
    let mut index = 0;
    while index < text.len() {
        if text[index] == byte {
            return Some(index);
        }
        index += 1;
    }
    None
}
