//! Taking a lease: at once when nobody has it, from a holder only after it was seen to be dead.

use std::time::Duration;

use flashinfra::ledgers::{Holder, Lasts, LedgerError};
use object_store::UpdateVersion;
use object_store::path::Path;
use tokio::time::Instant;

use super::{Ended, Lease, Times, Unreadable, Waiting};
use crate::clock::Moment;
use crate::objects::{Expected, Found, Objects, Written};

/// How often a newcomer looks: often enough to be told soon that the holder is there.
const LOOK: Duration = Duration::from_secs(2);

/// A lease that was taken.
pub(crate) struct Taken {
    pub(crate) lease: Lease,
    pub(crate) version: UpdateVersion,
    /// Before the request was sent that took it.
    pub(crate) since: Moment,
}

/// Takes the lease at a path for somebody.
///
/// # Errors
/// [`LedgerError::Locked`] when somebody has it and is there; else when the store cannot be reached.
pub(crate) async fn take(
    objects: &Objects,
    path: &Path,
    holder: &Holder,
    times: &Times,
    tell: &(dyn Fn(&Waiting) + Send + Sync),
) -> Result<Taken, LedgerError> {
    let lease = Lease::new(holder, times);
    let bytes = lease.write();
    let mut watched: Option<(Lease, Instant)> = None;
    loop {
        let expected = match objects.get(path).await? {
            None => Expected::Nothing,
            Some(found) => match judge(objects, path, &found, &mut watched, tell)? {
                Judged::Free => Expected::Version(found.version),
                Judged::Wait(left) => {
                    tokio::time::sleep(left.min(LOOK).min(times.heartbeat)).await;
                    continue;
                }
            },
        };
        let since = Moment::now();
        match objects.put_if(path, &bytes, &expected, None).await? {
            Written::Done(version) => return Ok(Taken { lease, version, since }),
            // Somebody was faster; who that is is seen by looking again.
            Written::Refused(_) => {}
        }
    }
}

/// Who has the lease at a path and for how long after each renewal, or had it when it was last seen and is not known to have
/// ended.
///
/// # Errors
/// When the store cannot be reached.
pub(crate) async fn holder(objects: &Objects, path: &Path) -> Result<Option<(Holder, Lasts)>, LedgerError> {
    let Some(found) = objects.get(path).await? else { return Ok(None) };
    let present = read(objects, path, &found)?;
    let lasts = Lasts::Lease(present.length());
    Ok(present.ended.is_none().then_some((present.holder, lasts)))
}

/// Ends the lease at a path in the place of its holder; returns who that was.
///
/// # Errors
/// When the store cannot be reached.
pub(crate) async fn break_off(
    objects: &Objects,
    path: &Path,
    by: &Holder,
    reason: &str,
) -> Result<Option<Holder>, LedgerError> {
    loop {
        let Some(found) = objects.get(path).await? else { return Ok(None) };
        let present = read(objects, path, &found)?;
        if present.ended.is_some() {
            return Ok(None);
        }
        let over = present.over(Ended::Broken { by: by.clone(), reason: reason.into() });
        // It may have been renewed since it was read; then it is ended as it is now.
        match objects.put_if(path, &over.write(), &Expected::Version(found.version), None).await? {
            Written::Done(_) => return Ok(Some(present.holder)),
            Written::Refused(_) => {}
        }
    }
}

/// What a lease that is there means for a newcomer.
enum Judged {
    /// It may be replaced.
    Free,
    /// It is not clear yet whether its holder is there; after this long it is.
    Wait(Duration),
}

fn judge(
    objects: &Objects,
    path: &Path,
    found: &Found,
    watched: &mut Option<(Lease, Instant)>,
    tell: &(dyn Fn(&Waiting) + Send + Sync),
) -> Result<Judged, LedgerError> {
    let present = read(objects, path, found)?;
    if present.ended.is_some() {
        return Ok(Judged::Free);
    }
    let (first, since) = watched.get_or_insert_with(|| (present.clone(), Instant::now()));
    if *first != present {
        // Its holder renewed it, or somebody else took it: either is there.
        let lasts = Lasts::Lease(present.length());
        return Err(LedgerError::Locked { location: objects.location(path), holder: present.holder, lasts });
    }
    let (unchanged, patience) = (since.elapsed(), present.patience());
    let left = patience.saturating_sub(unchanged);
    if left.is_zero() {
        return Ok(Judged::Free);
    }
    tell(&Waiting { location: objects.location(path), holder: present.holder, unchanged, takeover_in: left });
    Ok(Judged::Wait(left))
}

fn read(objects: &Objects, path: &Path, found: &Found) -> Result<Lease, LedgerError> {
    let location = || objects.location(path);
    Lease::read(&found.bytes).map_err(|error| match &error {
        Unreadable::Newer(_) => LedgerError::Newer {
            location: location(),
            help: "use the version of flashinfra that wrote it, or a newer one".into(),
            source: error.into(),
        },
        Unreadable::Damaged(_) => LedgerError::Store { act: "read", location: location(), source: error.into() },
    })
}
