//! Credentials that are nobody's card: faces and licence plates.

use access_sync_http::Error;
use http::Method;
use serde_json::json;

use crate::call::{Call, Removal};
use crate::credential::Validity;
use crate::credentials::Credentials;
use crate::digital::Language;
use crate::ids::{CredentialId, UserId};
use crate::users::with_body;

impl Credentials<'_> {
    /// Makes a face the credential of a user, who needs a photo ([`Users::set_photo`]), and mails
    /// for consent:
    /// `POST /credentials/createAndAssignFaceprintCredential/{userId}`.
    ///
    /// Not idempotent: each call mails. The answer is a sentence and is not passed on.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config), unsent, without an e-mail address;
    /// [`Invalid`](crate::ErrorKind::Invalid) where there is no usable photo.
    ///
    /// [`Users::set_photo`]: crate::Users::set_photo
    pub fn create_faceprint(&self, user: UserId, email: &str, language: Language) -> Call<()> {
        let body = if email.trim().is_empty() {
            Err(Error::config("an e-mail address to ask for consent"))
        } else {
            Ok(json!({ "email": email, "language": language.english_name() }))
        };
        let path = [
            "credentials",
            "createAndAssignFaceprintCredential",
            &user.to_string(),
        ];
        let request = self
            .0
            .request("credentials.create_faceprint", Method::POST, &path);
        Call::done(self.0, with_body(request, body))
    }

    /// From when until when a face opens doors:
    /// `PUT /credentials/updateFaceprintCredentialDates/{userId}`. Dates as in
    /// [`Users::assign_credential`](crate::Users::assign_credential).
    pub fn set_faceprint_dates(&self, user: UserId, validity: Validity) -> Call<()> {
        let path = [
            "credentials",
            "updateFaceprintCredentialDates",
            &user.to_string(),
        ];
        let request = self
            .0
            .request("credentials.set_faceprint_dates", Method::PUT, &path);
        Call::done(self.0, with_body(request, validity.body()))
    }

    /// Takes a user's face away: `DELETE /credentials/deleteFaceprintCredential/{userId}`.
    /// [`Users::revoke_credentials`](crate::Users::revoke_credentials) leaves faces alone, so this
    /// is the way. Documented errors are 400 and 403; what a user without a face is answered with
    /// is not told.
    pub fn delete_faceprint(&self, user: UserId) -> Call<Removal> {
        let path = [
            "credentials",
            "deleteFaceprintCredential",
            &user.to_string(),
        ];
        Call::removal(
            self.0,
            self.0
                .request("credentials.delete_faceprint", Method::DELETE, &path),
        )
    }

    /// Makes a licence plate (read by cameras of Eagle Eye Networks) the credential of a user:
    /// `POST /credentials/createAndAssignEELPRCredential/{userId}`. Not idempotent; the answer does
    /// not tell the credential's id, [`Users::credentials`](crate::Users::credentials) does.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config), unsent, without a plate;
    /// [`Conflict`](crate::ErrorKind::Conflict) with the code
    /// [`DUPLICATE_CREDENTIAL`](crate::codes::DUPLICATE_CREDENTIAL) where the plate is known.
    pub fn create_license_plate(&self, user: UserId, plate: &str, validity: Validity) -> Call<()> {
        let body = validity.body().and_then(|mut body| {
            let plate = plate.trim();
            match body.as_object_mut() {
                Some(map) if !plate.is_empty() => {
                    map.insert("referenceId".into(), plate.into());
                    Ok(body)
                }
                _ => Err(Error::config("which licence plate?")),
            }
        });
        let path = [
            "credentials",
            "createAndAssignEELPRCredential",
            &user.to_string(),
        ];
        let request = self
            .0
            .request("credentials.create_license_plate", Method::POST, &path);
        Call::done(self.0, with_body(request, body))
    }

    /// Takes a licence plate from a user and out of the account:
    /// `DELETE /credentials/{userId}/unassignAndDeleteEELPRCredential/{credentialId}`.
    pub fn delete_license_plate(&self, user: UserId, plate: CredentialId) -> Call<Removal> {
        let path = [
            "credentials",
            &user.to_string(),
            "unassignAndDeleteEELPRCredential",
            &plate.to_string(),
        ];
        Call::removal(
            self.0,
            self.0
                .request("credentials.delete_license_plate", Method::DELETE, &path),
        )
    }
}
