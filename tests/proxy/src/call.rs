//! The way of one call through the proxy.

use std::sync::Arc;

use crate::gate::{Decision, Gate, Held};
use crate::log::Origin;
use crate::reply::Reply;
use crate::request::Request;
use crate::rule::Fault;
use crate::state::{Arrival, Busy, Shared, Ticket};

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
    if way.hold(&struck.before, false).await == Decision::Discarded {
        return (ticket, Outcome::Dropped);
    }
    let fault = struck.fault;
    if let Some(outcome) = fault.as_ref().and_then(|fault| way.strike_before(fault)) {
        return (ticket, outcome);
    }
    let reply = way.answer().await;
    if way.hold(&struck.after, true).await == Decision::Discarded {
        return (ticket, Outcome::Dropped);
    }
    (ticket, way.strike_after(fault.as_ref(), reply))
}

impl Way {
    /// Waits at gates, one after the other.
    async fn hold(&self, gates: &[Gate], acted: bool) -> Decision {
        for gate in gates {
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

    /// The server's reply.
    async fn answer(&self) -> Reply {
        match self.shared.upstream.send(&self.request).await {
            Ok(reply) => {
                self.said(&reply, Origin::Server);
                self.shared.note(self.ticket, |call| call.acted = true);
                reply
            }
            Err(reason) => {
                let message = format!("the test's proxy got no reply from the server: {reason}");
                let reply = Reply::refusal(&self.request.operation, 502, "BadGateway", &message);
                self.said(&reply, Origin::Unreachable);
                reply
            }
        }
    }

    fn said(&self, reply: &Reply, origin: Origin) {
        self.shared.note(self.ticket, |call| {
            call.status = Some(reply.status);
            call.origin = origin;
        });
    }
}
