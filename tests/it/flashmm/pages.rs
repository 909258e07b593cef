//! What more of the same costs: pages, and no call for each object.

use flashinfra_test_proxy::Options;

use super::Account;
use crate::compiled::Compiled;
use crate::server::Server;

/// The size of a page, a tenth of what EC2 allows: with its own, two hundred more objects would cost nothing at all.
const PAGE: usize = 100;

/// So many subnets more, and as many groups.
const MORE: usize = 100;

#[test]
fn two_hundred_more_subnets_and_groups_add_only_pages() {
    let account = Account::with(Server::Moto, Options { page_size: PAGE, ..Options::default() });
    let production = Compiled::part_of(Server::Moto, "production", &[]);
    let _ = account.run_on(&production, &["apply", "--auto-approve"]).succeeds();
    let before = account.plan_is_empty_on(&production);

    let subnet = |copy: &mut serde_json::Value, index: usize| {
        copy["attributes"]["cidr_block"] = format!("10.0.{}.0/24", 100 + index).into();
    };
    let group = |copy: &mut serde_json::Value, index: usize| {
        copy["attributes"]["name"] = format!("flashmm-production-more-{index}").into();
    };
    let more = production.with_copies("aws.subnet/network.private-a", MORE, subnet).with_copies(
        "aws.security_group/security.redis",
        MORE,
        group,
    );
    let _ = account.run_on(&more, &["apply", "--auto-approve"]).succeeds();
    let after = account.plan_is_empty_on(&more);
    assert_eq!(after - before, 2, "a page more of subnets, and one of groups: {:?}", account.proxy.calls());
}
