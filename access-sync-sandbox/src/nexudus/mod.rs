//! Nexudus: `{base_url}/token` for bearer tokens (Basic works as well), entities below
//! `{base_url}/{spaces|billing|sys}`.

mod auth;
mod entity;
mod handle;
mod list;
mod rows;
mod shapes;
mod shapes_more;
mod state;
mod write;

pub use handle::Nexudus;
pub use rows::{
    Booking, BookingVisitor, Business, CancelledBooking, Contract, Coworker, CoworkerTimePass,
    Desk, NexudusCredentials, PausedPeriod, Resource, ResourceType, Tariff, Team, TimePass,
    Visitor,
};
pub(crate) use state::NexudusState;

use self::entity::Entity;
use crate::http::{Reply, Request};
use crate::sandbox::Shared;

/// What a path below `/api` means.
enum Route {
    Token,
    List(Entity),
    Batch(Entity),
    Get(Entity, String),
    Write(Entity),
    Delete(Entity, String),
}

fn route(request: &Request) -> Option<Route> {
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    let method = request.method.as_str();
    match (method, segments.as_slice()) {
        ("POST", ["api", "token"]) => Some(Route::Token),
        ("GET", ["api", group, path]) => {
            let entity = Entity::find(group, path)?;
            let batch = request
                .param("id")
                .is_some_and(|value| value.trim_start().starts_with('['));
            Some(if batch {
                Route::Batch(entity)
            } else {
                Route::List(entity)
            })
        }
        ("GET", ["api", group, path, id]) => {
            Some(Route::Get(Entity::find(group, path)?, (*id).to_owned()))
        }
        ("POST" | "PUT", ["api", group, path]) => Some(Route::Write(Entity::find(group, path)?)),
        ("DELETE", ["api", group, path, id]) => {
            Some(Route::Delete(Entity::find(group, path)?, (*id).to_owned()))
        }
        _ => None,
    }
}

/// The operation's name, for the call log and for faults.
pub(crate) fn operation(request: &Request) -> String {
    let path = |entity: Entity| format!("/{}/{}", entity.group(), entity.path());
    match route(request) {
        None => "unknown".to_owned(),
        Some(Route::Token) => "POST /token".to_owned(),
        Some(Route::List(entity)) => format!("GET {}", path(entity)),
        Some(Route::Batch(entity)) => format!("GET {}?id=[]", path(entity)),
        Some(Route::Get(entity, _)) => format!("GET {}/{{id}}", path(entity)),
        Some(Route::Write(entity)) => format!("{} {}", request.method, path(entity)),
        Some(Route::Delete(entity, _)) => format!("DELETE {}/{{id}}", path(entity)),
    }
}

/// All operations served.
pub(crate) fn operations() -> impl Iterator<Item = String> {
    Entity::ALL.into_iter().flat_map(|entity| {
        let path = format!("/{}/{}", entity.group(), entity.path());
        [
            format!("GET {path}"),
            format!("GET {path}?id=[]"),
            format!("GET {path}/{{id}}"),
        ]
    })
}

/// The answer, and whether the call counts against the limits.
pub(crate) fn serve(shared: &Shared, request: &Request) -> (Reply, bool) {
    let mut state = shared.nexudus();
    let Some(route) = route(request) else {
        return (Reply::empty(404), false);
    };
    let now = request.now;
    if let Some(limit) = shared.limits.nexudus_per_minute {
        if state.minute.count(now) >= limit {
            let wait = u32::try_from(state.minute.reset_seconds(now)).unwrap_or(60);
            return (throttled(wait), true);
        }
        state.minute.push(now);
    }
    if let Route::Token = route {
        return (auth::token(&mut state, request), true);
    }
    // A missing login and a missing role look the same.
    if !auth::signed_in(&state, request) || state.denied.contains(route.path()) {
        return (Reply::empty(401), true);
    }
    let reply = match route {
        Route::Token => Reply::empty(404),
        Route::List(entity) => list::list(&state, request, entity),
        Route::Batch(entity) => list::batch(&state, request, entity),
        Route::Get(entity, id) => {
            let id = id.parse().ok();
            match id.and_then(|id| entity.full(&state, id, now)) {
                Some(record) => Reply::json(200, record),
                None => Reply::empty(404),
            }
        }
        Route::Write(Entity::Bookings) => write::booking(&mut state, request),
        Route::Write(Entity::Coworkers) if request.method == "PUT" => {
            write::coworker(&mut state, request)
        }
        Route::Write(_) => Reply::empty(405),
        Route::Delete(Entity::Bookings, id) => write::delete_booking(&mut state, request, &id),
        Route::Delete(_, _) => Reply::empty(405),
    };
    (reply, true)
}

impl Route {
    fn path(&self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::List(entity)
            | Self::Batch(entity)
            | Self::Get(entity, _)
            | Self::Write(entity)
            | Self::Delete(entity, _) => entity.path(),
        }
    }
}

/// A rule of the business says no, inside HTTP 200.
pub(crate) fn refusal(request: &Request) -> Reply {
    write::refused(request, "The request could not be completed.")
}

/// Throttling is 409 with an empty body.
pub(crate) fn throttled(retry_after_secs: u32) -> Reply {
    Reply::empty(409)
        .header("Retry-After", retry_after_secs.to_string())
        .header("Cache-Control", "no-cache")
}
