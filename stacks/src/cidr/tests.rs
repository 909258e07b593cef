#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::net::IpAddr;

use super::Cidr;
use crate::value::Value;

fn read(text: &str) -> Cidr {
    text.parse().unwrap()
}

#[test]
fn ranges_are_read_and_written_as_the_standard_library_does() {
    for text in
        ["10.0.0.0/16", "0.0.0.0/0", "255.255.255.255/32", "192.168.128.0/17", "::/0", "2001:db8::/32", "::1/128"]
    {
        let cidr = read(text);
        assert_eq!(cidr.to_string(), text);
        let (address, prefix) = text.split_once('/').unwrap();
        assert_eq!(cidr.network(), address.parse::<IpAddr>().unwrap());
        assert_eq!(cidr.prefix(), prefix.parse::<u8>().unwrap());
    }
    assert_eq!(read("2001:0DB8:0:0:0:0:0:0/32"), read("2001:db8::/32"));
    assert_eq!(read("1:2:3:4:5:6:7:8/128").to_string(), "1:2:3:4:5:6:7:8/128");
    assert_eq!(read("1:2:3:4:5:6:7::/112").to_string(), "1:2:3:4:5:6:7:0/112");
}

#[test]
fn what_is_not_a_range_is_refused() {
    for (text, reason) in [
        ("10.0.0.0", "no prefix length"),
        ("10.0.0.0/33", "from 0 to 32"),
        ("10.0.0.0/", "from 0 to 32"),
        ("10.0.0.0/08", "from 0 to 32"),
        ("10.0.0/16", "four numbers"),
        ("10.0.0.0.0/16", "four numbers"),
        ("10.0.0.256/32", "four numbers"),
        ("10.0..0/16", "four numbers"),
        ("010.0.0.0/8", "four numbers"),
        (" 10.0.0.0/8", "four numbers"),
        ("10.0.1.7/16", "host bits"),
        ("0.0.0.1/0", "host bits"),
        ("2001:db8::1/64", "host bits"),
        ("::/129", "from 0 to 128"),
        ("1:2:3:4:5:6:7:8:9/128", "eight groups"),
        ("1:2:3:4:5:6:7/112", "eight groups"),
        ("1:2:3:4::5:6:7:8/128", "eight groups"),
        ("1::2::3/128", "eight groups"),
        ("1:/16", "eight groups"),
        (":1::/16", "eight groups"),
        ("1:::/16", "eight groups"),
        ("12345::/32", "eight groups"),
        ("g::/16", "eight groups"),
    ] {
        let error = text.parse::<Cidr>().unwrap_err().to_string();
        assert!(error.contains(reason), "{text}: {error}");
    }
}

#[test]
fn a_range_is_cut_into_subnets() {
    let network = read("10.0.0.0/16");
    assert_eq!(network.subnet(8, 0), Some(read("10.0.0.0/24")));
    assert_eq!(network.subnet(8, 255), Some(read("10.0.255.0/24")));
    assert_eq!(network.subnet(8, 256), None);
    assert_eq!(network.subnet(17, 0), None);
    assert_eq!(network.subnet(0, 0), Some(network));
    assert_eq!(read("2001:db8::/32").subnet(32, 5), Some(read("2001:db8:0:5::/64")));
    assert_eq!(read("::/0").subnet(128, 1), Some(read("::1/128")));
}

#[test]
fn what_comes_after_the_last_subnet_is_invalid() {
    let told = |text: &str, bits| -> Vec<String> {
        let told = read(text).subnets(bits).map(|subnet| match subnet.into_value() {
            Value::Text(range) => range.into_owned(),
            Value::Invalid(reason) => reason,
            other => panic!("{other:?}"),
        });
        told.take(5).collect()
    };
    assert_eq!(
        told("10.0.0.0/16", 2),
        [
            "10.0.0.0/18",
            "10.0.64.0/18",
            "10.0.128.0/18",
            "10.0.192.0/18",
            "10.0.0.0/16 has no 5th subnet with a prefix of 18",
        ]
    );
    assert_eq!(
        told("10.0.0.0/16", 1),
        ["10.0.0.0/17", "10.0.128.0/17", "10.0.0.0/16 has no third subnet with a prefix of 17"]
    );
    assert_eq!(told("10.0.0.0/30", 8), ["10.0.0.0/30 cannot be cut into subnets with a prefix of 38: it ends at 32"]);
}

#[test]
fn ranges_contain_ranges() {
    let network = read("10.0.0.0/16");
    assert!(network.contains(&read("10.0.7.0/24")));
    assert!(network.contains(&network));
    assert!(!network.contains(&read("10.1.0.0/24")));
    assert!(!network.contains(&read("10.0.0.0/8")));
    assert!(!read("0.0.0.0/0").contains(&read("::/0")));
    assert!(read("0.0.0.0/0").contains(&network));
}
