//! The part of the authorization-code grant that a person takes: there and back.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{Endpoint, Error, ErrorKind, redact};

/// The address that a person is sent to, to allow a program to act for them.
#[derive(Clone)]
pub struct AuthorizationUrl(Url);

/// Shorter ones can be guessed.
const SHORTEST_STATE: usize = 16;

impl AuthorizationUrl {
    /// The address for a client and the place to come back to. `state` comes back with the person
    /// and ties the answer to the question: unguessable, and new for each log-in.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where `state` has less than 16 characters.
    pub fn new(
        endpoint: &Endpoint,
        path: &[&str],
        client_id: &str,
        redirect_uri: &str,
        state: &SecretString,
    ) -> Result<Self, Error> {
        if state.expose_secret().chars().count() < SHORTEST_STATE {
            return Err(Error::config("state has less than 16 characters"));
        }
        let mut url = endpoint.join(path)?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("state", state.expose_secret());
        Ok(Self(url))
    }

    /// What to ask for; several in one text, separated by blanks.
    #[must_use]
    pub fn scope(self, scope: &str) -> Self {
        self.param("scope", scope)
    }

    /// A parameter of the vendor's own, or of PKCE.
    #[must_use]
    pub fn param(mut self, name: &str, value: &str) -> Self {
        self.0.query_pairs_mut().append_pair(name, value);
        self
    }

    /// The address.
    #[must_use]
    pub fn build(self) -> Url {
        self.0
    }
}

impl fmt::Debug for AuthorizationUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AuthorizationUrl")
            .field(&self.0.host_str().unwrap_or(""))
            .finish()
    }
}

/// The code of a person who came back, checked against the `state` they were sent with.
///
/// # Errors
/// [`ErrorKind::Authentication`] where the server sent an error instead (its word is the error's
/// code; `access_denied` where the person said no), where the state is another one (somebody else's
/// answer: do not use it), or where there is no code.
pub fn callback(url: &Url, state: &SecretString) -> Result<SecretString, Error> {
    let one = |name: &str| {
        let mut values = url.query_pairs().filter(|(key, _)| key == name);
        let first = values.next().map(|(_, value)| value.into_owned());
        // Two of a kind: somebody added one.
        first.filter(|_| values.next().is_none())
    };
    let refused = |text: &str| Error::new(ErrorKind::Authentication, text);
    let same = one("state").is_some_and(|sent| same(&sent, state.expose_secret()));
    if !same {
        return Err(refused("the answer's state is not the one that was sent"));
    }
    if let Some(code) = one("error") {
        return Err(refused("the authorization was not given").with_code(redact::label(&code)));
    }
    match one("code").filter(|code| !code.is_empty()) {
        Some(code) => Ok(SecretString::from(code)),
        None => Err(refused("the answer has no code")),
    }
}

/// Compares in a time that does not tell where two texts differ.
fn same(a: &str, b: &str) -> bool {
    let differ = a
        .bytes()
        .zip(b.bytes())
        .fold(0, |sum, (a, b)| sum | (a ^ b));
    a.len() == b.len() && differ == 0
}
