use std::fmt;
use std::sync::Arc;

use super::actions::Change;
use super::entity::Entity;
use super::rows::{
    Booking, BookingVisitor, Business, Contract, Coworker, CoworkerTimePass, Desk,
    NexudusCredentials, PausedPeriod, Resource, ResourceType, Tariff, Team, TimePass, Visitor,
};
use super::state::{ADMIN, NexudusState, Table};
use crate::calls::Call;
use crate::fault::Service;
use crate::sandbox::Shared;

pub(super) const EMAIL: &str = ADMIN;
pub(super) const PASSWORD: &str = "sandbox-nexudus-password";

/// Nexudus in the sandbox. Cheap to clone; all clones look at the same records.
///
/// `add_…` gives a new record an id of the sandbox's choice and returns it; `put_…` adds or
/// replaces the record of a given id. Both stamp `UpdatedOn` with the sandbox clock.
#[derive(Clone)]
pub struct Nexudus {
    shared: Arc<Shared>,
    origin: String,
}

macro_rules! records {
    ($($add:ident $put:ident $get:ident $all:ident $table:ident $row:ident $entity:ident;)*) => {
        impl Nexudus {
            $(
                #[doc = concat!("Adds a [`", stringify!($row), "`] and returns its id.")]
                pub fn $add(&self, row: $row) -> i64 {
                    let now = self.shared.clock.now();
                    let id = {
                        let mut state = self.shared.nexudus();
                        let id = state.$table.add(row, now);
                        state.changed(Entity::$entity, id, Change::Created, now);
                        id
                    };
                    self.shared.post();
                    id
                }

                #[doc = concat!("Adds or replaces the [`", stringify!($row), "`] of this id.")]
                pub fn $put(&self, id: i64, row: $row) {
                    let now = self.shared.clock.now();
                    {
                        let mut state = self.shared.nexudus();
                        let known = state.$table.get(id).is_some();
                        state.$table.put(id, row, now);
                        let change = if known { Change::Updated } else { Change::Created };
                        state.changed(Entity::$entity, id, change, now);
                    }
                    self.shared.post();
                }

                #[doc = concat!("The [`", stringify!($row), "`] of this id.")]
                pub fn $get(&self, id: i64) -> Option<$row> {
                    self.shared.nexudus().$table.get(id).cloned()
                }

                #[doc = concat!("All of [`", stringify!($row), "`] with their ids, ascending.")]
                pub fn $all(&self) -> Vec<(i64, $row)> {
                    copy(&self.shared.nexudus().$table)
                }
            )*
        }
    };
}

fn copy<T: Clone>(table: &Table<T>) -> Vec<(i64, T)> {
    table.iter().map(|(id, row)| (id, row.clone())).collect()
}

records! {
    add_business put_business business businesses businesses Business Businesses;
    add_coworker put_coworker coworker coworkers coworkers Coworker Coworkers;
    add_team put_team team teams teams Team Teams;
    add_resource_type put_resource_type resource_type resource_types resource_types ResourceType ResourceTypes;
    add_resource put_resource resource resources resources Resource Resources;
    add_booking put_booking booking bookings bookings Booking Bookings;
    add_tariff put_tariff tariff tariffs tariffs Tariff Tariffs;
    add_contract put_contract contract contracts contracts Contract Contracts;
    add_paused_period put_paused_period paused_period paused_periods paused_periods PausedPeriod PausedPeriods;
    add_desk put_desk desk desks desks Desk Desks;
    add_time_pass put_time_pass time_pass time_passes time_passes TimePass TimePasses;
    add_coworker_time_pass put_coworker_time_pass coworker_time_pass coworker_time_passes coworker_time_passes CoworkerTimePass CoworkerTimePasses;
    add_visitor put_visitor visitor visitors visitors Visitor Visitors;
    add_booking_visitor put_booking_visitor booking_visitor booking_visitors booking_visitors BookingVisitor BookingVisitors;
}

impl Nexudus {
    pub(crate) fn new(shared: Arc<Shared>, origin: String) -> Self {
        Self { shared, origin }
    }

    /// Base of all paths: `http://127.0.0.1:port/api`.
    pub fn base_url(&self) -> String {
        format!("{}/api", self.origin)
    }

    /// What to sign in with.
    pub fn credentials(&self) -> NexudusCredentials {
        NexudusCredentials {
            email: EMAIL.to_owned(),
            password: PASSWORD.to_owned(),
        }
    }

    /// Ends every access token at once, as though its time were over; refresh tokens live on.
    pub fn expire_access_tokens(&self) {
        let now = self.shared.clock.now();
        self.shared.nexudus().tokens.expire_access(now);
    }

    /// All calls since the start or the last [`reset_calls`](Self::reset_calls), oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.calls(Service::Nexudus).all()
    }

    /// How many calls [`calls`](Self::calls) would list.
    pub fn call_count(&self) -> usize {
        self.shared.calls(Service::Nexudus).len()
    }

    /// Forgets the calls so far.
    pub fn reset_calls(&self) {
        self.shared.calls(Service::Nexudus).clear();
    }

    /// Changes a booking in place; false where there is none.
    pub fn edit_booking(&self, id: i64, edit: impl FnOnce(&mut Booking)) -> bool {
        self.edit(Entity::Bookings, |state| &mut state.bookings, id, edit)
    }

    /// Changes a coworker in place; false where there is none.
    pub fn edit_coworker(&self, id: i64, edit: impl FnOnce(&mut Coworker)) -> bool {
        self.edit(Entity::Coworkers, |state| &mut state.coworkers, id, edit)
    }

    /// Changes a contract in place; false where there is none.
    pub fn edit_contract(&self, id: i64, edit: impl FnOnce(&mut Contract)) -> bool {
        self.edit(Entity::Contracts, |state| &mut state.contracts, id, edit)
    }

    /// Changes a team in place; false where there is none.
    pub fn edit_team(&self, id: i64, edit: impl FnOnce(&mut Team)) -> bool {
        self.edit(Entity::Teams, |state| &mut state.teams, id, edit)
    }

    fn edit<T: Clone>(
        &self,
        entity: Entity,
        table: impl Fn(&mut NexudusState) -> &mut Table<T>,
        id: i64,
        edit: impl FnOnce(&mut T),
    ) -> bool {
        let now = self.shared.clock.now();
        {
            let mut state = self.shared.nexudus();
            let Some(mut row) = table(&mut state).get(id).cloned() else {
                return false;
            };
            edit(&mut row);
            table(&mut state).put(id, row, now);
            state.changed(entity, id, Change::Updated, now);
        }
        self.shared.post();
        true
    }

    /// Cancels a booking: it leaves the bookings and leaves a snapshot, under an id of its own,
    /// among the cancelled ones. The snapshot's id, or `None` where there is no such booking.
    pub fn cancel_booking(&self, id: i64) -> Option<i64> {
        let now = self.shared.clock.now();
        let snapshot = self.shared.nexudus().cancel(id, 1, now);
        self.shared.post();
        snapshot
    }

    /// What webhooks are signed with, in `X-Nexudus-Hook-Signature`; without a secret they are not
    /// signed. `sandbox-hook-secret` unless set.
    pub fn set_webhook_secret(&self, secret: Option<&str>) {
        self.shared.nexudus().hook_secret = secret.map(str::to_owned);
    }

    /// Whether the signature is of the raw bytes instead of the text turned into ASCII, which makes
    /// a difference for names such as Núñez.
    pub fn set_webhook_signs_raw_bytes(&self, raw: bool) {
        self.shared.nexudus().hook_signs_raw_bytes = raw;
    }

    /// Takes away, or gives back, the roles for one entity by its path segment, such as
    /// `coworkercontracts`. Without roles every call for it answers 401.
    pub fn set_denied(&self, entity: &str, denied: bool) {
        let mut state = self.shared.nexudus();
        if denied {
            state.denied.insert(entity.to_owned());
        } else {
            state.denied.remove(entity);
        }
    }
}

impl fmt::Debug for Nexudus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nexudus")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}
