//! A sandbox's file that was damaged: refused by name with what to do, or opened, never a panic; and the command says it the same.

use std::cell::Cell;

use flashinfra_providers_memory::{Options, Sandbox};
use flashinfra_test_support::{damaged, for_seeds};

use crate::scenarios::compiled;
use crate::shell::Shell;

const FILE: &str = ".flashinfra/sandbox.json";

#[test]
fn damaged_sandboxes_are_refused_or_opened() {
    let shell = Shell::new();
    let lines = "test.network/main\n  cidr = \"10.0.0.0/16\"\n  tags = {\"team\": \"core\"}\ntest.database/main\n  name = \"shop\"\n  \
        size = 2\ntest.service/web\n  name = \"web\"\n  settings = {\"at\": @test.database/main#host}\n";
    shell.write("stack.json", &compiled("shop", lines));
    let apply = || shell.run(&["apply", "--compiled=stack.json", "-auto-approve", "--sandbox"]);
    let _ = apply().succeeds();
    let whole = std::fs::read(shell.file(FILE)).unwrap();

    let refused = Cell::new(0_u32);
    for_seeds(1000, |below| {
        std::fs::write(shell.file(FILE), damaged(below, &whole)).unwrap();
        let opened = Sandbox::open(Some(shell.file(FILE)), [].into(), Options::default());
        if let Err(error) = opened.and_then(|sandbox| sandbox.objects()) {
            refused.set(refused.get() + 1);
            assert!(error.to_string().contains("sandbox.json") && !error.help().is_empty(), "{error}");
        }
    });
    assert!(refused.get() > 100, "{} were refused", refused.get());

    // The command, for a line that is no object: nothing is read, nothing is changed.
    let torn = [&whole[..], b"{\"put\":\n"].concat();
    std::fs::write(shell.file(FILE), &torn).unwrap();
    for command in [&["plan", "--compiled=stack.json"][..], &["drift"], &["destroy", "-auto-approve"]] {
        let said = shell.run(&[command, &["--sandbox"]].concat()).fails(1);
        assert!(said.contains("sandbox.json is damaged in line ") && said.contains("restore a copy"), "{said}");
    }
    assert_eq!(std::fs::read(shell.file(FILE)).unwrap(), torn, "it was left untouched");
}
