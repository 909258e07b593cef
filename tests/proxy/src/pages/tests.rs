use super::Pages;
use super::table::PAGED;
use crate::models::{operation, texts};
use crate::reply::Reply;
use crate::request::Request;

#[test]
fn operations_are_paged_as_the_models_say() {
    for paged in PAGED {
        let pages = &operation(paged.operation)["pages"];
        let style = &paged.style;
        let ours = (style.token_in, style.token_out, style.limit, style.more);
        let text = |name: &str| pages[name].as_str();
        let theirs = (text("token_in"), text("token_out"), text("limit"), text("more"));
        assert_eq!((Some(ours.0), Some(ours.1), Some(ours.2), ours.3), theirs, "{}", paged.operation);
        assert_eq!(paged.lists, texts(&pages["lists"]), "{}", paged.operation);
    }
}

#[test]
fn every_paged_read_of_a_kind_is_in_the_table() {
    for kind in crate::kinds::all() {
        for read in kind.reads.iter().filter(|read| operation(read.operation)["pages"].is_object()) {
            assert!(PAGED.iter().any(|paged| paged.operation == read.operation), "{}", read.operation);
        }
    }
}

fn request(body: &str) -> Request {
    let head = hyper::Request::post("/")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", "AWS4-HMAC-SHA256 Credential=K/20261122/us-east-1/iam/aws4_request");
    let (head, ()) = head.body(()).unwrap().into_parts();
    Request::new(head, body.to_owned().into())
}

fn reply(policies: usize, roles: usize) -> Reply {
    let members = |count: usize| (1..=count).map(|n| format!("<member><Arn>{n}</Arn></member>")).collect::<String>();
    let result = format!(
        "<UserDetailList/><RoleDetailList>{}</RoleDetailList><Policies>{}</Policies><IsTruncated>false</IsTruncated>",
        members(roles),
        members(policies),
    );
    let wrapped = format!("<GetAccountAuthorizationDetailsResult>{result}</GetAccountAuthorizationDetailsResult>");
    let body = format!("<R>{wrapped}<ResponseMetadata/></R>");
    Reply { status: 200, headers: hyper::HeaderMap::new(), body: body.into() }
}

/// How many roles and policies stand on a page, and the token of the next one.
fn look(reply: &Reply) -> (usize, usize, Option<String>) {
    let body = String::from_utf8(reply.body.to_vec()).unwrap();
    let list = |name: &str| {
        let rest = body.split(&format!("<{name}>")).nth(1).unwrap();
        rest.split(&format!("</{name}>")).next().unwrap().matches("<member>").count()
    };
    let token = body.split("<Marker>").nth(1).map(|rest| rest.split('<').next().unwrap().to_owned());
    assert_eq!(body.contains("<IsTruncated>true</IsTruncated>"), token.is_some(), "{body}");
    (list("RoleDetailList"), list("Policies"), token)
}

#[test]
fn lists_beside_each_other_share_the_pages() {
    let mut pages = Pages::default();
    let first = pages.split(&request("Action=GetAccountAuthorizationDetails"), reply(4, 7), 5);
    let (roles, policies, token) = look(&first);
    assert_eq!((roles, policies), (5, 0));
    let next = |token: Option<String>| {
        let body = format!("Action=GetAccountAuthorizationDetails&Marker={}", token.unwrap());
        look(&pages.next(&request(&body), 5).unwrap())
    };
    let (roles, policies, token) = next(token);
    assert_eq!((roles, policies), (2, 3));
    let second = token.clone();
    let (roles, policies, end) = next(token);
    assert_eq!((roles, policies, end), (0, 1, None));
    assert_eq!(next(second), (0, 1, None), "a page can be asked for twice");
}

#[test]
fn a_client_may_want_smaller_pages_but_not_larger_ones() {
    let mut pages = Pages::default();
    let split = |pages: &mut Pages, body: &str| look(&pages.split(&request(body), reply(0, 7), 5)).0;
    assert_eq!(split(&mut pages, "Action=GetAccountAuthorizationDetails&MaxItems=2"), 2);
    assert_eq!(split(&mut pages, "Action=GetAccountAuthorizationDetails&MaxItems=1000"), 5);
}

#[test]
fn tokens_of_others_are_refused_and_the_servers_own_passed_on() {
    let mut pages = Pages::default();
    let first = pages.split(&request("Action=GetAccountAuthorizationDetails"), reply(0, 7), 5);
    let token = look(&first).2.unwrap();
    let refused = |body: String| pages.next(&request(&body), 5).map(|reply| reply.status);
    assert_eq!(refused(format!("Action=ListRoles&Marker={token}")), Some(400), "of another operation");
    assert_eq!(refused("Action=ListRoles&Marker=flashinfra-page-99-5".into()), Some(400), "of no answer");
    assert_eq!(refused("Action=ListRoles&Marker=of-the-server".into()), None);
    assert_eq!(refused("Action=GetRole&Marker=x".into()), None, "not paged at all");
}

#[test]
fn what_fits_on_one_page_is_left_alone() {
    let mut pages = Pages::default();
    let whole = reply(2, 3);
    let split = pages.split(&request("Action=GetAccountAuthorizationDetails"), whole.clone(), 5);
    assert_eq!(split.body, whole.body);
}
