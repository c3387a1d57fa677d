//! Mobile passes: invitations, wallet passes, and how many are left.

use access_sync_http::{Error, SecretString, decode};
use chrono::{DateTime, Utc};
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::call::Call;
use crate::client::BrivoClient;
use crate::fields::{self, debug_only};
use crate::filter::Filter;
use crate::ids::{CredentialId, InvitationId, UserId};
use crate::list::List;
use crate::record;
use crate::users::with_body;

/// An invitation to a mobile pass.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DigitalInvitation {
    /// Brivo's id.
    pub id: InvitationId,
    /// The e-mail address that was invited.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub reference_id: Option<String>,
    /// The credential that will be the pass. Dates go to its assignment
    /// ([`Users::assign_credential`](crate::Users::assign_credential)). Lists may leave it out.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub credential_id: Option<CredentialId>,
    /// What redeems the pass. Whoever has it and the address has the pass.
    #[serde(
        default,
        deserialize_with = "fields::secret_opt",
        serialize_with = "fields::masked_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub access_code: Option<SecretString>,
    /// When it was made.
    #[serde(
        default,
        deserialize_with = "fields::time_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub created: Option<DateTime<Utc>>,
    /// Until when it can be redeemed; three days in the documentation's example.
    #[serde(
        default,
        deserialize_with = "fields::time_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub expiration: Option<DateTime<Utc>>,
    /// What became of it.
    pub status: InvitationStatus,
    /// Whether the pass works by NFC.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub nfc_enabled: Option<bool>,
    /// The state of NFC, in lists.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub nfc_status: Option<String>,
    /// When it was cancelled.
    #[serde(
        default,
        deserialize_with = "fields::time_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub cancel_date: Option<DateTime<Utc>>,
}
debug_only!(DigitalInvitation: id, credential_id, status, expiration);

access_sync_http::open_enum! {
    /// What became of an invitation.
    pub enum InvitationStatus {
        /// Waits to be redeemed.
        Pending = "PENDING",
        /// The pass is on a telephone.
        Redeemed = "REDEEMED",
        /// Nobody came in time.
        Expired = "EXPIRED",
        /// Taken back.
        Cancelled = "CANCELLED",
    }
}

access_sync_http::open_enum! {
    /// The language of the invitation's e-mail.
    pub enum Language {
        /// English.
        English = "en",
        /// French.
        French = "fr",
        /// Spanish.
        Spanish = "es",
        /// Dutch.
        Dutch = "nl",
        /// German.
        German = "de",
        /// Swedish.
        Swedish = "sv",
    }
}

impl Language {
    /// The word that the mails about faces take.
    pub(crate) fn english_name(&self) -> &str {
        match self {
            Self::English => "English",
            Self::French => "French",
            Self::Spanish => "Spanish",
            Self::Dutch => "Dutch",
            Self::German => "German",
            Self::Swedish => "Swedish",
            Self::Other(word) => word,
        }
    }
}

/// How to invite. The defaults are Brivo's: no e-mail, no NFC, English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationOptions {
    email: bool,
    nfc: bool,
    language: Language,
}

impl Default for InvitationOptions {
    fn default() -> Self {
        Self {
            email: false,
            nfc: false,
            language: Language::English,
        }
    }
}

impl InvitationOptions {
    /// Brivo's defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether Brivo sends the e-mail. If not, the access code must reach the person otherwise.
    #[must_use]
    pub fn send_email(mut self, send: bool) -> Self {
        self.email = send;
        self
    }

    /// Whether the pass works by NFC.
    #[must_use]
    pub fn nfc(mut self, enabled: bool) -> Self {
        self.nfc = enabled;
        self
    }

    /// The language of the e-mail.
    #[must_use]
    pub fn language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }
}

/// How many passes the account has bought and given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Allotment {
    /// Bought.
    #[serde(deserialize_with = "decode::required")]
    pub allotted: u64,
    /// Given out.
    #[serde(deserialize_with = "decode::required")]
    pub assigned: u64,
}

impl Allotment {
    /// Passes left.
    #[must_use]
    pub fn left(self) -> u64 {
        self.allotted.saturating_sub(self.assigned)
    }
}

/// A mobile pass that gets a wallet pass.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WalletPass {
    /// The holder.
    pub user_id: UserId,
    /// The mobile pass.
    pub access_credential_id: CredentialId,
    /// The mobile pass's referenceId.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub reference_id: String,
    /// In answers: whether it was changed.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub updated: Option<bool>,
}
debug_only!(WalletPass: user_id, access_credential_id, updated);

impl WalletPass {
    /// The wallet pass of a user's mobile pass.
    #[must_use]
    pub fn new(user: UserId, pass: CredentialId, reference_id: impl Into<String>) -> Self {
        Self {
            user_id: user,
            access_credential_id: pass,
            reference_id: reference_id.into(),
            updated: None,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WalletAnswer {
    #[serde(deserialize_with = "record::one_or_many")]
    pub(crate) bmp_credentials: Vec<WalletPass>,
}

impl BrivoClient {
    /// Mobile passes.
    #[must_use]
    pub fn digital_invitations(&self) -> DigitalInvitations<'_> {
        DigitalInvitations(self)
    }
}

/// Operations on invitations and passes.
#[derive(Clone, Copy, Debug)]
pub struct DigitalInvitations<'a>(&'a BrivoClient);

impl DigitalInvitations<'_> {
    /// Invites a user to a mobile pass:
    /// `POST /users/{userId}/credentials/digital-invitations`. `reference_id` is the e-mail address.
    ///
    /// Not idempotent. Errors of kind [`Conflict`](crate::ErrorKind::Conflict): 409 while an
    /// invitation is pending, 412 where no pass is left ([`DigitalInvitations::allotment`]).
    pub fn invite(
        &self,
        user: UserId,
        reference_id: &str,
        options: &InvitationOptions,
    ) -> Call<DigitalInvitation> {
        let body = if reference_id.trim().is_empty() {
            Err(Error::config("an invitation needs an e-mail address"))
        } else {
            Ok(json!({ "referenceId": reference_id }))
        };
        let request = self
            .on(user, "digital_invitations.create", Method::POST)
            .map(|request| {
                request
                    .query("sendInvitationEmail", options.email.to_string())
                    .query("nfcEnabled", options.nfc.to_string())
                    .query("language", options.language.as_str())
            });
        Call::json(self.0, with_body(request, body))
    }

    /// Invitations of a user: `GET /users/{userId}/credentials/digital-invitations`. Only pending
    /// ones unless [`List::<DigitalInvitation>::status`] or `any_status` says otherwise.
    pub fn list(&self, user: UserId) -> List<DigitalInvitation> {
        let path = [
            "users",
            &user.to_string(),
            "credentials",
            "digital-invitations",
        ];
        List::new(self.0, "digital_invitations.list", &path, |one| {
            one.id.to_string()
        })
    }

    /// Takes the pending invitation of a user back:
    /// `DELETE /users/{userId}/credentials/digital-invitations`. None (404) where there is no user
    /// or no invitation. A pass that was redeemed stays; unassign its credential.
    pub fn cancel(&self, user: UserId) -> Call<Option<DigitalInvitation>> {
        let request = self.on(user, "digital_invitations.cancel", Method::DELETE);
        Call::new(self.0, request, |sent| match sent {
            Ok(reply) => record::of(&reply).map(Some),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        })
    }

    /// Mobile passes bought and given out: `GET /credentials/digital/allotment`.
    pub fn allotment(&self) -> Call<Allotment> {
        let path = ["credentials", "digital", "allotment"];
        Call::json(
            self.0,
            self.0
                .request("digital_invitations.allotment", Method::GET, &path),
        )
    }

    /// Allegion passes bought and given out: `GET /credentials/digital/allegion-allotment`.
    pub fn allegion_allotment(&self) -> Call<Allotment> {
        let path = ["credentials", "digital", "allegion-allotment"];
        let name = "digital_invitations.allegion_allotment";
        Call::json(self.0, self.0.request(name, Method::GET, &path))
    }

    /// Gives wallet passes to holders of mobile passes, or takes them back:
    /// `POST /users/credentials/brivo-wallet-pass`. That `nfc_enabled` false takes back is read from
    /// the documentation's title alone.
    pub fn set_wallet_passes(
        &self,
        passes: &[WalletPass],
        nfc_enabled: bool,
    ) -> Call<Vec<WalletPass>> {
        let path = ["users", "credentials", "brivo-wallet-pass"];
        let list: Vec<Value> = passes
            .iter()
            .map(|pass| {
                json!({
                    "userId": pass.user_id,
                    "accessCredentialId": pass.access_credential_id,
                    "referenceId": pass.reference_id,
                })
            })
            .collect();
        let body = if list.is_empty() {
            Err(Error::config("no wallet pass to set; give one at least"))
        } else {
            Ok(json!({ "bmpCredentials": list }))
        };
        let request = self
            .0
            .request("digital_invitations.wallet_pass", Method::POST, &path)
            .map(|request| request.query("nfcEnabled", nfc_enabled.to_string()));
        Call::new(self.0, with_body(request, body), |sent| {
            record::of::<WalletAnswer>(&sent?).map(|answer| answer.bmp_credentials)
        })
    }

    fn on(
        &self,
        user: UserId,
        operation: &'static str,
        method: Method,
    ) -> Result<access_sync_http::Request, Error> {
        let rest = ["credentials", "digital-invitations"];
        self.0.request_on("users", user.0, operation, method, &rest)
    }
}

impl List<DigitalInvitation> {
    /// Only invitations in this state.
    pub fn status(self, status: &InvitationStatus) -> Self {
        self.try_filter(Filter::eq("status", status.as_str().to_ascii_lowercase()))
    }

    /// Invitations in every state.
    pub fn any_status(self) -> Self {
        self.try_filter(Filter::eq("status", "all"))
    }
}
