//! Accounts: whose doors these are, their settings and their administrators.

use access_sync_http::decode;
use access_sync_http::{Error, Listing};
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::administrator::Administrator;
use crate::call::{self, Call};
use crate::client::BrivoClient;
use crate::contact::Contact;
use crate::fields::debug_only;
use crate::filter::Filter;
use crate::ids::{AccountId, AccountSettingId, FeatureId};
use crate::list::List;
use crate::record;
use crate::users::with_body;

/// An account. Lists give no contact.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Account {
    /// The account.
    pub id: AccountId,
    /// Its name.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub name: String,
    /// What its dealer says of it.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub description: Option<String>,
    /// Its number.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub account_number: Option<String>,
    /// Its type, `ONAIR` as a rule.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub account_type: Option<String>,
    /// Whom to reach.
    #[serde(
        default,
        deserialize_with = "record::nested_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub contact: Option<Contact>,
    /// Its owner.
    #[serde(
        default,
        deserialize_with = "record::nested_opt",
        skip_serializing_if = "Option::is_none"
    )]
    pub master_admin: Option<MasterAdmin>,
}
debug_only!(Account: id, account_type);

/// An account's owner.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MasterAdmin {
    /// The administrator's id for logging in.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub username: Option<String>,
    /// First name.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub first_name: Option<String>,
    /// Last name.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub last_name: Option<String>,
    /// E-mail address.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub email: Option<String>,
}
debug_only!(MasterAdmin:);

/// What an account is to become. Only its dealer may say so.
#[derive(Clone)]
pub struct AccountUpdate {
    name: String,
    contact: Contact,
    description: Option<String>,
    emergency: Option<Contact>,
    billing: Option<Contact>,
}
debug_only!(AccountUpdate:);

impl AccountUpdate {
    /// Name and main contact, which Brivo wants both, the contact with an address.
    #[must_use]
    pub fn new(name: impl Into<String>, contact: Contact) -> Self {
        Self {
            name: name.into(),
            contact,
            description: None,
            emergency: None,
            billing: None,
        }
    }

    /// What to say of it.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// Whom to reach in need and about bills: wanted for accounts of dealers, both of them. The
    /// contact for need may do without an address.
    #[must_use]
    pub fn dealer(mut self, emergency: Contact, billing: Contact) -> Self {
        self.emergency = Some(emergency);
        self.billing = Some(billing);
        self
    }

    fn body(&self) -> Result<Value, Error> {
        if self.name.trim().is_empty() {
            return Err(Error::config("an account needs a name"));
        }
        let mut body = Map::new();
        body.insert("name".into(), self.name.as_str().into());
        body.insert("contact".into(), self.contact.body(true)?);
        if let Some(description) = &self.description {
            body.insert("description".into(), description.as_str().into());
        }
        if let Some(contact) = &self.emergency {
            body.insert("emergency".into(), contact.body(false)?);
        }
        if let Some(contact) = &self.billing {
            body.insert("billing".into(), contact.body(true)?);
        }
        Ok(body.into())
    }
}

/// A setting of an account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AccountSetting {
    /// The setting.
    pub id: AccountSettingId,
    /// Its name, such as `MAX_ALLOWED`.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub name: String,
    /// What holds.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub value: Option<String>,
    /// What holds where nothing is set.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub default_value: Option<String>,
}

/// Settings that only Brivo's Partner Portal changes; the API answers 403.
const PORTAL_ONLY: [AccountSettingId; 7] = [
    AccountSettingId(1),
    AccountSettingId(12),
    AccountSettingId(13),
    AccountSettingId(14),
    AccountSettingId(19),
    AccountSettingId(26),
    AccountSettingId(27),
];

/// Something that an account can do, or not.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Feature {
    /// The feature.
    pub id: FeatureId,
    /// Its name, such as `Brivo Phone Pass`.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub name: String,
    /// Whether the account has it.
    #[serde(deserialize_with = "decode::required")]
    pub enabled: bool,
}

/// How much there is in the account of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AccountSummary {
    /// Doors.
    #[serde(deserialize_with = "decode::required")]
    pub door_count: u64,
    /// Users that can come in.
    #[serde(deserialize_with = "decode::required")]
    pub active_user_count: u64,
    /// Control panels.
    #[serde(deserialize_with = "decode::required")]
    pub panel_count: u64,
    /// Cameras.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub camera_count: u64,
    /// Control panels that are not connected. `panelOffline` in the documentation's table,
    /// `panelsOffline` in its example.
    #[serde(
        default,
        alias = "panelOffline",
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub panels_offline: Option<u64>,
    /// Sites.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub site_count: u64,
    /// Administrators.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub administrator_count: u64,
    /// Credentials.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub credential_count: u64,
}

impl BrivoClient {
    /// Accounts.
    #[must_use]
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts(self)
    }
}

/// Operations on accounts (documentation: "Account").
#[derive(Clone, Copy, Debug)]
pub struct Accounts<'a>(&'a BrivoClient);

impl Accounts<'_> {
    /// Accounts that the administrator may see: `GET /accounts`.
    pub fn list(&self) -> List<Account> {
        List::new(self.0, "accounts.list", &["accounts"], |account| {
            account.id.to_string()
        })
    }

    /// An account: `GET /accounts/{accountId}`. The documentation's table shows an object, its
    /// example `{data: [..]}`; both are read.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound); [`Permission`](crate::ErrorKind::Permission).
    pub fn get(&self, id: AccountId) -> Call<Account> {
        let request = self.on(id, "accounts.get", Method::GET, &[]);
        Call::new(self.0, request, |sent| {
            let reply = sent?;
            account(&reply.body).map_err(|error| reply.fault(error))
        })
    }

    /// Changes an account: `PUT /accounts/{accountId}`. For the dealers that own it.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config), unsent, where the contact lacks what Brivo wants;
    /// [`Permission`](crate::ErrorKind::Permission) for everybody but the dealer.
    pub fn update(&self, id: AccountId, update: &AccountUpdate) -> Call<Account> {
        let request = self.on(id, "accounts.update", Method::PUT, &[]);
        Call::json(self.0, with_body(request, update.body()))
    }

    /// How much there is in this account: `GET /accounts/summary`. For senior and master
    /// administrators.
    ///
    /// # Errors
    /// [`Permission`](crate::ErrorKind::Permission) for assistants.
    pub fn summary(&self) -> Call<AccountSummary> {
        let path = ["accounts", "summary"];
        Call::json(
            self.0,
            self.0.request("accounts.summary", Method::GET, &path),
        )
    }

    /// The administrators of an account: `GET /accounts/{accountId}/administrators`. These rows say
    /// who owns it ([`Administrator::owner`]) and nothing of ranks.
    pub fn administrators(&self, id: AccountId) -> List<Administrator> {
        let path = ["accounts", &id.to_string(), "administrators"];
        List::new(self.0, "accounts.administrators", &path, |one| {
            one.id.to_string()
        })
    }

    /// What the account can do: `GET /accounts/{accountId}/features`. Comes whole.
    pub fn features(&self, id: AccountId) -> Call<Listing<Feature>> {
        Call::whole(
            self.0,
            self.on(id, "accounts.features", Method::GET, &["features"]),
        )
    }

    /// The account's settings: `GET /accounts/{accountId}/settings`. Comes whole.
    pub fn settings(&self, id: AccountId) -> Call<Listing<AccountSetting>> {
        Call::whole(
            self.0,
            self.on(id, "accounts.settings", Method::GET, &["settings"]),
        )
    }

    /// Changes a setting: `PUT /accounts/{accountId}/settings/{settingId}`.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config), unsent, for the settings that only Brivo's Partner
    /// Portal changes: 1, 12, 13, 14, 19, 26 and 27 (allotments of passes and the like).
    pub fn set_setting(
        &self,
        id: AccountId,
        setting: AccountSettingId,
        value: &str,
    ) -> Call<AccountSetting> {
        let body = if PORTAL_ONLY.contains(&setting) {
            Err(Error::config(format!(
                "setting {setting} can be changed in Brivo's Partner Portal only"
            )))
        } else {
            Ok(json!({ "value": value }))
        };
        let rest = ["settings", &setting.to_string()];
        let request = self.on(id, "accounts.set_setting", Method::PUT, &rest);
        Call::json(self.0, with_body(request, body))
    }

    fn on(
        &self,
        id: AccountId,
        operation: &'static str,
        method: Method,
        rest: &[&str],
    ) -> Result<access_sync_http::Request, Error> {
        self.0.request_on("accounts", id.0, operation, method, rest)
    }
}

impl List<Account> {
    /// Accounts whose name *contains* this text.
    pub fn name(self, part: &str) -> Self {
        self.try_filter(Filter::eq("name", part))
    }
}

/// Reads one account, bare or as the one row of `{data: [..]}`.
pub(crate) fn account(body: &[u8]) -> Result<Account, Error> {
    let bare = match record::json(body) {
        Ok(account) => return Ok(account),
        Err(error) => error,
    };
    let Ok(Listing {
        mut items,
        rejected,
        ..
    }) = call::whole::<Account>(body)
    else {
        return Err(bare);
    };
    match (items.pop(), items.is_empty(), rejected.is_empty()) {
        (Some(account), true, true) => Ok(account),
        _ => Err(Error::decode("data: not one account")),
    }
}
