//! Who has the right to apply.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use flashinfra_plans::Name;
use serde::{Deserialize, Serialize};

/// Who applies, from where, since when: what a second applier is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The person or pipeline.
    pub who: String,
    /// The machine.
    pub host: String,
    /// The process on it.
    pub process: u32,
    /// Since when, in seconds since 1970 (UTC).
    pub since_unix_seconds: u64,
}

impl Holder {
    /// This process, from now on. The person is `USER` or `LOGNAME`, the machine what the system says its name is.
    pub fn this_process() -> Self {
        let variable = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
        let host = variable("HOSTNAME")
            .or_else(|| std::fs::read_to_string("/etc/hostname").ok())
            .or_else(|| variable("COMPUTERNAME"));
        Self {
            who: variable("USER").or_else(|| variable("LOGNAME")).unwrap_or_else(|| "somebody".into()),
            host: host.map_or_else(|| "an unnamed machine".into(), |host| host.trim().into()),
            process: std::process::id(),
            since_unix_seconds: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { who, host, process, since_unix_seconds } = self;
        write!(f, "{who} on {host} (process {process}) since {}", utc(*since_unix_seconds))
    }
}

impl Holder {
    /// Who, and from where, for people: `ada on laptop`.
    pub fn person(&self) -> String {
        format!("{} on {}", self.who, self.host)
    }

    /// Since when, as programs write it: RFC 3339, in UTC.
    pub fn began(&self) -> Name {
        let told = utc(self.since_unix_seconds);
        format!("{}Z", told.trim_end_matches(" UTC").replacen(' ', "T", 1)).into()
    }
}

/// The time now, as people write it.
pub(crate) fn now() -> String {
    utc(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}

/// A time as people write it, in UTC. The days are counted by Howard Hinnant's `civil_from_days`.
fn utc(unix_seconds: u64) -> String {
    let (days, seconds) = (unix_seconds / 86_400 + 719_468, unix_seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02} UTC", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_as_a_date() {
        assert_eq!(utc(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(utc(951_782_399), "2000-02-28 23:59:59 UTC");
        assert_eq!(utc(951_782_400), "2000-02-29 00:00:00 UTC");
        assert_eq!(utc(1_735_689_599), "2024-12-31 23:59:59 UTC");
        let holder = Holder { since_unix_seconds: 951_782_399, ..Holder::this_process() };
        assert_eq!(holder.began(), "2000-02-28T23:59:59Z");
    }
}
