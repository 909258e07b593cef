//! What a person looks at and does by hand, beside plans.

use clap::Args;
use flashinfra_plans::Address;

/// `scale`
#[derive(Debug, Args)]
pub(crate) struct Scale {
    /// The address
    #[arg(value_parser = Address::parse)]
    pub(crate) address: Address,
    /// How many
    pub(crate) replicas: u32,
    /// Why; the next plan says it
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}

/// `restart`
#[derive(Debug, Args)]
pub(crate) struct Restart {
    /// The address
    #[arg(value_parser = Address::parse)]
    pub(crate) address: Address,
    /// Why; the ledger keeps it
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}

/// `health`
#[derive(Debug, Args)]
pub(crate) struct Health {
    /// Only these addresses
    #[arg(value_name = "ADDRESS", value_parser = Address::parse)]
    pub(crate) addresses: Vec<Address>,
    /// In the text format of Prometheus
    #[arg(long, conflicts_with = "json")]
    pub(crate) prometheus: bool,
}

/// `logs`
#[derive(Debug, Args)]
pub(crate) struct Logs {
    /// The address
    #[arg(value_parser = Address::parse)]
    pub(crate) address: Address,
    /// Goes on with what is written from now on
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// So many lines of each program, the last ones
    #[arg(long, value_name = "N")]
    pub(crate) tail: Option<u32>,
    /// Lines that are no older than this: `90s`, `10m`, `2h`, `1d`
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    pub(crate) since: Option<u64>,
}

/// A time as people write it, in seconds.
fn seconds(text: &str) -> Result<u64, String> {
    let (number, unit) = text.split_at(text.len() - text.chars().next_back().map_or(0, char::len_utf8));
    let times = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err("a time is a number and `s`, `m`, `h` or `d`, such as `10m`".into()),
    };
    let number: u64 = number.parse().map_err(|_| "a time begins with a whole number, such as `10m`".to_owned())?;
    number.checked_mul(times).filter(|seconds| *seconds > 0).ok_or_else(|| "no such time".to_owned())
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, expect) in [("90s", 90), ("10m", 600), ("2h", 7_200), ("1d", 86_400)] {
            assert_eq!(seconds(text), Ok(expect));
        }
        for text in ["", "m", "10", "-1m", "1.5h", "0s", "10 m", "9999999999999999d", "1ä"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
