//! Writes that may be repeated: they read before they write, and again after an answer was lost.

use access_sync_http::{Error, ErrorKind};

use crate::credential::{Credential, NewCredential};
use crate::credentials::Credentials;
use crate::ids::{GroupId, UserId};
use crate::user::{NewUser, User};
use crate::users::{MAX_GROUPS_PER_USER, Users};

/// How something came to be there.
#[derive(Clone, Debug, PartialEq)]
pub enum Ensured<T> {
    /// It was there before, and was left as it is.
    Found(T),
    /// It was made by this call. After a lost answer this means: it was not there before the call
    /// and is there after it.
    Created(T),
}

impl<T> Ensured<T> {
    /// The thing itself.
    pub fn into_inner(self) -> T {
        match self {
            Self::Found(value) | Self::Created(value) => value,
        }
    }

    /// Whether this call made it.
    pub fn is_new(&self) -> bool {
        matches!(self, Self::Created(_))
    }
}

impl Users<'_> {
    /// The user of this external id, created where there is none. A user that is there is not
    /// changed.
    ///
    /// One call where the user is there, two where not. After a lost or doubtful answer to the
    /// creation (a broken connection, 5xx, a refusal because somebody else was quicker) it looks
    /// once more instead of creating twice.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) where `user` has no external id; what the calls met.
    pub async fn ensure(&self, user: &NewUser) -> Result<Ensured<User>, Error> {
        let external_id = user
            .external_id_value()
            .ok_or_else(|| Error::config("only a user with an external id can be ensured"))?;
        if let Some(found) = self.find_by_external_id(external_id).await? {
            return Ok(Ensured::Found(found));
        }
        match self.create(user).await {
            Ok(created) => Ok(Ensured::Created(created)),
            Err(error) if doubtful(&error) => {
                match self.find_by_external_id(external_id).await {
                    Ok(Some(found)) => Ok(Ensured::Created(found)),
                    // The first error tells more than a second look that failed too.
                    Ok(None) | Err(_) => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }
}

impl Users<'_> {
    /// Makes a user a member of groups, and answers which of them are new.
    ///
    /// Reads first: one call where the user is in all of them, two where not. Where the groups are
    /// known to be missing, [`Users::change_groups`] does it in one, and its repeat is harmless too.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) where the user would be in more than 16 groups; nothing is
    /// written then. [`Decode`](ErrorKind::Decode) where the answer does not show the user in all of
    /// `groups` (a group that the administrator cannot see cannot be shown). What the calls met.
    pub async fn ensure_member(
        &self,
        user: UserId,
        groups: &[GroupId],
    ) -> Result<Vec<GroupId>, Error> {
        let named = |error: Error| error.with_operation("brivo", "users.ensure_member");
        let before = self.groups(user).await?;
        let mut missing: Vec<GroupId> = groups
            .iter()
            .filter(|group| before.items.iter().all(|one| one.id != **group))
            .copied()
            .collect();
        missing.sort_unstable();
        missing.dedup();
        if missing.is_empty() {
            return Ok(missing);
        }
        let wanted = before.items.len() + missing.len();
        if wanted > MAX_GROUPS_PER_USER {
            return Err(named(Error::config(format!(
                "the user would be in {wanted} groups, and Brivo takes 16; remove some first"
            ))));
        }
        let now = self.change_groups(user, &missing, &[]).await?;
        let there = |group: &GroupId| now.items.iter().any(|one| one.id == *group);
        if missing.iter().all(there) {
            Ok(missing)
        } else {
            let error = Error::decode("the answer does not show the user in all groups");
            Err(named(error).with_sent(true))
        }
    }
}

impl Credentials<'_> {
    /// The credential with this reference, format and content, created where there is none.
    ///
    /// Looks first: a page of `GET /credentials` for the reference, whose search Brivo does by
    /// *contains* and which is compared exactly here. After a refusal as duplicate, or a lost
    /// answer, it looks once more.
    ///
    /// # Errors
    /// [`Conflict`](ErrorKind::Conflict) where more than one is exactly so; what the calls met.
    pub async fn ensure(&self, new: &NewCredential) -> Result<Ensured<Credential>, Error> {
        if let Some(found) = self.find_like(new).await? {
            return Ok(Ensured::Found(found));
        }
        match self.create(new).await {
            Ok(created) => Ok(Ensured::Created(created)),
            Err(error) if doubtful(&error) => match self.find_like(new).await {
                Ok(Some(found)) => Ok(Ensured::Created(found)),
                Ok(None) | Err(_) => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    async fn find_like(&self, new: &NewCredential) -> Result<Option<Credential>, Error> {
        let candidates = self.list().reference_id(new.reference_id()).all().await?;
        let whole = candidates.is_complete();
        let mut like = candidates
            .items
            .into_iter()
            .filter(|there| new.matches(there));
        let fail = |kind, text: &str| {
            Err(Error::new(kind, text)
                .with_operation("brivo", "credentials.ensure")
                .with_sent(true))
        };
        match (like.next(), like.next()) {
            (Some(_), Some(_)) => fail(
                ErrorKind::Conflict,
                "more than one credential is exactly like this",
            ),
            (None, _) if !whole => fail(
                ErrorKind::Decode,
                "the list of credentials is not whole; whether there is one is unknown",
            ),
            (found, _) => Ok(found),
        }
    }
}

/// Can the thing be there in spite of the error?
pub(crate) fn doubtful(error: &Error) -> bool {
    error.was_sent()
        && matches!(
            error.kind(),
            ErrorKind::Transport
                | ErrorKind::Timeout
                | ErrorKind::Deadline
                | ErrorKind::Server
                | ErrorKind::Decode
                | ErrorKind::Conflict
                | ErrorKind::Invalid
        )
}
