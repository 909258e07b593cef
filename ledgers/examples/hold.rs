//! Takes the right to apply to a ledger, and makes a call under it again and again, as the engine does.
//!
//! ```text
//! hold URL WHO LEASE_MS CALLS_FILE
//! ```
//!
//! A call adds a line with the name of the holder to a file. Each hundred of them become a segment of a journal. It ends
//! when the right is lost, and says so; nothing else ends it.

use std::error::Error;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::time::Duration;

use flashinfra::ledgers::{Guarded, Holder, LedgerKey, LedgerStore as _};
use flashinfra_ledgers::{Environment, ObjectLedgers, Times};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, who, lease, calls] = &arguments[..] else { return Err("hold URL WHO LEASE_MS CALLS_FILE".into()) };
    let lease = Duration::from_millis(lease.parse()?);
    let times = Times { lease, heartbeat: lease / 10, call: lease / 4, request: lease / 4 };
    let mut out = std::io::stdout();
    let ledgers =
        ObjectLedgers::open(url, &Environment::of_this_process()).await?.with_times(times).telling(|waiting| {
            let _ = writeln!(std::io::stdout(), "waiting: {waiting}");
        });
    let key = LedgerKey::new("shop", "production")?;

    let lock = ledgers.lock(&key, &Holder { who: who.clone(), ..Holder::this_process() }).await?;
    writeln!(out, "applies")?;
    let mut file = OpenOptions::new().append(true).create(true).open(calls)?;
    for number in 0_u32.. {
        let call = async {
            // Between this and the next line is where a process is most likely to be stopped.
            tokio::time::sleep(Duration::from_millis(2)).await;
            writeln!(file, "{who}")
        };
        match lock.guard(times.call, call).await {
            Guarded::Ended(done) => done?,
            Guarded::NotStarted | Guarded::Lost | Guarded::TimedOut => break,
        }
        if number.is_multiple_of(100)
            && let Err(error) = ledgers.append(&key, who, number / 100, b"call\n".to_vec()).await
        {
            writeln!(out, "refused: {error}")?;
            break;
        }
    }
    writeln!(out, "stopped")?;
    if let Err(error) = ledgers.write(&key, 1, b"by one who lost it".to_vec(), None).await {
        writeln!(out, "refused: {error}")?;
    }
    Ok(())
}
