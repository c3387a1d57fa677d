//! Administrators: who may change what.

use access_sync_http::{Error, ExposeSecret as _, SecretString, decode};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::fields::{debug_only, wire_time};
use crate::ids::{AccountId, AdministratorId};

/// An administrator.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Administrator {
    /// The administrator's number.
    pub id: AdministratorId,
    /// The administrator's id for logging in.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub username: String,
    /// First name.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub first_name: String,
    /// Middle name.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub middle_name: Option<String>,
    /// Last name.
    #[serde(default, deserialize_with = "decode::or_default")]
    pub last_name: String,
    /// E-mail address.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub email: Option<String>,
    /// Time zone, in the old style (`US/Central`).
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub timezone: Option<String>,
    /// Rank.
    #[serde(
        default,
        alias = "identity",
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub identity_type: Option<IdentityType>,
    /// Whether this administrator may make others.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub can_create_admins: Option<bool>,
    /// The account.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub account_id: Option<AccountId>,
    /// Whether the account is this administrator's; in
    /// [`Accounts::administrators`](crate::Accounts::administrators) only.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub owner: Option<bool>,
}
debug_only!(Administrator: id, identity_type);

access_sync_http::open_enum! {
    /// An administrator's rank. Lower ranks see less: lists are cut to what they may see.
    pub enum IdentityType {
        /// The account's owner.
        Master = "MASTER",
        /// Sees everything.
        Senior = "SENIOR",
        /// Sees what a role allows.
        Assistant = "ASSISTANT",
        /// Of the dealer that serves the account.
        Dealer = "DEALER",
        /// Of Brivo.
        Csr = "CSR",
    }
}

/// What an administrator is to become, whole.
#[derive(Clone)]
pub struct AdministratorUpdate {
    first_name: String,
    last_name: String,
    email: String,
    middle_name: Option<String>,
    timezone: Option<String>,
    identity_type: Option<IdentityType>,
    can_create_admins: Option<bool>,
}
debug_only!(AdministratorUpdate: identity_type, can_create_admins);

impl AdministratorUpdate {
    /// Name, and the address for lost passwords.
    #[must_use]
    pub fn new(
        first_name: impl Into<String>,
        last_name: impl Into<String>,
        email: impl Into<String>,
    ) -> Self {
        Self {
            first_name: first_name.into(),
            last_name: last_name.into(),
            email: email.into(),
            middle_name: None,
            timezone: None,
            identity_type: None,
            can_create_admins: None,
        }
    }

    /// Middle name.
    #[must_use]
    pub fn middle_name(mut self, name: impl Into<String>) -> Self {
        self.middle_name = Some(name.into());
        self
    }

    /// Time zone, in the old style (`US/Central`).
    #[must_use]
    pub fn timezone(mut self, zone: impl Into<String>) -> Self {
        self.timezone = Some(zone.into());
        self
    }

    /// Sees what roles allow.
    #[must_use]
    pub fn assistant(mut self) -> Self {
        self.identity_type = Some(IdentityType::Assistant);
        self.can_create_admins = None;
        self
    }

    /// Sees everything, and may make other administrators or not.
    #[must_use]
    pub fn senior(mut self, can_create_admins: bool) -> Self {
        self.identity_type = Some(IdentityType::Senior);
        self.can_create_admins = Some(can_create_admins);
        self
    }

    /// Of the dealer.
    #[must_use]
    pub fn dealer(mut self) -> Self {
        self.identity_type = Some(IdentityType::Dealer);
        self.can_create_admins = None;
        self
    }

    pub(crate) fn body(&self) -> Result<Map<String, Value>, Error> {
        let names = [&self.first_name, &self.last_name];
        if names.iter().any(|name| name.trim().is_empty()) {
            return Err(Error::config(
                "an administrator needs a first and a last name",
            ));
        }
        // The characters that Brivo's documentation forbids.
        let bad = |c: char| c.is_whitespace() || ",:;<>()[]\\/\"'~!#$%^&*={}|?`".contains(c);
        if !self.email.contains('@') || self.email.contains(bad) {
            return Err(Error::config(
                "an administrator needs an e-mail address, of letters, digits and . _ - + @ only",
            ));
        }
        let mut body = Map::new();
        for (key, text) in [
            ("firstName", Some(&self.first_name)),
            ("middleName", self.middle_name.as_ref()),
            ("lastName", Some(&self.last_name)),
            ("email", Some(&self.email)),
            ("timezone", self.timezone.as_ref()),
        ] {
            if let Some(text) = text {
                body.insert(key.into(), text.as_str().into());
            }
        }
        if let Some(rank) = &self.identity_type {
            body.insert("identityType".into(), rank.as_str().into());
        }
        if let Some(can) = self.can_create_admins {
            body.insert("canCreateAdmins".into(), can.into());
        }
        Ok(body)
    }
}

/// A question and the answer that gives a lost password back.
#[derive(Clone)]
pub struct SecurityQuestion {
    question: String,
    answer: SecretString,
}
debug_only!(SecurityQuestion:);

impl SecurityQuestion {
    /// Both of them.
    #[must_use]
    pub fn new(question: impl Into<String>, answer: impl Into<SecretString>) -> Self {
        Self {
            question: question.into(),
            answer: answer.into(),
        }
    }

    fn write(&self, body: &mut Map<String, Value>) -> Result<(), Error> {
        let answer = self.answer.expose_secret();
        if self.question.trim().is_empty() || answer.trim().is_empty() {
            return Err(Error::config("a security question and its answer"));
        }
        body.insert("securityQuestion".into(), self.question.as_str().into());
        body.insert("securityAnswer".into(), answer.into());
        Ok(())
    }
}

/// An administrator to be made.
#[derive(Clone)]
pub struct NewAdministrator {
    username: String,
    question: SecurityQuestion,
    password: Option<SecretString>,
    rest: AdministratorUpdate,
}
debug_only!(NewAdministrator: rest);

impl NewAdministrator {
    /// An administrator who logs in as `username`. Without a password Brivo mails one.
    #[must_use]
    pub fn new(
        username: impl Into<String>,
        question: SecurityQuestion,
        rest: AdministratorUpdate,
    ) -> Self {
        Self {
            username: username.into(),
            question,
            password: None,
            rest,
        }
    }

    /// The password to begin with.
    #[must_use]
    pub fn password(mut self, password: impl Into<SecretString>) -> Self {
        self.password = Some(password.into());
        self
    }

    pub(crate) fn body(&self) -> Result<Value, Error> {
        let mut body = self.rest.body()?;
        if self.username.trim().is_empty() {
            return Err(Error::config("an administrator needs a username"));
        }
        body.insert("username".into(), self.username.as_str().into());
        self.question.write(&mut body)?;
        if let Some(password) = &self.password {
            body.insert("password".into(), password.expose_secret().into());
        }
        Ok(body.into())
    }
}

/// How an administrator's log-in stands. Times are as Brivo writes them: those in its documentation
/// are none (`18:14:128`).
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AdministratorLogin {
    /// Whether it works at all.
    #[serde(deserialize_with = "decode::required")]
    pub active: bool,
    /// Whether it is locked after wrong passwords.
    #[serde(deserialize_with = "decode::required")]
    pub locked: bool,
    /// Whether the password must be changed.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub temporary_password: Option<bool>,
    /// The question for lost passwords.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub security_question: Option<String>,
    /// Wrong passwords so far.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub retry_count: Option<u32>,
    /// When a log-in was tried last.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub last_attempted: Option<String>,
    /// When the temporary password ends.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub temporary_password_expiration: Option<String>,
    /// When the log-in ends.
    #[serde(
        default,
        deserialize_with = "decode::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub expiration: Option<String>,
}
debug_only!(AdministratorLogin: active, locked, temporary_password);

/// Changes to an administrator's log-in; what is not named stays.
#[derive(Clone, Default)]
pub struct LoginChange {
    active: Option<bool>,
    password: Option<(SecretString, bool)>,
    question: Option<SecurityQuestion>,
    expiration: Option<DateTime<Utc>>,
}
debug_only!(LoginChange: active, expiration);

impl LoginChange {
    /// No change; name some.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether it works at all.
    #[must_use]
    pub fn active(mut self, active: bool) -> Self {
        self.active = Some(active);
        self
    }

    /// A password, to be changed at the next log-in where it is `temporary`.
    #[must_use]
    pub fn password(mut self, password: impl Into<SecretString>, temporary: bool) -> Self {
        self.password = Some((password.into(), temporary));
        self
    }

    /// The question for lost passwords.
    #[must_use]
    pub fn security_question(mut self, question: SecurityQuestion) -> Self {
        self.question = Some(question);
        self
    }

    /// When the log-in ends.
    #[must_use]
    pub fn expiration(mut self, at: DateTime<Utc>) -> Self {
        self.expiration = Some(at);
        self
    }

    pub(crate) fn body(&self) -> Result<Value, Error> {
        let mut body = Map::new();
        // Text, as in the documentation's example.
        let word = |flag: bool| Value::from(if flag { "true" } else { "false" });
        if let Some(active) = self.active {
            body.insert("active".into(), word(active));
        }
        if let Some((password, temporary)) = &self.password {
            body.insert("password".into(), password.expose_secret().into());
            body.insert("temporaryPassword".into(), word(*temporary));
        }
        if let Some(question) = &self.question {
            question.write(&mut body)?;
        }
        if let Some(at) = self.expiration {
            body.insert("expiration".into(), wire_time(at).into());
        }
        if body.is_empty() {
            return Err(Error::config("no change to the log-in"));
        }
        Ok(body.into())
    }
}
