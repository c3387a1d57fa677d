//! Users: who may come in.

use access_sync_http::{Error, ErrorKind, Listing, Reply, Safety, decode};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::ACCEPT;
use http::{HeaderValue, Method};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::call::{Call, Removal};
use crate::client::BrivoClient;
use crate::filter::Filter;
use crate::groups::GroupRef;
use crate::ids::{CustomFieldId, GroupId, UserId};
use crate::list::List;
use crate::photo;
use crate::record;
use crate::user::{CustomFieldValue, NewUser, User, UserPatch};

/// Groups that one user can be in, those that the administrator cannot see included.
pub const MAX_GROUPS_PER_USER: usize = 16;

impl BrivoClient {
    /// Users.
    #[must_use]
    pub fn users(&self) -> Users<'_> {
        Users(self)
    }
}

/// Operations on users.
#[derive(Clone, Copy, Debug)]
pub struct Users<'a>(pub(crate) &'a BrivoClient);

/// The state that [`List::<User>::status`] asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UserStatus {
    /// At least one credential in date, and in at least one group.
    Active,
    /// In no group.
    Unaffiliated,
    /// Locked out.
    Suspended,
}

/// Answer of `/users/{id}/suspended`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Suspension {
    /// The user.
    pub id: UserId,
    /// Whether the user is locked out now.
    #[serde(deserialize_with = "decode::required")]
    pub suspended: bool,
}

impl Users<'_> {
    /// All users that the administrator may see: `GET /users`.
    ///
    /// Rows are a slice of the user: no PIN, no dates. There is no filter by e-mail, external id or
    /// group; read [`Groups::members`](crate::Groups::members) for the latter.
    pub fn list(&self) -> List<User> {
        List::new(self.0, "users.list", &["users"], |user| user.id.to_string())
    }

    /// Creates a user: `POST /users`. Suspension, custom fields and photo have calls of their own;
    /// Brivo's documentation knows none of them in this body.
    ///
    /// Not idempotent: it is sent again only where it provably was not carried out. Look for the
    /// external id before ([`Users::find_by_external_id`]), and again after a lost answer;
    /// [`Users::ensure`] does both.
    ///
    /// # Errors
    /// [`Invalid`](ErrorKind::Invalid) (400) where Brivo does not take a field, as a rule for an
    /// external id or a PIN that somebody has; its words for these are not documented.
    pub fn create(&self, user: &NewUser) -> Call<User> {
        let request = self.body("users.create", Method::POST, &["users"], user.body());
        Call::json(self.0, request)
    }

    /// A user: `GET /users/{userId}`.
    pub fn get(&self, id: UserId) -> Call<User> {
        Call::json(self.0, self.on(id, "users.get", Method::GET, &[]))
    }

    /// The user of this external id: `GET /users/{externalId}/external`. 404 is an error of kind
    /// [`NotFound`](ErrorKind::NotFound).
    pub fn get_by_external_id(&self, external_id: &str) -> Call<User> {
        let request = self.0.request(
            "users.get_by_external_id",
            Method::GET,
            &["users", external_id, "external"],
        );
        let wanted = external_id.to_owned();
        Call::new(self.0, request, move |sent| {
            let reply = sent?;
            same_external_id(&reply, &wanted)
        })
    }

    /// As [`Users::get_by_external_id`], with `None` where Brivo says that there is no such user. A
    /// page of a proxy, a wrong base address and the like are errors and never `None`.
    pub fn find_by_external_id(&self, external_id: &str) -> Call<Option<User>> {
        self.get_by_external_id(external_id)
            .then(|found| match found {
                Ok(user) => Ok(Some(user)),
                Err(error) if error.is_not_found() => Ok(None),
                Err(error) => Err(error),
            })
    }

    /// Replaces a user: `PUT /users/{userId}`. **Optional fields that are left out are erased**, the
    /// PIN and the external id among them; start from `NewUser::from(&user)` of a full
    /// [`Users::get`].
    pub fn replace(&self, id: UserId, user: &NewUser) -> Call<User> {
        let request = self.on(id, "users.replace", Method::PUT, &[]);
        Call::json(self.0, with_body(request, user.body()))
    }

    /// Changes some fields: `PATCH /users/{userId}`. What is not named stays. How a field is cleared
    /// is not documented; [`Users::replace`] clears what it does not name.
    pub fn patch(&self, id: UserId, patch: &UserPatch) -> Call<User> {
        let request = self.on(id, "users.patch", Method::PATCH, &[]);
        let request = request.map(|request| request.safety(Safety::Idempotent));
        Call::json(self.0, with_body(request, patch.body()))
    }

    /// Deletes a user: `DELETE /users/{userId}`. What becomes of the credentials is not documented;
    /// unassign them first where it matters.
    pub fn delete(&self, id: UserId) -> Call<Removal> {
        Call::removal(self.0, self.on(id, "users.delete", Method::DELETE, &[]))
    }

    /// Whether a user is suspended: `GET /users/{userId}/suspended`.
    pub fn suspension(&self, id: UserId) -> Call<Suspension> {
        let request = self.on(id, "users.suspension", Method::GET, &["suspended"]);
        Call::new(self.0, request, move |sent| suspension_of(id, &sent?))
    }

    /// Locks a user out with all credentials: `PUT /users/{userId}/suspended`. An offline panel
    /// learns of it when it connects again.
    pub fn suspend(&self, id: UserId) -> Call<Suspension> {
        self.set_suspended(id, true)
    }

    /// Lets a suspended user in again: `PUT /users/{userId}/suspended`.
    pub fn reinstate(&self, id: UserId) -> Call<Suspension> {
        self.set_suspended(id, false)
    }

    /// [`Users::suspend`] or [`Users::reinstate`]. An answer that says otherwise is an error.
    pub fn set_suspended(&self, id: UserId, suspended: bool) -> Call<Suspension> {
        let name = if suspended {
            "users.suspend"
        } else {
            "users.reinstate"
        };
        let request = self.on(id, name, Method::PUT, &["suspended"]);
        let request = with_body(request, Ok(json!({ "suspended": suspended })));
        Call::new(self.0, request, move |sent| {
            let reply = sent?;
            let state = suspension_of(id, &reply)?;
            if state.suspended == suspended {
                Ok(state)
            } else {
                Err(reply.fault(Error::decode(
                    "the answer says that the user's state did not change",
                )))
            }
        })
    }

    /// Takes all credentials away: `POST /users/{userId}/revoke-credentials`. Brivo answers 400
    /// unless the user is suspended, hence the argument: what [`Users::suspend`] or
    /// [`Users::suspension`] answered. [`Users::suspend_and_revoke`] does both.
    ///
    /// Faces are kept ([`Credentials::delete_faceprint`]); a mobile pass is unassigned and its
    /// invitation cancelled.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config), unsent, where the user is not suspended.
    ///
    /// [`Credentials::delete_faceprint`]: crate::Credentials::delete_faceprint
    pub fn revoke_credentials(&self, suspension: &Suspension) -> Call<()> {
        let request = if suspension.suspended {
            self.on(
                suspension.id,
                "users.revoke_credentials",
                Method::POST,
                &["revoke-credentials"],
            )
        } else {
            Err(Error::config(
                "credentials are taken from suspended users only; suspend first",
            ))
        };
        // Taking away what is gone already takes nothing more away.
        Call::done(
            self.0,
            request.map(|request| request.safety(Safety::Idempotent)),
        )
    }

    /// Suspends, then takes all credentials away: two calls, in the order that Brivo demands.
    ///
    /// # Errors
    /// What either call met. After an error of the second the user is suspended.
    pub async fn suspend_and_revoke(&self, id: UserId) -> Result<(), Error> {
        let suspension = self.suspend(id).await?;
        self.revoke_credentials(&suspension).await
    }

    /// Groups of a user that the administrator can see: `GET /users/{userId}/groups`. Comes whole.
    pub fn groups(&self, id: UserId) -> Call<Listing<GroupRef>> {
        Call::whole(
            self.0,
            self.on(id, "users.groups", Method::GET, &["groups"]),
        )
    }

    /// Adds to and removes from groups in one call, all or nothing: `POST /users/{userId}/groups`.
    ///
    /// Idempotent: groups that the user is in already, or not in, are skipped. Answers with the
    /// groups that the user is in now. Brivo refuses the whole change where the user would be in
    /// more than 16 groups, counting those that the administrator cannot see.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config), unsent, where both lists are empty, a group is in both, or more
    /// than 16 would be added. [`Invalid`](ErrorKind::Invalid) (400) over the limit of 16;
    /// [`NotFound`](ErrorKind::NotFound) where there is no such user **or group**: nothing was
    /// changed then.
    pub fn change_groups(
        &self,
        id: UserId,
        add: &[GroupId],
        remove: &[GroupId],
    ) -> Call<Listing<GroupRef>> {
        let request = self.on(id, "users.change_groups", Method::POST, &["groups"]);
        let request = request.map(|request| request.safety(Safety::Idempotent));
        Call::whole(self.0, with_body(request, groups_body(add, remove)))
    }

    /// Custom fields of a user: `GET /users/{userId}/custom-fields`. Comes whole.
    pub fn custom_fields(&self, id: UserId) -> Call<Listing<CustomFieldValue>> {
        Call::whole(
            self.0,
            self.on(id, "users.custom_fields", Method::GET, &["custom-fields"]),
        )
    }

    /// Sets a custom field: `PUT /users/{userId}/custom-fields/{customFieldId}`. The value is text
    /// for every type.
    ///
    /// # Errors
    /// [`Invalid`](ErrorKind::Invalid) (400) where it does not fit the field's type, or for dates its
    /// pattern ([`CustomField::pattern`](crate::CustomField::pattern)).
    pub fn set_custom_field(
        &self,
        id: UserId,
        field: CustomFieldId,
        value: &str,
    ) -> Call<CustomFieldValue> {
        let path = ["custom-fields", &field.to_string()];
        let request = self.on(id, "users.set_custom_field", Method::PUT, &path);
        Call::json(self.0, with_body(request, Ok(json!({ "value": value }))))
    }

    /// Clears a custom field: `DELETE /users/{userId}/custom-fields/{customFieldId}`.
    pub fn clear_custom_field(&self, id: UserId, field: CustomFieldId) -> Call<Removal> {
        let path = ["custom-fields", &field.to_string()];
        Call::removal(
            self.0,
            self.on(id, "users.clear_custom_field", Method::DELETE, &path),
        )
    }

    /// A user's photo as it is stored: `GET /users/{userId}/photo`. None (404) where there is none.
    /// The answer's content type is not to be trusted (PNG was seen as `image/jpeg`), so it is not
    /// passed on; look at the first bytes.
    pub fn photo(&self, id: UserId) -> Call<Option<Bytes>> {
        let request = self.on(id, "users.photo", Method::GET, &["photo"]);
        let request = request.map(|r| r.header(ACCEPT, HeaderValue::from_static("image/*")));
        Call::new(self.0, request, |sent| match sent {
            Ok(reply) if reply.body.is_empty() => Ok(None),
            Ok(reply) => Ok(Some(reply.body)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        })
    }

    /// Stores a user's photo: `POST /users/{userId}/photo`, a multipart form with the one part `file`.
    ///
    /// Not sent where the bytes do not begin as a PNG, JPEG or GIF, the kinds that Brivo takes. What
    /// a second photo does to the first is not documented.
    pub fn set_photo(&self, id: UserId, image: &[u8]) -> Call<()> {
        let request = self.on(id, "users.set_photo", Method::POST, &["photo"]);
        Call::done(self.0, request.and_then(|r| photo::attach(r, image)))
    }

    /// Deletes a user's photo: `DELETE /users/{userId}/photo`.
    pub fn delete_photo(&self, id: UserId) -> Call<Removal> {
        Call::removal(
            self.0,
            self.on(id, "users.delete_photo", Method::DELETE, &["photo"]),
        )
    }

    pub(crate) fn on(
        &self,
        id: UserId,
        operation: &'static str,
        method: Method,
        rest: &[&str],
    ) -> Result<access_sync_http::Request, Error> {
        self.0.request_on("users", id.0, operation, method, rest)
    }

    fn body(
        &self,
        operation: &'static str,
        method: Method,
        path: &[&str],
        body: Result<Value, Error>,
    ) -> Result<access_sync_http::Request, Error> {
        with_body(self.0.request(operation, method, path), body)
    }
}

impl List<User> {
    /// Only these users. Many ids make a long address; ask for at most a few dozen.
    pub fn ids(self, ids: &[UserId]) -> Self {
        self.try_filter(Filter::eq("id", ids))
    }

    /// All users but these.
    pub fn except(self, ids: &[UserId]) -> Self {
        self.try_filter(Filter::ne("id", ids))
    }

    /// Users whose first name *contains* this text.
    pub fn first_name(self, part: &str) -> Self {
        self.try_filter(Filter::eq("firstname", part))
    }

    /// Users whose last name *contains* this text.
    pub fn last_name(self, part: &str) -> Self {
        self.try_filter(Filter::eq("lastname", part))
    }

    /// Users in this state.
    pub fn status(self, status: UserStatus) -> Self {
        let word = match status {
            UserStatus::Active => "active",
            UserStatus::Unaffiliated => "unaffiliated",
            UserStatus::Suspended => "suspended",
        };
        self.try_filter(Filter::eq("user_status", word))
    }

    /// Users with exactly this value in a custom field.
    pub fn custom_field(self, field: CustomFieldId, value: &str) -> Self {
        self.try_filter(Filter::exact(&format!("cf_{field}"), value))
    }
}

pub(crate) fn with_body(
    request: Result<access_sync_http::Request, Error>,
    body: Result<Value, Error>,
) -> Result<access_sync_http::Request, Error> {
    request?.json(&body?)
}

fn groups_body(add: &[GroupId], remove: &[GroupId]) -> Result<Value, Error> {
    if add.is_empty() && remove.is_empty() {
        return Err(Error::config(
            "no group to add or remove; name one at least",
        ));
    }
    if add.iter().any(|group| remove.contains(group)) {
        return Err(Error::config(
            "a group is both to be added and to be removed; leave it out of one",
        ));
    }
    let mut distinct = add.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() > MAX_GROUPS_PER_USER {
        return Err(Error::config(
            "a user can be in at most 16 groups; add fewer",
        ));
    }
    let mut body = serde_json::Map::new();
    for (key, groups) in [("addGroups", add), ("removeGroups", remove)] {
        if !groups.is_empty() {
            body.insert(key.into(), json!(groups));
        }
    }
    Ok(Value::Object(body))
}

/// What is answered of somebody else proves nothing.
fn suspension_of(user: UserId, reply: &Reply) -> Result<Suspension, Error> {
    let state: Suspension = record::of(reply)?;
    if state.id == user {
        Ok(state)
    } else {
        Err(reply.fault(Error::decode("the answer is about another user")))
    }
}

/// A user answered for another id would be taken for somebody else.
fn same_external_id(reply: &Reply, wanted: &str) -> Result<User, Error> {
    let user: User = record::of(reply)?;
    match user.external_id.as_deref() {
        Some(other) if other != wanted => Err(reply.fault(Error::new(
            ErrorKind::Decode,
            "the answer is about another external id",
        ))),
        _ => Ok(user),
    }
}

/// When somebody became a user, for callers that only need that.
impl User {
    /// Whether the PIN is in date at `at`. Says nothing of cards and passes, nor of suspension.
    #[must_use]
    pub fn pin_in_date(&self, at: DateTime<Utc>) -> bool {
        self.effective_from.is_none_or(|from| from <= at)
            && self.effective_to.is_none_or(|to| at < to)
    }
}
