//! Mobile passes: invitations, allotments, wallet passes.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::credentials::MOBILE_PASS;
use super::paging::{conditions, page};
use super::rows_access::{Assignment, Credential, Invitation};
use super::state::BrivoState;
use super::users::not_found as no_user;
use super::{body_object, error, path_id};
use crate::http::{Reply, Request};
use crate::json::Object;
use crate::world::hash;

const LANGUAGES: [&str; 6] = ["en", "fr", "es", "nl", "de", "sv"];

fn millis(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn shape(invitation: &Invitation, now: DateTime<Utc>, with_credential: bool) -> Object {
    let mut row = Object::with_capacity(9);
    row.set("id", invitation.id);
    row.set("referenceId", invitation.reference_id.as_str());
    if with_credential {
        row.set("credentialId", invitation.credential_id);
    }
    row.set("accessCode", invitation.access_code.as_str());
    row.set("created", millis(invitation.created));
    row.set("expiration", millis(invitation.expiration));
    row.set("status", invitation.status(now));
    row.set("nfcEnabled", invitation.nfc_enabled);
    row.some("cancelDate", invitation.cancelled.map(millis));
    row
}

fn user(state: &BrivoState, request: &Request) -> Result<i64, Reply> {
    let id = path_id(request, 1, "user")?;
    state
        .users
        .contains_key(&id)
        .then_some(id)
        .ok_or_else(no_user)
}

pub(super) fn invite(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let user = user(state, request)?;
    let body = body_object(request)?;
    let reference = body.get("referenceId").and_then(Value::as_str);
    let reference = reference
        .filter(|text| !text.trim().is_empty())
        .ok_or_else(|| error(400, "Reference ID is required"))?;
    let flag = |name: &str| match request.param(name) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(error(400, &format!("Invalid value for {name}"))),
    };
    flag("sendInvitationEmail")?;
    let nfc = flag("nfcEnabled")?;
    if request
        .param("language")
        .is_some_and(|language| !LANGUAGES.contains(&language))
    {
        return Err(error(400, "Invalid value for language"));
    }
    let row = state.invite(user, reference, nfc, request.now)?;
    Ok(Reply::json(200, row))
}

impl BrivoState {
    /// A mobile pass and the invitation to it; 409 while another is pending, 412 without passes
    /// left.
    pub(super) fn invite(
        &mut self,
        user: i64,
        reference: &str,
        nfc_enabled: bool,
        now: DateTime<Utc>,
    ) -> Result<Value, Reply> {
        let mut known = self.invitations.get(&user).into_iter().flatten();
        if known.any(|invitation| invitation.status(now) == "PENDING") {
            return Err(error(409, "A pending invitation already exists"));
        }
        if self.passes_assigned(now) >= self.allotted {
            return Err(error(412, "No digital credentials are left"));
        }
        let credential_id = self.take_credential_id();
        let held = Assignment {
            user_id: user,
            from: now,
            to: None,
        };
        self.credentials.insert(
            credential_id,
            Credential {
                id: credential_id,
                format_id: MOBILE_PASS,
                reference_id: Some(reference.to_owned()),
                encoded: None,
                fields: Vec::new(),
                size: None,
                assignment: None,
                redeemed: false,
                wallet_pass: false,
            },
        );
        self.assign(credential_id, held);
        let id = credential_id % 10_000_000;
        let n = u64::try_from(id).unwrap_or_default();
        let invitation = Invitation {
            id,
            reference_id: reference.to_owned(),
            credential_id,
            access_code: format!("{:08x}", hash(&[b"access-code"], n) >> 32),
            created: now,
            expiration: now
                .checked_add_signed(TimeDelta::try_days(3).unwrap_or_default())
                .unwrap_or(now),
            redeemed: None,
            cancelled: None,
            nfc_enabled,
        };
        let row = shape(&invitation, now, true).into();
        self.invitations.entry(user).or_default().push(invitation);
        self.audit(now, "credential", credential_id, "Digital invitation sent");
        Ok(row)
    }

    /// Pending and redeemed passes.
    pub(super) fn passes_assigned(&self, now: DateTime<Utc>) -> i64 {
        let all = self.invitations.values().flatten();
        let live = all.filter(|i| match i.status(now) {
            "PENDING" => true,
            "REDEEMED" => self
                .credentials
                .get(&i.credential_id)
                .is_some_and(|c| c.assignment.is_some()),
            _ => false,
        });
        i64::try_from(live.count()).unwrap_or(i64::MAX)
    }

    /// The holder redeems the pending invitation: from now on the pass opens doors.
    pub(super) fn redeem(&mut self, user: i64, now: DateTime<Utc>) -> Option<i64> {
        let mut all = self.invitations.get_mut(&user).into_iter().flatten();
        let pending = all.find(|invitation| invitation.status(now) == "PENDING")?;
        pending.redeemed = Some(now);
        let id = pending.credential_id;
        self.credentials.get_mut(&id)?.redeemed = true;
        Some(id)
    }

    /// The pending invitation, cancelled; its pass is gone.
    pub(super) fn cancel_invitation(&mut self, user: i64, now: DateTime<Utc>) -> Option<Value> {
        let mut all = self.invitations.get_mut(&user).into_iter().flatten();
        let pending = all.find(|invitation| invitation.status(now) == "PENDING")?;
        pending.cancelled = Some(now);
        let row = shape(pending, now, true).into();
        let id = pending.credential_id;
        self.unassign(id);
        self.credentials.remove(&id);
        Some(row)
    }
}

/// Pending ones unless the filter asks for others.
pub(super) fn list(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let user = user(state, request)?;
    let filters = conditions(request, &[("status", &["eq"])])?;
    let wanted = filters
        .first()
        .and_then(|filter| filter.values.first())
        .map_or("pending", String::as_str);
    if !["pending", "redeemed", "expired", "cancelled", "all"].contains(&wanted) {
        return Err(error(400, "Invalid filter was provided"));
    }
    let now = request.now;
    let rows: Vec<&Invitation> = state
        .invitations
        .get(&user)
        .into_iter()
        .flatten()
        .filter(|i| wanted == "all" || i.status(now).eq_ignore_ascii_case(wanted))
        .collect();
    page(request, rows, |invitation| shape(invitation, now, false))
}

pub(super) fn cancel(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let user = user(state, request)?;
    let row = state
        .cancel_invitation(user, request.now)
        .ok_or_else(|| error(404, "Requested invitation not found"))?;
    Ok(Reply::json(200, row))
}

pub(super) fn allotment(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let assigned = state.passes_assigned(request.now);
    Ok(Reply::json(
        200,
        json!({"allotted": state.allotted, "assigned": assigned}),
    ))
}

/// No locks of Allegion's here, and so no passes for them.
pub(super) fn allegion(_: &mut BrivoState, _: &Request) -> Result<Reply, Reply> {
    Ok(Reply::json(200, json!({"allotted": 0, "assigned": 0})))
}

/// Wallet passes for mobile passes that have been redeemed; the others come back not updated.
pub(super) fn wallet(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let on = match request.param("nfcEnabled") {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(error(400, "Invalid value for nfcEnabled")),
    };
    let body = body_object(request)?;
    let rows = body.get("bmpCredentials").and_then(Value::as_array);
    let rows = rows.ok_or_else(|| error(400, "bmpCredentials is required"))?;
    let answers: Vec<Value> = rows
        .iter()
        .map(|row| {
            let number = |key: &str| row.get(key).and_then(Value::as_i64);
            let user = number("userId");
            let id = number("accessCredentialId");
            let pass = id.and_then(|id| state.credentials.get_mut(&id));
            let pass = pass.filter(|c| {
                let holder = c.assignment.as_ref().map(|held| held.user_id);
                c.format_id == MOBILE_PASS && c.redeemed && holder.is_some() && holder == user
            });
            let updated = match pass {
                Some(pass) => {
                    pass.wallet_pass = on;
                    true
                }
                None => false,
            };
            json!({
                "userId": user,
                "accessCredentialId": id,
                "referenceId": row.get("referenceId"),
                "updated": updated,
            })
        })
        .collect();
    Ok(Reply::json(200, json!({"bmpCredentials": answers})))
}
