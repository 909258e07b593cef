//! A server of its own, with the proxy before it and somebody who looks at it: one run at a time.

use flashinfra_test_proxy::{Options, Proxy};

use super::account::Account;
use super::story::Story;
use super::strike::Strike;
use super::subject::Subject;
use crate::behind::Behind;
use crate::server::{Server, Serving};

/// Everything that a run needs of the world.
pub(crate) struct Lane {
    pub(crate) proxy: Proxy,
    pub(crate) behind: Behind,
    serving: Serving,
}

/// What comes of a story that nothing disturbs.
pub(super) struct Calm {
    /// The calls that its apply takes.
    pub(super) calls: u64,
    /// What is there afterwards.
    pub(super) left: Vec<String>,
}

impl Lane {
    pub(super) fn start(server: Server) -> Self {
        let serving = server.start();
        // All that real services do and the server does not: slow states, lagging reads, pages of five, client tokens.
        let proxy = Proxy::start(serving.endpoint(), Options::lifelike(0)).unwrap();
        Self { behind: Behind::start(&serving), proxy, serving }
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        self.proxy.set_rules(Vec::new());
        self.serving.reset();
        self.proxy.reset();
    }

    pub(super) fn undisturbed(&self, subject: &Subject, story: Story) -> Calm {
        let account = Account::new(self, subject);
        account.prepare(story);
        let _ = account.apply().succeeds();
        let calls = self.proxy.log().len() as u64;
        Calm { calls, left: account.settled(story) }
    }

    /// Disturbs a story at one call. Says whether there was such a call: how often something is looked at until it is ready
    /// differs from run to run.
    pub(super) fn disturbed(&self, subject: &Subject, story: Story, strike: &Strike, left: &[String]) -> bool {
        let account = Account::new(self, subject);
        account.prepare(story);
        let (rule, gate) = strike.rule();
        self.proxy.set_rules(vec![rule]);
        let is_struck = match gate {
            Some(gate) => {
                let is_struck = account.apply_and_kill(&gate, strike);
                self.proxy.set_rules(Vec::new());
                account.go_on(story, strike);
                is_struck
            }
            None => {
                // Whoever loses a reply finds out by itself.
                let _ = account.apply().succeeds();
                self.proxy.log().len() as u64 >= strike.call
            }
        };
        self.proxy.set_rules(Vec::new());
        assert_same(&account.settled(story), left);
        is_struck
    }
}

/// Fails with what one of them has and the other has not.
#[track_caller]
fn assert_same(found: &[String], calm: &[String]) {
    let lacks = |all: &[String], line: &&String| !all.contains(line);
    let more: Vec<_> = found.iter().filter(|line| lacks(calm, line)).collect();
    let less: Vec<_> = calm.iter().filter(|line| lacks(found, line)).collect();
    assert!(more.is_empty() && less.is_empty(), "there is {more:#?}\ninstead of {less:#?}");
    assert_eq!(found, calm, "something is there more than once");
}
