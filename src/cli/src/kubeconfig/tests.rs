use std::cell::Cell;

use flashinfra_test_support::{damaged, for_seeds};

use super::{Entry, Merged, merged};

const ARN: &str = "arn:aws:eks:us-east-1:123456789012:cluster/shop";

fn entry(context: &str) -> Entry {
    let command = ["flashinfra", "kubeconfig", "token", "--cluster", "shop", "--region", "us-east-1"];
    Entry {
        name: ARN.into(),
        context: context.into(),
        server: "https://ABC.gr7.us-east-1.eks.amazonaws.com".into(),
        certificate_authority: "LS0tLS1CRUdJTg==".into(),
        command: command.map(str::to_owned).to_vec(),
        env: vec![("AWS_PROFILE".into(), "shop-production".into())],
    }
}

const CLUSTER: &str = "\
- cluster:
    certificate-authority-data: LS0tLS1CRUdJTg==
    server: https://ABC.gr7.us-east-1.eks.amazonaws.com
  name: arn:aws:eks:us-east-1:123456789012:cluster/shop
";

const USER: &str = "\
- name: arn:aws:eks:us-east-1:123456789012:cluster/shop
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      args:
      - kubeconfig
      - token
      - --cluster
      - shop
      - --region
      - us-east-1
      command: flashinfra
      env:
      - name: AWS_PROFILE
        value: shop-production
      interactiveMode: Never
      provideClusterInfo: false
";

/// What others have: comments, lists at two depths, an empty one, values in braces, and a text in lines of its own.
const THEIRS: &str = "\
# mine
apiVersion: v1
clusters:
  - cluster: {server: https://a} # kept
    name: a

contexts: []
current-context: a
kind: Config
users:
# nobody
- name: a
  user: {token: \"x\"}
- name: b
  user:
    client-key-data: |
      LS0t
      LS0u
extensions:
- name: theirs
";

fn context(name: &str) -> String {
    format!("- context:\n    cluster: {ARN}\n    user: {ARN}\n  name: {name}\n")
}

/// The text of a single file with an entry in it.
fn put(entry: &Entry, text: &str) -> Result<String, String> {
    let merged = merged(entry, &[text.to_owned()]);
    merged.map(|merged| merged.texts.concat()).map_err(|(_, refusal)| refusal.reason)
}

#[test]
fn an_empty_file_becomes_a_whole_one() {
    let whole = put(&entry("shop"), "").unwrap();
    let head = "apiVersion: v1\nkind: Config\npreferences: {}\n";
    let contexts = context("shop");
    let expected = format!("{head}clusters:\n{CLUSTER}contexts:\n{contexts}users:\n{USER}current-context: shop\n");
    assert_eq!(whole, expected);
    assert_eq!(put(&entry("shop"), &whole).unwrap(), whole);
    assert_eq!(entry("shop").alone().unwrap(), whole);
    assert_eq!(put(&entry("shop"), "# for work\n").unwrap(), format!("# for work\n{whole}"));
}

#[test]
fn what_others_wrote_stays_as_it_was() {
    let merged = put(&entry("live 1"), THEIRS).unwrap();
    let indented: String = CLUSTER.lines().map(|line| format!("  {line}\n")).collect();
    let expected = THEIRS
        .replace("    name: a\n\n", &format!("    name: a\n{indented}\n"))
        .replace("contexts: []\n", &format!("contexts: \n{}", context("\"live 1\"")))
        .replace("current-context: a\n", "current-context: \"live 1\"\n")
        .replace("      LS0u\n", &format!("      LS0u\n{USER}"));
    assert_eq!(merged, expected);
    assert_eq!(put(&entry("live 1"), &merged).unwrap(), merged);
}

#[test]
fn an_entry_that_is_there_is_changed_in_its_place() {
    let there = put(&entry("shop"), THEIRS).unwrap();
    // A proxy and a namespace that somebody added are theirs.
    let there = there
        .replace("    server: https://ABC", "    proxy-url: http://proxy\n      server: https://ABC")
        .replace(&format!("    user: {ARN}\n"), &format!("    user: {ARN}\n    namespace: web\n"));
    let renewed = Entry { certificate_authority: "bmV3".into(), ..entry("shop") };
    let renewed = put(&renewed, &there).unwrap();
    assert_eq!(renewed, there.replace("LS0tLS1CRUdJTg==", "bmV3"));
    assert!(renewed.contains("proxy-url") && renewed.contains("namespace: web"), "{renewed}");
    // Another program is another user altogether, in the same place.
    let other = Entry { command: vec!["acme".into()], env: Vec::new(), ..entry("shop") };
    let (before, rest) = there.split_once("    exec:\n").unwrap();
    let (_, after) = rest.split_once("      provideClusterInfo: false\n").unwrap();
    let exec = "    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      args:\n      command: acme\n      \
                interactiveMode: Never\n      provideClusterInfo: false\n";
    assert_eq!(put(&other, &there).unwrap(), format!("{before}{exec}{after}"));
}

#[test]
fn a_list_without_anything_gets_its_first_item() {
    for nothing in ["users:\n", "users: null\n", "users: # none yet\n", "users: []"] {
        let whole = put(&entry("shop"), &format!("kind: Config\n{nothing}")).unwrap();
        assert!(whole.contains(USER.trim_end()), "{whole}");
    }
    for unset in ["current-context:\nkind: Config\n", "current-context: \"\"\nkind: Config\n"] {
        let whole = put(&entry("shop"), unset).unwrap();
        assert!(whole.starts_with("current-context: shop\nkind: Config\n"), "{whole}");
    }
}

#[test]
fn what_is_no_kubeconfig_in_lines_is_refused() {
    for (text, words) in [
        ("clusters: [{name: a}]\n", "braces"),
        ("{\"kind\": \"Config\"}", "braces"),
        ("kind: Deployment\n", "the kind of which is `Config`"),
        ("- a\n", "a table"),
        ("users: everybody\n", "`users` is not a list"),
        // A dash on a line of its own.
        ("users:\n-\n  name: arn:aws:eks:us-east-1:123456789012:cluster/shop\n-\n  name: b\n", ""),
        ("clusters: [\n", ""),
    ] {
        let reason = put(&entry("shop"), text).unwrap_err();
        assert!(reason.contains(words), "{text}: {reason}");
    }
}

#[test]
fn a_context_of_another_cluster_keeps_its_name() {
    let theirs = put(&Entry { name: "arn:other".into(), ..entry("live") }, "").unwrap();
    let (index, refusal) = merged(&entry("live"), &[String::new(), theirs.clone()]).unwrap_err();
    assert_eq!(index, 1);
    assert!(refusal.reason.contains("`live` is there, for the cluster `arn:other`"), "{}", refusal.reason);
    assert!(theirs[refusal.span].starts_with("context:"));
    assert!(refusal.help.contains("--alias"));
}

#[test]
fn of_several_files_the_one_that_knows_the_cluster_has_it() {
    let mine = put(&entry("old"), "").unwrap().replace("current-context: old\n", "");
    let texts = [THEIRS.to_owned(), mine.clone(), String::new()];
    let Merged { place, texts } = merged(&entry("new"), &texts).unwrap();
    assert_eq!(place, 1);
    // The first file that names a current context is the one that kubectl goes by.
    assert_eq!(texts[0], THEIRS.replace("current-context: a\n", "current-context: new\n"));
    assert_eq!(texts[1], mine.replace("users:\n", &format!("{}users:\n", context("new"))));
    assert_eq!(texts[2], "");
    assert_eq!(merged(&entry("new"), &[String::new(), THEIRS.to_owned()]).unwrap().place, 0);
}

/// Whatever a file looks like: an entry is put into it and every line of it stays, or it is refused.
#[test]
fn a_damaged_file_is_refused_or_kept() {
    let whole = put(&entry("shop"), THEIRS).unwrap();
    let other = Entry { name: "arn:other".into(), ..entry("other") };
    let is_changed =
        |line: &str| ["current-context", "clusters", "contexts", "users"].iter().any(|key| line.contains(key));
    let (taken, refused) = (Cell::new(0), Cell::new(0));
    for_seeds(2_000, |chance| {
        let Ok(text) = String::from_utf8(damaged(chance, whole.as_bytes())) else { return };
        // A text of several lines, the last of which goes with the first.
        let mut pairs = text.lines().zip(text.lines().skip(1));
        if pairs.any(|(line, next)| line.contains("current-context") && next.starts_with(' ')) {
            return;
        }
        match put(&other, &text) {
            Ok(with) => {
                let mut lines = with.lines();
                for line in text.lines().filter(|line| !is_changed(line)) {
                    assert!(lines.any(|kept| kept == line), "`{line}` of:\n{text}\nbecame:\n{with}");
                }
                assert_eq!(put(&other, &with).as_ref(), Ok(&with), "twice comes to the same");
                taken.set(taken.get() + 1);
            }
            Err(reason) => {
                assert!(!reason.is_empty());
                refused.set(refused.get() + 1);
            }
        }
    });
    assert!(taken.get() > 100 && refused.get() > 100, "{} taken, {} refused", taken.get(), refused.get());
}
