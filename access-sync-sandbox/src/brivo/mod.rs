//! Brivo Access: OAuth on `{auth_url}/oauth/token`, resources on `{api_url}` (`/v1/api`).

mod auth;
mod doors;
mod groups;
mod handle;
mod paging;
mod rows;
mod state;
mod users;

pub use handle::Brivo;
pub use rows::{
    AccessPoint, BrivoCredentials, BrivoSnapshot, Contact, CustomField, Group, NewUser, Schedule,
    Site, User, UserRef,
};
pub(crate) use state::{ALWAYS, BrivoState};

use serde_json::{Value, json};

use crate::http::{Reply, Request};
use crate::sandbox::Shared;

type Handler = fn(&mut BrivoState, &Request) -> Result<Reply, Reply>;

/// The operation's name, for the call log and for faults.
pub(crate) fn operation(request: &Request) -> String {
    let name = match segments(request).as_slice() {
        ["oauth", "token"] if request.method == "POST" => "POST /oauth/token",
        ["oauth", "authorize"] if request.method == "GET" => "GET /oauth/authorize",
        ["v1", "api", path @ ..] => {
            route(&request.method, path).map_or("unknown", |(name, _)| name)
        }
        _ => "unknown",
    };
    name.to_owned()
}

/// The answer, and whether the call counts against the quota.
pub(crate) fn serve(shared: &Shared, request: &Request) -> (Reply, bool) {
    let mut state = shared.brivo();
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
        .and_then(|()| content_type(request))
        .and_then(|()| handler(state, request));
    (reply.unwrap_or_else(|error| error), true)
}

/// Operations below `/v1/api`. Segment 0 of the path is segment 2 of the request.
fn route(method: &str, path: &[&str]) -> Option<(&'static str, Handler)> {
    let found: (&'static str, Handler) = match (method, path) {
        ("GET", ["users"]) => ("GET /users", users::list),
        ("POST", ["users"]) => ("POST /users", users::create),
        ("GET", ["users", _]) => ("GET /users/{id}", users::get),
        ("PUT", ["users", _]) => ("PUT /users/{id}", users::replace),
        ("PATCH", ["users", _]) => ("PATCH /users/{id}", users::patch),
        ("DELETE", ["users", _]) => ("DELETE /users/{id}", users::delete),
        ("GET", ["users", _, "external"]) => {
            ("GET /users/{externalId}/external", users::get_external)
        }
        ("GET", ["users", _, "suspended"]) => ("GET /users/{id}/suspended", users::get_suspended),
        ("PUT", ["users", _, "suspended"]) => ("PUT /users/{id}/suspended", users::set_suspended),
        ("GET", ["users", _, "groups"]) => ("GET /users/{id}/groups", users::groups),
        ("POST", ["users", _, "groups"]) => ("POST /users/{id}/groups", users::change_groups),
        ("GET", ["users", _, "credentials"]) => ("GET /users/{id}/credentials", users::credentials),
        ("GET", ["users", _, "custom-fields"]) => {
            ("GET /users/{id}/custom-fields", users::custom_fields)
        }
        ("PUT", ["users", _, "custom-fields", _]) => (
            "PUT /users/{id}/custom-fields/{customFieldId}",
            users::set_custom_field,
        ),
        ("DELETE", ["users", _, "custom-fields", _]) => (
            "DELETE /users/{id}/custom-fields/{customFieldId}",
            users::clear_custom_field,
        ),
        ("GET", ["groups"]) => ("GET /groups", groups::list),
        ("POST", ["groups"]) => ("POST /groups", groups::create),
        ("GET", ["groups", _]) => ("GET /groups/{id}", groups::get),
        ("PUT", ["groups", _]) => ("PUT /groups/{id}", groups::update),
        ("DELETE", ["groups", _]) => ("DELETE /groups/{id}", groups::delete),
        ("GET", ["groups", _, "users"]) => ("GET /groups/{id}/users", groups::members),
        ("PUT", ["groups", _, "users", _]) => {
            ("PUT /groups/{id}/users/{userId}", groups::add_member)
        }
        ("DELETE", ["groups", _, "users", _]) => {
            ("DELETE /groups/{id}/users/{userId}", groups::remove_member)
        }
        ("GET", ["groups", _, "access", "access-points"]) => (
            "GET /groups/{id}/access/access-points",
            groups::access_points,
        ),
        ("PUT", ["groups", _, "access", "access-points", _]) => (
            "PUT /groups/{id}/access/access-points/{accessPointId}",
            groups::permit,
        ),
        ("DELETE", ["groups", _, "access", "access-points", _]) => (
            "DELETE /groups/{id}/access/access-points/{accessPointId}",
            groups::forbid,
        ),
        ("GET", ["sites"]) => ("GET /sites", doors::sites),
        ("GET", ["sites", _]) => ("GET /sites/{id}", doors::site),
        ("GET", ["sites", _, "access-points"]) => {
            ("GET /sites/{id}/access-points", doors::site_access_points)
        }
        ("GET", ["access-points"]) => ("GET /access-points", doors::access_points),
        ("GET", ["access-points", _]) => ("GET /access-points/{id}", doors::access_point),
        ("GET", ["custom-fields"]) => ("GET /custom-fields", doors::custom_fields),
        ("GET", ["administrators", "whoami"]) => ("GET /administrators/whoami", doors::whoami),
        _ => return None,
    };
    Some(found)
}

fn content_type(request: &Request) -> Result<(), Reply> {
    if request.body.is_empty() || request.is_content_type("application/json") {
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
