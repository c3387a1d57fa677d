//! Brivo Access: OAuth on `{auth_url}/oauth/token`, resources on `{api_url}` (`/v1/api`).

mod access;
mod account;
mod administrators;
mod auth;
mod credentials;
mod digital;
mod doors;
mod draft;
mod events;
mod groups;
mod guests;
mod handle;
mod memberships;
mod paging;
mod panels;
mod photos;
mod routes;
mod rows;
mod rows_access;
mod schedules;
mod special_credentials;
mod state;
mod subscriptions;
mod users;

pub use handle::Brivo;
pub(crate) use routes::operations;
pub use rows::{
    AccessPoint, BrivoCredentials, BrivoSnapshot, Contact, CustomField, Group, NewUser, Site, User,
    UserRef,
};
pub use rows_access::{
    Assignment, Block, ControlPanel, Credential, DoorOverride, Holiday, Invitation, Recurrence,
    Schedule, ScheduleException,
};
pub(crate) use state::{ALWAYS, BrivoState};

use serde_json::{Value, json};

use self::routes::route;
use crate::http::{Reply, Request};
use crate::sandbox::Shared;

type Handler = fn(&mut BrivoState, &Request) -> Result<Reply, Reply>;

/// The operation's name, for the call log and for faults.
pub(crate) fn operation(request: &Request) -> String {
    let known = match segments(request).as_slice() {
        ["oauth", "token"] if request.method == "POST" => Some("oauth/token"),
        ["oauth", "authorize"] if request.method == "GET" => Some("oauth/authorize"),
        ["v1", "api", path @ ..] => route(&request.method, path).map(|(pattern, _)| pattern),
        _ => None,
    };
    known.map_or_else(
        || "unknown".to_owned(),
        |pattern| format!("{} /{pattern}", request.method),
    )
}

/// The answer, and whether the call counts against the quota.
pub(crate) fn serve(shared: &Shared, request: &Request) -> (Reply, bool) {
    let mut state = shared.brivo();
    state.variants = request.variants;
    match segments(request).as_slice() {
        ["oauth", "token"] if request.method == "POST" => (auth::token(&mut state, request), false),
        ["oauth", "authorize"] if request.method == "GET" => {
            (auth::authorize(&mut state, request), false)
        }
        ["v1", "api", path @ ..] => match route(&request.method, path) {
            Some((_, handler)) => api(shared, &mut state, request, handler),
            None => (not_mapped(), false),
        },
        _ => (not_mapped(), false),
    }
}

fn segments(request: &Request) -> Vec<&str> {
    request.segments.iter().map(String::as_str).collect()
}

/// The gateway first (key, limits), then the application (token, body, operation).
fn api(
    shared: &Shared,
    state: &mut BrivoState,
    request: &Request,
    handler: Handler,
) -> (Reply, bool) {
    if request.header("api-key") != Some(handle::API_KEY) {
        let reply = Reply::text(403, "text/xml", "<h1>Developer Inactive</h1>")
            .header("X-Mashery-Error-Code", "ERR_403_DEVELOPER_INACTIVE");
        return (reply, false);
    }
    let now = request.now;
    state.month.push(now);
    if shared
        .limits
        .brivo_per_30_days
        .is_some_and(|quota| state.month.count(now) > quota)
    {
        return (over_rate(state.month.reset_seconds(now)), true);
    }
    if shared
        .limits
        .brivo_per_second
        .is_some_and(|limit| state.second.count(now) >= limit)
    {
        return (over_qps(1), true);
    }
    state.second.push(now);
    let reply = auth::check(state, request)
        .map(|caller| state.caller = caller)
        .and_then(|()| content_type(request))
        .and_then(|()| handler(state, request));
    (reply.unwrap_or_else(|error| error), true)
}

fn content_type(request: &Request) -> Result<(), Reply> {
    // The one body that is no JSON: a photo.
    let photo = request.segments.last().is_some_and(|last| last == "photo")
        && request.is_content_type("multipart/form-data");
    if request.body.is_empty() || photo || request.is_content_type("application/json") {
        return Ok(());
    }
    Err(error(415, "Content type is not supported"))
}

pub(super) fn error(status: u16, message: &str) -> Reply {
    Reply::json(status, json!({"code": status, "message": message}))
}

/// The id in segment `index` of the path below `/v1/api`; 404 where it is no number.
fn path_id(request: &Request, index: usize, what: &str) -> Result<i64, Reply> {
    let text = request.segment(index + 2);
    text.parse()
        .map_err(|_| error(404, &format!("Requested {what} not found")))
}

fn body_object(request: &Request) -> Result<Value, Reply> {
    request
        .json()
        .filter(Value::is_object)
        .ok_or_else(|| error(400, "Request body could not be read"))
}

fn not_mapped() -> Reply {
    Reply::text(596, "text/xml", "<h1>596 Service Not Found</h1>")
}

/// Mashery's answer beyond the calls per second.
pub(crate) fn over_qps(retry_after_secs: u32) -> Reply {
    Reply::text(403, "text/xml", "<h1>Developer Over Qps</h1>")
        .header("Retry-After", retry_after_secs.to_string())
        .header(
            "X-Error-Detail-Header",
            "Account Over Queries Per Second Limit",
        )
        .header("X-Mashery-Error-Code", "ERR_403_DEVELOPER_OVER_QPS")
}

fn over_rate(retry_after_secs: i64) -> Reply {
    Reply::text(403, "text/xml", "<h1>Developer Over Rate</h1>")
        .header("Retry-After", retry_after_secs.to_string())
        .header("X-Error-Detail-Header", "Account Over Rate Limit")
        .header("X-Mashery-Error-Code", "ERR_403_DEVELOPER_OVER_RATE")
}
