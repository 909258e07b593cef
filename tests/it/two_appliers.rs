//! Two people who apply to one ledger: at the same moment, and one after the other was stopped. Over each kind of place
//! that a ledger can be in, through the binary.

#[cfg(feature = "aws")]
mod before_aws;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStderr, Command};

use crate::scenarios;
use crate::shell::{Run, Shell};

/// Databases, one after the other.
const STACK: &str = "\
test.database/a
  name = \"a\"
  size = 1
test.database/b
  name = \"b\"
  size = 1
  ! depends_on test.database/a";

/// A directory with a planned stack, in which several processes may apply at once.
struct Site {
    shell: Shell,
    /// Where the ledger is: `--ledger …`, or nothing for the directory that is the default.
    place: Vec<String>,
}

impl Site {
    /// With a ledger in a directory, and databases that take so long.
    fn new(slow: &str) -> Self {
        let mut shell = Shell::new();
        shell.write("stack.json", &scenarios::compiled("shop", STACK));
        shell.write("faults.txt", &format!("create test.database slow={slow} times=always"));
        shell.set("FLASHINFRA_SANDBOX_FAULTS", "faults.txt");
        Self { shell, place: Vec::new() }
    }

    fn arguments<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        arguments.iter().copied().chain(["--sandbox"]).chain(self.place.iter().map(String::as_str)).collect()
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.shell.run(&self.arguments(arguments))
    }

    fn start(&self, arguments: &[&str]) -> Child {
        self.shell.start(&self.arguments(arguments))
    }

    fn plan(&self) {
        let _ = self.run(&["plan", "--compiled=stack.json", "-out=shop.plan"]).succeeds();
    }

    /// What holds once somebody applied the plan to its end.
    fn is_applied(&self) {
        assert_eq!(self.run(&["resume"]).succeeds(), "Nothing was interrupted in shop/default.\n");
        let owned = self.run(&["ledger", "ls"]).succeeds();
        assert_eq!(owned, "test.database/a  a  protected\ntest.database/b  b  protected\n");
        let plan = self.run(&["plan", "-detailed-exitcode", "--compiled=stack.json"]).succeeds();
        assert!(plan.contains("No changes"), "{plan}");
    }
}

/// A process that is stopped, continued, and ended whatever happens.
struct Applier {
    process: Child,
    said: BufReader<ChildStderr>,
}

impl Applier {
    fn start(site: &Site, arguments: &[&str]) -> Self {
        Self::of(site.start(arguments))
    }

    fn of(mut process: Child) -> Self {
        let said = BufReader::new(process.stderr.take().unwrap());
        Self { process, said }
    }

    /// Reads on until it says this.
    fn until(&mut self, words: &str) {
        let mut said = String::new();
        while !said.contains(words) {
            assert_ne!(self.said.read_line(&mut said).unwrap(), 0, "it ended before `{words}`: {said}");
        }
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.process.id().to_string()]).status().unwrap().success());
    }

    /// Its exit code, and all that it said from now on.
    fn ends(&mut self) -> (i32, String) {
        let mut said = String::new();
        self.said.read_to_string(&mut said).unwrap();
        (self.process.wait().unwrap().code().unwrap(), said)
    }
}

impl Drop for Applier {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Two people type `apply` at the same moment. One runs. The other is told who, since when, from where and for how long,
/// and only once that is over that the plan is used up.
fn of_two_one_runs(site: &Site, lasts: &str) {
    site.plan();
    let both = [(); 2].map(|()| {
        let process = site.start(&["apply", "shop.plan"]);
        let id = process.id();
        (id, std::thread::spawn(move || process.wait_with_output().unwrap()))
    });
    let mut ended = both.map(|(id, output)| (id, output.join().unwrap()));
    ended.sort_by_key(|(_, output)| output.status.code());
    let [(runs, done), (_, told)] = &ended;
    let said = String::from_utf8_lossy(&told.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
    let did = String::from_utf8_lossy(&done.stdout);
    assert_eq!((done.status.code(), told.status.code()), (Some(0), Some(3)), "{said}\n{did}");
    assert!(did.contains(": 2 created"), "{did}");
    let who = format!("is being applied to by ada on laptop (process {runs}) since ");
    assert!(said.contains(&who) && said.contains(" UTC") && said.contains(lasts), "{said}");
    site.is_applied();

    let again = site.run(&["apply", "shop.plan"]).fails(3);
    let again = again.split_whitespace().collect::<Vec<_>>().join(" ");
    let by = format!("the plan was applied before by ada on laptop (process {runs}) since ");
    assert!(again.contains(&by) && again.contains(" as run "), "{again}");
}

/// The first one is stopped in the middle of a step, somebody else goes on with its run, and what it does when it is
/// continued is nothing.
fn a_stopped_one_does_nothing_more(
    site: &Site,
    lost: &str,
    take_over: impl FnOnce(&Site, &Applier),
    written: impl Fn() -> BTreeMap<String, Vec<u8>>,
) {
    site.plan();
    let mut first = Applier::start(site, &["apply", "shop.plan"]);
    first.until("creating           test.database/a");
    first.signal("-STOP");
    take_over(site, &first);
    site.is_applied();

    let world = || std::fs::read(site.shell.file(".flashinfra/sandbox.json")).unwrap();
    let before = (world(), written());
    first.signal("-CONT");
    let (code, said) = first.ends();
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(code, 1, "{said}");
    assert!(words.contains("the right to apply to") && words.contains(lost), "{said}");
    assert!(!said.contains("test.database/b"), "it began another step: {said}");
    assert!(before == (world(), written()), "it wrote something");
    site.is_applied();
}

/// All files below a directory.
fn files(directory: &Path, files_: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, files_),
            false => drop(files_.insert(path.display().to_string(), std::fs::read(&path).unwrap())),
        }
    }
}

#[test]
fn of_two_applies_started_together_one_runs_and_one_is_told_in_a_directory() {
    of_two_one_runs(&Site::new("2s"), "or only its right to apply: `flashinfra unlock --reason TEXT`");
}

#[test]
fn an_apply_that_was_stopped_and_unlocked_does_nothing_more_in_a_directory() {
    let site = Site::new("1s");
    let ledgers = site.shell.file(".flashinfra/shop");
    let written = || {
        let mut found = BTreeMap::new();
        files(&ledgers, &mut found);
        found
    };
    let lost = "ended it: the laptop sleeps";
    let take_over = |site: &Site, first: &Applier| {
        // The lock does not end with the stop, however long that lasts.
        let told = site.run(&["apply", "shop.plan"]).fails(3);
        let process = first.process.id();
        assert!(told.contains(&format!("(process {process}) since ")) && told.contains("process is stopped"), "{told}");
        assert!(told.contains(&format!("kill -CONT {process}")) && told.contains("flashinfra unlock"), "{told}");
        assert_eq!(site.run(&["resume", "-auto-approve"]).code, 3);
        // Nor does it look as if nobody were there.
        let planned = site.run(&["plan", "--compiled=stack.json"]);
        let so_far = format!("and what was done so far by ada on laptop (process {process})");
        assert!(planned.stderr.contains(&so_far) && planned.stderr.contains("process is stopped"), "{planned}");

        let asked = site.run(&["unlock"]).fails(3);
        assert!(asked.contains(&format!("ada on laptop (process {process})")), "{asked}");
        assert!(asked.contains("its process is stopped") && asked.contains("unlock --reason TEXT"), "{asked}");
        let unlocked = site.run(&["unlock", "--reason=the laptop sleeps"]).succeeds();
        assert!(unlocked.contains(&format!("(process {process})")), "{unlocked}");
        assert!(unlocked.contains("Next: flashinfra resume --sandbox"), "{unlocked}");
        assert!(site.run(&["unlock", "--reason=again"]).succeeds().starts_with("Nobody has the right"));
        let resumed = site.run(&["resume", "-auto-approve"]).succeeds();
        assert!(resumed.contains("going on where an earlier run had stopped: 2 created"), "{resumed}");
    };
    a_stopped_one_does_nothing_more(&site, lost, take_over, written);
    let records = std::fs::read_dir(site.shell.file(".flashinfra/shop/default/unlocked")).unwrap();
    let records: Vec<_> = records.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
    assert!(matches!(&records[..], [record] if record.contains(r#""reason":"the laptop sleeps""#)), "{records:?}");
}

/// Nobody has stopped it: it is in the middle of its work, and notices by itself.
#[test]
fn an_apply_that_was_unlocked_at_work_ends_before_its_next_call() {
    let site = Site::new("3s");
    site.plan();
    let mut first = Applier::start(&site, &["apply", "shop.plan"]);
    first.until("creating           test.database/a");
    let _ = site.run(&["unlock", "--reason=wrong account"]).succeeds();
    let (code, said) = first.ends();
    assert_eq!(code, 1, "{said}");
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("ended it: wrong account") && !words.contains("test.database/b"), "{said}");
    let _ = site.run(&["resume", "-auto-approve"]).succeeds();
    site.is_applied();
}

#[cfg(feature = "ledgers")]
mod under_a_lease {
    use flashinfra::ledgers::{LedgerKey, LedgerStore as _};
    use flashinfra_ledgers::ObjectLedgers;
    #[cfg(any(feature = "aws", feature = "gcp", feature = "azure"))]
    use flashinfra_test_support::Cloud;

    use super::*;
    use crate::team_ledgers::Place;

    fn site(place: &Place, slow: &str, lease_seconds: &str) -> Site {
        let mut site = Site::new(slow);
        place.environment.iter().for_each(|(name, value)| site.shell.set(name, value));
        site.shell.set("FLASHINFRA_LEASE", lease_seconds);
        let prefix = site.shell.path().file_name().unwrap().to_string_lossy().replace('.', "");
        site.place = vec![format!("--ledger={}/appliers/{prefix}", place.url)];
        site
    }

    fn of_two_one_runs_in(place: &Place) {
        // Renewed every second, so that the second one knows before the first one is done.
        of_two_one_runs(&site(place, "6s", "60"), "by a lease of 60 s that was renewed just now");
    }

    fn a_stopped_one_does_nothing_more_in(place: &Place) {
        let site = site(place, "1s", "8");
        let url = site.place[0].strip_prefix("--ledger=").unwrap().to_owned();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let written = || runtime.block_on(written(place, &url));
        let take_over = |site: &Site, first: &Applier| {
            // Nobody unlocks anything: the second one waits until the lease has surely run out.
            let resumed = site.run(&["apply", "shop.plan"]);
            let process = first.process.id();
            let waited = format!("ada on laptop (process {process}) since ");
            assert!(resumed.stderr.contains(&waited) && resumed.stderr.contains("no sign of life"), "{resumed}");
            let done = resumed.succeeds();
            assert!(done.contains("going on where an earlier run had stopped: 2 created"), "{done}");
        };
        a_stopped_one_does_nothing_more(
            &site,
            "it had run out, and was taken over by ada on laptop",
            take_over,
            written,
        );
    }

    /// The ledger, its versions, and every segment of its journals.
    async fn written(place: &Place, url: &str) -> BTreeMap<String, Vec<u8>> {
        let ledgers = ObjectLedgers::open(url, &place.environment.iter().cloned().collect()).await.unwrap();
        let key = LedgerKey::new("shop", "default").unwrap();
        let stored = ledgers.read(&key).await.unwrap().unwrap();
        let begun = String::from_utf8_lossy(&stored.bytes).into_owned();
        let mut found = BTreeMap::from([(format!("ledger {:?}", stored.edition), stored.bytes)]);
        for serial in ledgers.versions(&key).await.unwrap() {
            found.insert(format!("version {serial}"), ledgers.version(&key, serial).await.unwrap().unwrap().1);
        }
        assert!(ledgers.runs(&key).await.unwrap().is_empty(), "{begun}");
        found
    }

    #[cfg(feature = "kubernetes")]
    #[test]
    fn of_two_applies_one_runs_and_one_is_told_in_a_cluster() {
        let Some(place) = Place::in_a_cluster("of_two_applies") else { return };
        of_two_one_runs_in(&place);
    }

    #[cfg(feature = "kubernetes")]
    #[test]
    fn an_apply_that_was_stopped_does_nothing_more_in_a_cluster() {
        let Some(place) = Place::in_a_cluster("an_apply_that_was_stopped") else { return };
        a_stopped_one_does_nothing_more_in(&place);
    }

    #[cfg(any(feature = "aws", feature = "gcp", feature = "azure"))]
    macro_rules! over {
        ($($feature:literal $cloud:ident $two:ident $stopped:ident),*) => {$(
            #[cfg(feature = $feature)]
            #[test]
            fn $two() {
                of_two_one_runs_in(&Place::of(Cloud::$cloud));
            }

            #[cfg(feature = $feature)]
            #[test]
            fn $stopped() {
                a_stopped_one_does_nothing_more_in(&Place::of(Cloud::$cloud));
            }
        )*};
    }
    #[cfg(any(feature = "aws", feature = "gcp", feature = "azure"))]
    over!(
        "aws" S3 of_two_applies_one_runs_and_one_is_told_in_s3 an_apply_that_was_stopped_does_nothing_more_in_s3,
        "gcp" Gcs of_two_applies_one_runs_and_one_is_told_in_gcs an_apply_that_was_stopped_does_nothing_more_in_gcs,
        "azure" Azure of_two_applies_one_runs_and_one_is_told_in_azure an_apply_that_was_stopped_does_nothing_more_in_azure
    );
}
