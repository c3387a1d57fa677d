//! Credentials that are nobody's card: faces, and licence plates read by cameras.

use serde_json::{Value, json};

use super::credentials::{FACE, PLATE, dates};
use super::rows_access::{Assignment, Credential};
use super::state::BrivoState;
use super::users::not_found as no_user;
use super::{body_object, error, path_id};
use crate::http::{Reply, Request};

fn user(state: &BrivoState, request: &Request, index: usize) -> Result<i64, Reply> {
    let id = path_id(request, index, "user")?;
    let known = state.users.contains_key(&id);
    known.then_some(id).ok_or_else(no_user)
}

fn face(state: &BrivoState, user: i64) -> Result<&Credential, Reply> {
    let mut held = state.credentials_of(user);
    held.find(|credential| credential.format_id == FACE)
        .ok_or_else(|| error(400, "User has no faceprint credential"))
}

/// A face out of the user's photo. Brivo mails for consent, which everybody here gives at once; a
/// second call only mails again.
pub(super) fn create_face(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let user = user(state, request, 2)?;
    let body = body_object(request)?;
    for key in ["email", "language"] {
        let text = body.get(key).and_then(Value::as_str);
        if text.is_none_or(|text| text.trim().is_empty()) {
            return Err(error(400, &format!("{key} is required")));
        }
    }
    if !state.photos.contains_key(&user) {
        return Err(error(400, "User has no photo that could be used"));
    }
    if face(state, user).is_err() {
        let dates = (request.now, None);
        let id = state.special(FACE, &format!("face {user}"), user, dates);
        state.audit(request.now, "credential", id, "Faceprint created");
    }
    let sentence = "Faceprint credential was created and the consent e-mail was sent.";
    Ok(Reply::json(200, json!(sentence)))
}

pub(super) fn face_dates(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let user = user(state, request, 2)?;
    let credential = face(state, user)?;
    let (id, held) = (credential.id, credential.assignment.clone());
    let (from, to) = dates(request, held.as_ref())?;
    let user_id = user;
    state.assign(id, Assignment { user_id, from, to });
    Ok(Reply::empty(200))
}

pub(super) fn delete_face(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let user = user(state, request, 2)?;
    let id = face(state, user)?.id;
    state.unassign(id);
    state.credentials.remove(&id);
    state.audit(request.now, "credential", id, "Faceprint deleted");
    Ok(Reply::empty(200))
}

/// The answer does not tell the credential's id.
pub(super) fn create_plate(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let user = user(state, request, 2)?;
    let body = body_object(request)?;
    let plate = body.get("referenceId").and_then(Value::as_str);
    let plate = plate
        .filter(|plate| !plate.trim().is_empty())
        .ok_or_else(|| error(400, "Reference ID is required"))?;
    let known = state.credentials.values().any(|credential| {
        credential.format_id == PLATE && credential.reference_id.as_deref() == Some(plate)
    });
    if known {
        return Err(error(400, "Duplicate Credential found"));
    }
    let dates = dates(request, None)?;
    let id = state.special(PLATE, plate, user, dates);
    state.audit(request.now, "credential", id, "License plate created");
    Ok(Reply::empty(204))
}

pub(super) fn delete_plate(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let user = user(state, request, 1)?;
    let id = path_id(request, 3, "credential")?;
    let mut held = state.credentials_of(user);
    if !held.any(|credential| credential.id == id && credential.format_id == PLATE) {
        return Err(error(404, "Requested credential not found"));
    }
    drop(held);
    state.unassign(id);
    state.credentials.remove(&id);
    state.audit(request.now, "credential", id, "License plate deleted");
    Ok(Reply::empty(204))
}
