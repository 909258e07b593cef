//! Pages: the server's whole answer, handed out a few items at a time under tokens of the proxy's own.

mod table;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::node::Node;
use crate::operation::Protocol;
use crate::reply::Reply;
use crate::request::Request;
pub(crate) use table::Paged;

/// The answers of which some pages are still to be asked for.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    answers: BTreeMap<u64, Arc<Answer>>,
    last: u64,
}

/// A whole answer.
#[derive(Debug)]
struct Answer {
    paged: &'static Paged,
    operation: String,
    /// The reply without its items.
    frame: Node,
    reply: Reply,
    /// The items with the number of the list that each stands in.
    items: Vec<(usize, Node)>,
    /// The token that the server itself gave for what follows.
    next: Option<String>,
}

/// What the tokens begin with; the number of the answer and that of the item follow.
const TOKEN: &str = "flashinfra-page-";

/// How many answers are kept for clients that never ask for the rest. A token of an older one is refused, as services refuse old
/// tokens.
const ANSWERS_MAX: usize = 1000;

impl Pages {
    /// The page that a request with one of our tokens asks for; none when it has no such token.
    pub(crate) fn next(&self, request: &Request, size: usize) -> Option<Reply> {
        let paged = table::of(&request.name)?;
        let token = request.params.get(paged.style.token_in)?.strip_prefix(TOKEN)?;
        let page = || {
            let (number, first) = token.split_once('-')?;
            let (number, first) = (number.parse().ok()?, first.parse().ok()?);
            let answer = self.answers.get(&number).filter(|answer| answer.operation == request.name)?;
            Some(answer.page(number, first, limit(paged, request, size)))
        };
        let code = match request.operation.protocol {
            Protocol::Ec2 => "InvalidNextToken",
            Protocol::Query => "InvalidParameterValue",
            Protocol::Json | Protocol::RestJson | Protocol::RestXml | Protocol::Unknown => "InvalidParameterException",
        };
        let refusal = || Reply::refusal(&request.operation, 400, code, "The token is not one of this operation");
        Some(page().unwrap_or_else(refusal))
    }

    /// The first page of an answer, and the rest for later.
    pub(crate) fn split(&mut self, request: &Request, reply: Reply, size: usize) -> Reply {
        let Some(paged) = Self::applies(request).filter(|_| reply.is_success()) else { return reply };
        let Some(format) = request.operation.protocol.format() else { return reply };
        let Some(mut frame) = Node::read(format, &reply.body) else { return reply };
        let mut items = Vec::new();
        for (list, path) in paged.lists.iter().enumerate() {
            items.extend(frame.take_items(path).unwrap_or_default().into_iter().map(|item| (list, item)));
        }
        let limit = limit(paged, request, size);
        if items.len() <= limit {
            return reply;
        }
        let next = frame.text(paged.style.token_out).filter(|token| !token.is_empty());
        self.last += 1;
        while self.answers.len() >= ANSWERS_MAX {
            self.answers.pop_first();
        }
        let operation = request.name.clone();
        let answer = Arc::new(Answer { paged, operation, frame, reply, items, next });
        self.answers.insert(self.last, Arc::clone(&answer));
        answer.page(self.last, 0, limit)
    }

    /// Whether the answer to a request is split, and so asked for as a whole. EC2 does not page what is asked for by id.
    pub(crate) fn applies(request: &Request) -> Option<&'static Paged> {
        let paged = table::of(&request.name)?;
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let by_id = |name: &String| name.split_once('.').is_some_and(|(_, rest)| is_number(rest));
        let whole = request.operation.protocol == Protocol::Ec2 && request.params.keys().any(by_id);
        (!whole).then_some(paged)
    }
}

/// How many items a page has: no more than the client wants.
fn limit(paged: &Paged, request: &Request, size: usize) -> usize {
    let wanted = request.params.get(paged.style.limit).and_then(|limit| limit.parse().ok());
    wanted.map_or(size, |wanted: usize| wanted.clamp(1, size))
}

impl Answer {
    fn page(&self, number: u64, first: usize, limit: usize) -> Reply {
        let mut page = self.frame.clone();
        let end = first.saturating_add(limit).min(self.items.len());
        for (list, item) in self.items.get(first..end).unwrap_or_default() {
            page.put_items(self.paged.lists[*list], vec![item.clone()]);
        }
        let rest = end < self.items.len();
        let token = if rest { Some(format!("{TOKEN}{number}-{end}")) } else { self.next.clone() };
        let style = &self.paged.style;
        let wrapper = self.paged.wrapper();
        let at = |field: &str| if wrapper.is_empty() { field.to_owned() } else { format!("{wrapper}/{field}") };
        if let Some(more) = style.more {
            page.put_flag(&at(more), token.is_some());
        }
        match token {
            Some(token) => page.put(&at(style.token_out), &token),
            None => drop(page.detach(&at(style.token_out))),
        }
        self.reply.clone().with_body(&page)
    }
}

#[cfg(test)]
mod tests;
