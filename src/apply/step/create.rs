//! Making an object, once.

use std::time::Duration;

use flashinfra_plans::Name;
use flashinfra_providers::{Class, Create, Error, Outcome};
use flashinfra_stacks::schema::{Carrier, CreateOnce};

use super::poll::Until;
use super::tries::{Stop, Tries};
use super::{Ended, History, Signal, Work};
use crate::apply::settle::{self, Sighting, Sought};

/// How many times an object is searched for within its kind's settle time.
const SEARCHES: u32 = 5;

/// What to do about an error of a create.
enum Turn {
    /// Send it again: nothing was made, or sending it again makes nothing new.
    Again,
    /// That was it.
    End(Ended),
}

impl Work {
    pub(super) async fn create(&self, request: &Create, tries: &mut Tries<'_>) -> Ended {
        // Whether an object may be there that nobody has answered for.
        let mut uncertain = false;
        if let History::Open(accepted) = &self.history {
            uncertain = true;
            // A token may have expired since, so even kinds that take one are searched for.
            match self.search(request, accepted.as_ref(), tries).await {
                Turn::Again => {}
                Turn::End(end) => return end,
            }
            if let Some(end) = self.unlike_relied().await {
                return end;
            }
        }
        loop {
            let error = match tries.call(self.provider.create(request)).await {
                Ok(Outcome::Done(object)) if uncertain => return self.found(request, object, tries).await,
                Ok(Outcome::Done(object)) => return self.made(object, tries).await,
                Ok(Outcome::Accepted(id)) => {
                    self.accepted(&id).await;
                    return self.poll(&id, Until::Ready, tries).await;
                }
                Ok(Outcome::Derived(id)) => {
                    self.accepted(&id).await;
                    return match self.poll(&id, Until::Ready, tries).await {
                        Ended::Made(object) => self.found(request, object, tries).await,
                        end => end,
                    };
                }
                Ok(Outcome::Gone) => Error::new(Class::Unknown, "the service answered a create with a deletion"),
                Ok(Outcome::Changed(_)) => Error::new(Class::Unknown, "the service took a create for a change"),
                Err(error) => error,
            };
            let class = self.class(&error);
            uncertain |= class == Class::Unknown;
            match self.after_error(request, class, error, uncertain, tries).await {
                Turn::Again => {}
                Turn::End(end) => return end,
            }
        }
    }

    async fn after_error(
        &self,
        request: &Create,
        class: Class,
        error: Error,
        uncertain: bool,
        tries: &mut Tries<'_>,
    ) -> Turn {
        let again = match class {
            Class::FixInput | Class::AskPerson | Class::NotFound => {
                // An earlier try may have made it all the same.
                return match uncertain {
                    true => match self.search(request, None, tries).await {
                        Turn::Again => Turn::End(Ended::Failed(error, None)),
                        end @ Turn::End(_) => end,
                    },
                    false => Turn::End(Ended::Failed(error, None)),
                };
            }
            Class::AlreadyExists => return self.taken(request, error, uncertain, tries).await,
            Class::Retry => tries.after_failure(error).await,
            Class::Wait => tries.not_yet(error).await,
            Class::Unknown => match self.schema.create_once {
                CreateOnce::Token | CreateOnce::UniqueName => tries.after_silence(error).await,
                CreateOnce::Neither => match tries.after_silence(error).await {
                    Ok(()) => return self.search(request, None, tries).await,
                    Err(stop) => Err(stop),
                },
            },
        };
        match again {
            Ok(()) => Turn::Again,
            // Given up on while an earlier try may have made it: only reading can tell.
            Err(Stop::GivenUp(error)) if uncertain => match self.search(request, None, tries).await {
                Turn::Again => Turn::End(Ended::Failed(error, None)),
                end @ Turn::End(_) => end,
            },
            Err(stop) => Turn::End(stop.into()),
        }
    }

    /// Searches for what an unanswered create may have made, until it is found or the kind's settle time has passed.
    async fn search(&self, request: &Create, accepted: Option<&Name>, tries: &mut Tries<'_>) -> Turn {
        let sought = self.sought(accepted);
        let pause = Duration::from_secs(self.schema.settle_seconds.into()) / SEARCHES;
        let mut searches = 0;
        loop {
            searches += 1;
            let Some(seen) = self.lock.while_held(settle::look(self.provider.as_ref(), &sought)).await else {
                match tries.pause(Duration::ZERO).await {
                    Ok(()) => continue,
                    Err(stop) => return Turn::End(stop.into()),
                }
            };
            let unclear = match seen {
                Sighting::Ours(object) => return Turn::End(self.found(request, object, tries).await),
                Sighting::Foreign(object) => return Turn::End(self.conflict(&object.id, object.owner.is_some())),
                Sighting::Tombstone(note) => {
                    return Turn::End(Ended::Failed(Error::new(Class::AskPerson, note.as_str()), None));
                }
                Sighting::NotSeen => None,
                Sighting::Unclear(reason) => Some(reason),
            };
            if searches > SEARCHES || (pause.is_zero() && unclear.is_none()) {
                return match unclear {
                    None => {
                        self.not_seen(accepted).await;
                        Turn::Again
                    }
                    Some(reason) => Turn::End(Ended::Unknown(reason)),
                };
            }
            if let Err(stop) = tries.pause(pause.max(Duration::from_millis(200))).await {
                return Turn::End(stop.into());
            }
        }
    }

    /// Nothing can be seen of what an unanswered create may have made. Where neither a name nor an id says which object it is, it
    /// can only be told by its mark should it show up late.
    async fn not_seen(&self, accepted: Option<&Name>) {
        if accepted.is_none() && settle::can_show_up(&self.schema) {
            self.tell(Signal::Unanswered { step: self.step.id }).await;
        }
    }

    /// The name is taken: by what an earlier try made, or by somebody else.
    async fn taken(&self, request: &Create, error: Error, uncertain: bool, tries: &mut Tries<'_>) -> Turn {
        let name = settle::name(&self.schema, &self.attributes);
        let failed = |error| Turn::End(Ended::Failed(error, None));
        match settle::look(self.provider.as_ref(), &self.sought(None)).await {
            // Without a mark only an unanswered try of our own explains it.
            Sighting::Ours(object) if object.owner.is_some() || uncertain => {
                Turn::End(self.found(request, object, tries).await)
            }
            Sighting::Ours(object) | Sighting::Foreign(object) => {
                Turn::End(self.conflict(&object.id, object.owner.is_some()))
            }
            Sighting::Tombstone(note) => failed(Error::new(Class::AskPerson, note.as_str())),
            // The service knows of it already and does not show it yet.
            Sighting::NotSeen if uncertain || name.is_some() => match tries.not_yet(error).await {
                Ok(()) => Turn::Again,
                Err(stop) => Turn::End(stop.into()),
            },
            Sighting::Unclear(reason) if uncertain => Turn::End(Ended::Unknown(reason)),
            Sighting::NotSeen | Sighting::Unclear(_) => match name {
                Some(name) => Turn::End(self.conflict(&name, false)),
                // Which object has the name cannot be told, only that it does not carry our mark.
                None => failed(error),
            },
        }
    }

    fn sought<'a>(&'a self, accepted: Option<&'a Name>) -> Sought<'a> {
        Sought { schema: &self.schema, mark: &self.mark, attributes: &self.attributes, accepted }
    }

    fn conflict(&self, id: &Name, owned: bool) -> Ended {
        let Work { step, schema, .. } = self;
        let whose = match (owned, schema.carrier) {
            (true, _) => "another stack or address owns it",
            (false, Carrier::None) => "nothing says that this stack made it",
            (false, _) => "it carries no owner mark of this stack",
        };
        let message =
            format!("{id} exists already and {whose}: choose another name for {}, or remove it", step.address);
        Ended::Failed(Error::new(Class::AlreadyExists, message), None)
    }
}
