//! Nexudus: `{base_url}/token` for bearer tokens (Basic works as well), entities below
//! `{base_url}/{spaces|billing|sys}`.

mod actions;
mod auth;
mod documents;
mod entity;
mod handle;
mod list;
mod rows;
mod shapes;
mod state;
mod write;
mod write_more;

pub(crate) use actions::News;
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
    Commands(Entity),
    RunCommand(Entity),
    Enums,
}

fn route(request: &Request) -> Option<Route> {
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    let method = request.method.as_str();
    match (method, segments.as_slice()) {
        ("POST", ["api", "token"]) => Some(Route::Token),
        ("GET", ["api", "utils", "enums"]) => Some(Route::Enums),
        ("GET", ["api", group, path, "commands"]) => {
            Some(Route::Commands(Entity::find(group, path)?))
        }
        ("POST", ["api", group, path, "runcommand"]) => {
            Some(Route::RunCommand(Entity::find(group, path)?))
        }
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
        Some(Route::Commands(entity)) => format!("GET {}/commands", path(entity)),
        Some(Route::RunCommand(entity)) => format!("POST {}/runcommand", path(entity)),
        Some(Route::Enums) => "GET /utils/enums".to_owned(),
    }
}

/// All operations served.
pub(crate) fn operations() -> impl Iterator<Item = String> {
    let entities = Entity::ALL.into_iter().flat_map(|entity| {
        let path = format!("/{}/{}", entity.group(), entity.path());
        let mut rows = vec![
            format!("GET {path}"),
            format!("GET {path}?id=[]"),
            format!("GET {path}/{{id}}"),
            format!("GET {path}/commands"),
            format!("POST {path}/runcommand"),
        ];
        if entity != Entity::CancelledBookings {
            rows.push(format!("PUT {path}"));
            if entity != Entity::Businesses {
                rows.push(format!("POST {path}"));
            }
        }
        if entity.deletable() {
            rows.push(format!("DELETE {path}/{{id}}"));
        }
        rows
    });
    ["POST /token".to_owned(), "GET /utils/enums".to_owned()]
        .into_iter()
        .chain(entities)
}

/// The answer, and whether the call counts against the limits.
pub(crate) fn serve(shared: &Shared, request: &Request) -> (Reply, bool) {
    let mut state = shared.nexudus();
    state.variants = request.variants;
    let Some(route) = route(request) else {
        return (Reply::empty(404), false);
    };
    let now = request.now;
    let write = request.method != "GET" && !matches!(route, Route::Token);
    if let Err(wait) = state.windows.count(&shared.limits, write, now) {
        return (throttled(u32::try_from(wait).unwrap_or(60)), true);
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
        Route::Write(entity) => {
            write_more::record(&mut state, request, entity).unwrap_or_else(|reply| reply)
        }
        Route::Delete(Entity::Bookings, id) => write::delete_booking(&mut state, request, &id),
        Route::Delete(entity, id) => write_more::delete(&mut state, request, entity, &id),
        Route::Commands(entity) => Reply::json(200, documents::commands(entity)),
        Route::RunCommand(entity) => write_more::command(&mut state, request, entity),
        Route::Enums => {
            let name = request.param("name").unwrap_or_default();
            match documents::enumeration(name) {
                Some(rows) => Reply::json(200, rows),
                None => Reply::empty(404),
            }
        }
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
            | Self::Commands(entity)
            | Self::RunCommand(entity)
            | Self::Delete(entity, _) => entity.path(),
            Self::Enums => "enums",
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
