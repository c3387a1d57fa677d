//! Which operation a method and a path below `/v1/api` mean.

use super::{
    Handler, account, administrators, credentials, digital, doors, events, groups, guests,
    memberships, panels, photos, schedules, special_credentials, subscriptions, users,
};

type Route = (&'static str, &'static str, Handler);

/// Method and path; `{…}` stands for any one segment. Fixed segments come before open ones.
const ROUTES: &[Route] = &[
    ("GET", "users", users::list),
    ("POST", "users", users::create),
    (
        "POST",
        "users/credentials/brivo-wallet-pass",
        digital::wallet,
    ),
    ("GET", "users/{id}", users::get),
    ("PUT", "users/{id}", users::replace),
    ("PATCH", "users/{id}", users::patch),
    ("DELETE", "users/{id}", users::delete),
    ("GET", "users/{externalId}/external", users::get_external),
    ("GET", "users/{id}/suspended", users::get_suspended),
    ("PUT", "users/{id}/suspended", users::set_suspended),
    ("POST", "users/{id}/revoke-credentials", credentials::revoke),
    ("GET", "users/{id}/groups", memberships::groups),
    ("POST", "users/{id}/groups", memberships::change_groups),
    ("GET", "users/{id}/credentials", credentials::of_user),
    (
        "GET",
        "users/{id}/credentials/digital-invitations",
        digital::list,
    ),
    (
        "POST",
        "users/{id}/credentials/digital-invitations",
        digital::invite,
    ),
    (
        "DELETE",
        "users/{id}/credentials/digital-invitations",
        digital::cancel,
    ),
    (
        "PUT",
        "users/{id}/credentials/{credentialId}",
        credentials::assign,
    ),
    (
        "DELETE",
        "users/{id}/credentials/{credentialId}",
        credentials::unassign,
    ),
    (
        "GET",
        "users/{id}/custom-fields",
        memberships::custom_fields,
    ),
    (
        "PUT",
        "users/{id}/custom-fields/{customFieldId}",
        memberships::set_custom_field,
    ),
    (
        "DELETE",
        "users/{id}/custom-fields/{customFieldId}",
        memberships::clear_custom_field,
    ),
    ("GET", "users/{id}/photo", photos::get),
    ("POST", "users/{id}/photo", photos::set),
    ("DELETE", "users/{id}/photo", photos::delete),
    ("GET", "groups", groups::list),
    ("POST", "groups", groups::create),
    ("GET", "groups/{id}", groups::get),
    ("PUT", "groups/{id}", groups::update),
    ("DELETE", "groups/{id}", groups::delete),
    ("GET", "groups/{id}/users", groups::members),
    ("PUT", "groups/{id}/users/{userId}", groups::add_member),
    (
        "DELETE",
        "groups/{id}/users/{userId}",
        groups::remove_member,
    ),
    (
        "GET",
        "groups/{id}/access/access-points",
        groups::access_points,
    ),
    (
        "PUT",
        "groups/{id}/access/access-points/{accessPointId}",
        groups::permit,
    ),
    (
        "DELETE",
        "groups/{id}/access/access-points/{accessPointId}",
        groups::forbid,
    ),
    ("GET", "schedules", schedules::list),
    ("POST", "schedules", schedules::create),
    ("POST", "schedules/change-state/{id}", panels::hold),
    ("DELETE", "schedules/change-state/{id}", panels::release),
    ("GET", "schedules/{id}", schedules::get),
    ("PUT", "schedules/{id}", schedules::replace),
    ("DELETE", "schedules/{id}", schedules::delete),
    ("GET", "holidays", schedules::holidays),
    ("GET", "holidays/{id}", schedules::get_holiday),
    ("PUT", "holidays/{id}", schedules::replace_holiday),
    ("DELETE", "holidays/{id}", schedules::delete_holiday),
    ("GET", "credentials", credentials::list),
    ("POST", "credentials", credentials::create),
    ("GET", "credentials/formats", credentials::formats),
    ("GET", "credentials/digital/allotment", digital::allotment),
    (
        "GET",
        "credentials/digital/allegion-allotment",
        digital::allegion,
    ),
    ("GET", "credentials/{id}", credentials::get),
    ("DELETE", "credentials/{id}", credentials::delete),
    ("GET", "credentials/{id}/user", credentials::holder),
    (
        "POST",
        "credentials/createAndAssignFaceprintCredential/{userId}",
        special_credentials::create_face,
    ),
    (
        "PUT",
        "credentials/updateFaceprintCredentialDates/{userId}",
        special_credentials::face_dates,
    ),
    (
        "DELETE",
        "credentials/deleteFaceprintCredential/{userId}",
        special_credentials::delete_face,
    ),
    (
        "POST",
        "credentials/createAndAssignEELPRCredential/{userId}",
        special_credentials::create_plate,
    ),
    (
        "DELETE",
        "credentials/{userId}/unassignAndDeleteEELPRCredential/{credentialId}",
        special_credentials::delete_plate,
    ),
    (
        "POST",
        "brivo-visitor/create-and-assign-visitor-user",
        guests::create,
    ),
    ("DELETE", "brivo-visitor/{id}", guests::delete),
    (
        "POST",
        "brivo-visitor/{id}/credentials/digital-invitation",
        guests::invite,
    ),
    ("GET", "sites", doors::sites),
    ("GET", "sites/root", doors::sites),
    ("GET", "sites/{id}", doors::site),
    ("GET", "sites/{id}/access-points", doors::site_access_points),
    ("GET", "sites/{id}/groups", doors::site_groups),
    ("GET", "access-points", doors::access_points),
    ("GET", "access-points/{id}", doors::access_point),
    ("POST", "access-points/{id}/activate", panels::activate),
    ("POST", "access-points/{id}/unlock", panels::unlock),
    (
        "POST",
        "access-points/{id}/activateElevator",
        panels::elevator,
    ),
    ("GET", "access-points/{id}/groups", panels::groups),
    ("GET", "device-status/{id}", panels::status),
    ("GET", "events/access", events::access),
    ("GET", "events/audit", events::audits),
    ("GET", "events/counts/access", events::count_access),
    ("GET", "events/counts/audit", events::count_audits),
    ("GET", "event-subscriptions", subscriptions::list),
    ("POST", "event-subscriptions", subscriptions::create),
    ("GET", "event-subscriptions/{id}", subscriptions::get),
    ("PUT", "event-subscriptions/{id}", subscriptions::replace),
    ("DELETE", "event-subscriptions/{id}", subscriptions::delete),
    ("GET", "accounts", account::list),
    ("GET", "accounts/summary", account::summary),
    ("GET", "accounts/{id}", account::get),
    ("PUT", "accounts/{id}", account::replace),
    (
        "GET",
        "accounts/{id}/administrators",
        administrators::of_account,
    ),
    ("GET", "accounts/{id}/features", account::features),
    ("GET", "accounts/{id}/settings", account::settings),
    (
        "PUT",
        "accounts/{id}/settings/{settingId}",
        account::set_setting,
    ),
    ("GET", "time", account::time),
    ("GET", "control-panels", panels::list),
    ("GET", "control-panels/{id}", panels::get),
    ("GET", "control-panels/{id}/firmware", panels::firmware),
    (
        "POST",
        "control-panels/{id}/firmware",
        panels::update_firmware,
    ),
    ("GET", "custom-fields", account::fields),
    ("POST", "custom-fields", account::create_field),
    ("GET", "custom-fields/{id}", account::get_field),
    ("PUT", "custom-fields/{id}", account::replace_field),
    ("DELETE", "custom-fields/{id}", account::delete_field),
    ("GET", "administrators", administrators::list),
    ("POST", "administrators", administrators::create),
    (
        "POST",
        "administrators/username/check",
        administrators::check_username,
    ),
    ("GET", "administrators/whoami", administrators::whoami),
    ("GET", "administrators/{id}", administrators::get),
    ("PUT", "administrators/{id}", administrators::replace),
    ("DELETE", "administrators/{id}", administrators::delete),
    ("GET", "administrators/{id}/login", administrators::login),
    (
        "POST",
        "administrators/{id}/login",
        administrators::change_login,
    ),
];

/// All operations served, as `METHOD /path`.
pub(crate) fn operations() -> impl Iterator<Item = String> {
    let routes = ROUTES.iter();
    routes.map(|(method, path, _)| format!("{method} /{path}"))
}

/// The operation's path pattern and what does it.
pub(super) fn route(method: &str, path: &[&str]) -> Option<(&'static str, Handler)> {
    let mut routes = ROUTES.iter();
    let found = routes.find(|(of, pattern, _)| *of == method && matches(pattern, path));
    found.map(|(_, pattern, handler)| (*pattern, *handler))
}

fn matches(pattern: &str, path: &[&str]) -> bool {
    let mut left = path.iter();
    pattern.split('/').all(|part| match left.next() {
        Some(segment) => part.starts_with('{') || part == *segment,
        None => false,
    }) && left.next().is_none()
}
