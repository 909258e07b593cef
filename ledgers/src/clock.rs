//! How much time has passed for a holder of a lease.

use std::time::Duration;

use tokio::time::Instant;

/// A moment from which time is counted without ever standing still: not while the process is stopped, nor while the
/// machine sleeps.
///
/// The runtime's clock is the one that waits go by, but on some systems it stops while a laptop's lid is closed; somebody
/// else may have taken the lease over in that time. So the machine's own clock is asked too, and the longer time counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    runtime: Instant,
    machine: Duration,
}

impl Moment {
    pub(crate) fn now() -> Self {
        Self { runtime: Instant::now(), machine: machine() }
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.runtime.elapsed().max(machine().saturating_sub(self.machine))
    }
}

/// Time since the machine was started, its sleep included.
#[cfg(unix)]
fn machine() -> Duration {
    // Apple's monotonic clock goes on in sleep; on Linux that one stops, and another one does not.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let clock = rustix::time::ClockId::Boottime;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let clock = rustix::time::ClockId::Monotonic;
    let now = rustix::time::clock_gettime(clock);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or_default(), u32::try_from(now.tv_nsec).unwrap_or_default())
}

/// The runtime's clock goes on in sleep there.
#[cfg(not(unix))]
fn machine() -> Duration {
    Duration::ZERO
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_longer_of_both_times_counts() {
        let moment = Moment::now();
        tokio::time::advance(Duration::from_secs(60)).await;
        assert!(moment.elapsed() >= Duration::from_secs(60));
    }

    #[cfg(unix)]
    #[tokio::test(start_paused = true)]
    async fn sleep_of_the_machine_counts() {
        let now = Moment::now();
        let slept = Moment { machine: now.machine - Duration::from_secs(1), ..now };
        assert!(slept.elapsed() >= Duration::from_secs(1));
        assert!(now.elapsed() < Duration::from_secs(1));
    }

    #[cfg(unix)]
    #[test]
    fn the_machine_clock_goes_on() {
        let before = machine();
        std::thread::sleep(Duration::from_millis(5));
        assert!(machine() - before >= Duration::from_millis(5));
    }
}
