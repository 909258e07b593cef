//! The way of one call through the proxy.

use std::sync::Arc;

use crate::gate::{Decision, Gate, Held};
use crate::log::Origin;
use crate::pages::Pages;
use crate::reply::Reply;
use crate::request::Request;
use crate::rule::Fault;
use crate::state::{Arrival, Busy, Shared, Ticket};
use crate::tokens::{self, Place};
use crate::world::Snapshot;

/// What becomes of a call.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The reply is sent.
    Reply(Reply),
    /// The reply is sent in part, then the connection is closed.
    Cut(Reply),
    /// The connection is closed.
    Dropped,
}

/// A call on its way. It goes on when its client is gone, as a request does that has reached a service.
struct Way {
    shared: Arc<Shared>,
    request: Request,
    ticket: Ticket,
    busy: Busy,
}

/// Takes a call all the way. The ticket is its place in the log.
pub(crate) async fn run(shared: Arc<Shared>, request: Request) -> (Ticket, Outcome) {
    let busy = Busy::new(&shared);
    let Arrival { ticket, struck, stopped } = shared.arrive(&request);
    let way = Way { shared, request, ticket, busy };
    if let Some(gate) = stopped
        && way.busy.wait(&gate, gate.follow()).await == Decision::Discarded
    {
        return (ticket, Outcome::Dropped);
    }
    tokio::time::sleep(struck.delay).await;
    if way.hold(&struck.before).await == Decision::Discarded {
        return (ticket, Outcome::Dropped);
    }
    let fault = struck.fault;
    if let Some(outcome) = fault.as_ref().and_then(|fault| way.strike_before(fault)) {
        return (ticket, outcome);
    }
    let reply = way.answer().await;
    if way.hold(&struck.after).await == Decision::Discarded {
        return (ticket, Outcome::Dropped);
    }
    (ticket, way.strike_after(fault.as_ref(), reply))
}

impl Way {
    /// Waits at gates, one after the other.
    async fn hold(&self, gates: &[Gate]) -> Decision {
        for gate in gates {
            let acted = self.shared.has_acted(self.ticket);
            let held = Held { ordinal: self.ticket.ordinal, operation: self.request.name.clone(), acted };
            if self.busy.wait(gate, gate.hold(held)).await == Decision::Discarded {
                return Decision::Discarded;
            }
        }
        Decision::Released
    }

    /// What a fault makes of the call before the server acts.
    fn strike_before(&self, fault: &Fault) -> Option<Outcome> {
        let operation = &self.request.operation;
        let reply = match fault {
            Fault::Throttled { retry_after_seconds } => Reply::throttled(operation, *retry_after_seconds),
            Fault::Failed => Reply::failed(operation),
            Fault::Refused { status, code } => Reply::refusal(operation, *status, code, "A rule of the test says so"),
            Fault::DropBefore => return Some(Outcome::Dropped),
            Fault::FailedAfter
            | Fault::DropAfter
            | Fault::CutReply
            | Fault::Delay(_)
            | Fault::HoldBefore(_)
            | Fault::HoldAfter(_) => return None,
        };
        self.said(&reply, Origin::Rule);
        Some(Outcome::Reply(reply))
    }

    /// What a fault makes of the reply.
    fn strike_after(&self, fault: Option<&Fault>, reply: Reply) -> Outcome {
        match fault {
            Some(Fault::DropAfter) => Outcome::Dropped,
            Some(Fault::CutReply) => Outcome::Cut(reply),
            Some(Fault::FailedAfter) => {
                let reply = Reply::failed(&self.request.operation);
                self.said(&reply, Origin::Rule);
                Outcome::Reply(reply)
            }
            Some(
                Fault::Throttled { .. }
                | Fault::Failed
                | Fault::Refused { .. }
                | Fault::DropBefore
                | Fault::Delay(_)
                | Fault::HoldBefore(_)
                | Fault::HoldAfter(_),
            )
            | None => Outcome::Reply(reply),
        }
    }

    /// The reply as it would be without faults.
    async fn answer(&self) -> Reply {
        let place: Option<Place> = {
            let mut state = self.shared.state();
            if self.shared.options.client_tokens { state.tokens.place(&self.request) } else { None }
        };
        let Some(place) = place else { return self.reply().await };
        // Held until there is a reply: the same call may come again while the first one is under way.
        let mut place = place.lock_owned().await;
        if let Some(reply) = tokens::again(&place, &self.request) {
            self.said(&reply, Origin::Token);
            return reply;
        }
        let reply = self.reply().await;
        tokens::keep(&mut place, &self.request, &reply);
        reply
    }

    /// Likewise, without regard to client tokens.
    async fn reply(&self) -> Reply {
        let size = self.shared.options.page_size;
        let page = if size > 0 { self.shared.state().pages.next(&self.request, size) } else { None };
        if let Some(page) = page {
            self.said(&page, Origin::Page);
            return page;
        }
        let refused = self.shared.state().world.refuse(&self.request);
        if let Some(reply) = refused {
            self.said(&reply, Origin::Memory);
            return reply;
        }
        let snapshots = self.snapshots().await;
        let paged = if size > 0 { Pages::applies(&self.request) } else { None };
        let whole = paged.map(|paged| self.request.without(&[paged.style.limit]));
        let sent = self.shared.upstream.send(whole.as_ref().unwrap_or(&self.request)).await;
        let reply = match sent {
            Ok(reply) => reply,
            Err(reason) => {
                let message = format!("the test's proxy got no reply from the server: {reason}");
                let reply = Reply::refusal(&self.request.operation, 502, "BadGateway", &message);
                self.said(&reply, Origin::Unreachable);
                return reply;
            }
        };
        let reply = {
            let mut state = self.shared.state();
            let reply = state.world.rewrite(&self.request, reply, snapshots);
            if size > 0 { state.pages.split(&self.request, reply, size) } else { reply }
        };
        self.said(&reply, Origin::Server);
        self.shared.note(self.ticket, |call| call.acted = true);
        reply
    }

    /// What is about to be deleted, as it looks now.
    async fn snapshots(&self) -> Vec<Snapshot> {
        let probes = self.shared.state().world.probes(&self.request);
        let mut snapshots = Vec::new();
        for probe in probes {
            if let Ok(reply) = self.shared.upstream.send(&probe.request).await {
                snapshots.extend(probe.snapshot(&reply));
            }
        }
        snapshots
    }

    fn said(&self, reply: &Reply, origin: Origin) {
        self.shared.note(self.ticket, |call| {
            call.status = Some(reply.status);
            call.origin = origin;
        });
    }
}
