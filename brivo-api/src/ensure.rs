//! Writes that may be repeated: they read before they write, and again after an answer was lost.

use access_sync_http::{Error, ErrorKind};

use crate::user::{NewUser, User};
use crate::users::Users;

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
