//! Base addresses that secrets may be sent to.

use url::Url;

use crate::{Error, ErrorKind};

/// A base address: `https`, or `http` to this machine only.
///
/// Every request of this family carries a credential, so plain `http` to another host is refused
/// when the client is built rather than noticed in a packet trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(Url);

impl Endpoint {
    /// Reads a base address such as `https://api.example.com/v1`.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where the text is no absolute URL, has a user, a query or a fragment,
    /// or is plain `http` to a host other than loopback.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let url = Url::parse(text)
            .map_err(|error| Error::config(format!("not a base address: {error}")))?;
        Self::new(url)
    }

    /// As [`Endpoint::parse`], from a URL that was read already.
    ///
    /// # Errors
    /// As [`Endpoint::parse`].
    pub fn new(mut url: Url) -> Result<Self, Error> {
        let refused = |why: &str| Err(Error::config(format!("base address refused: {why}")));
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => {
                return refused("plain http would send credentials in the clear; use https");
            }
            _ => return refused("only https (or http to this machine) is spoken"),
        }
        if url.cannot_be_a_base() || url.host_str().is_none() {
            return refused("it names no host");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refused("credentials belong in the client's settings, not in the address");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refused("it has a query or a fragment");
        }
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty();
        }
        Ok(Self(url))
    }

    /// The address with path segments added; each segment is percent-encoded.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where a segment is empty, `.` or `..`, which would name another resource.
    pub fn join(&self, segments: &[&str]) -> Result<Url, Error> {
        if segments.iter().any(|s| matches!(*s, "" | "." | "..")) {
            return Err(Error::new(
                ErrorKind::Config,
                "an empty or dotted path segment (is an id missing?)",
            ));
        }
        let mut url = self.0.clone();
        url.path_segments_mut()
            .map_err(|()| Error::config("base address cannot take a path"))?
            .extend(segments);
        Ok(url)
    }

    /// The base address itself.
    #[must_use]
    pub fn as_url(&self) -> &Url {
        &self.0
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_refused_but_for_loopback() {
        for good in [
            "https://a.example/v1",
            "http://127.0.0.1:9/",
            "http://[::1]:1/x",
            "http://localhost",
        ] {
            assert!(Endpoint::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "http://a.example",
            "http://10.0.0.1",
            "ftp://a.example",
            "a.example",
            "https://u:p@a.example",
            "https://a.example?k=1",
        ] {
            assert!(Endpoint::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn segments_are_encoded_and_never_climb() {
        let endpoint = Endpoint::parse("https://a.example/v1/").unwrap();
        let url = endpoint.join(&["users", "a/b c", "external"]).unwrap();
        assert_eq!(
            url.as_str(),
            "https://a.example/v1/users/a%2Fb%20c/external"
        );
        assert!(endpoint.join(&["users", ".."]).is_err());
        assert!(endpoint.join(&["users", ""]).is_err());
    }
}
