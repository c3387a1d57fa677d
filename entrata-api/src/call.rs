//! Calls as values: service, method, version and parameters.

use std::borrow::Cow;
use std::fmt;

use access_sync_http::decode::Rows;
use access_sync_http::{Error, Reply, decode, redact};
use bytes::Bytes;
use chrono::NaiveDate;
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::date::for_request;
use crate::envelope::{self, Verdict};
use crate::{EntrataClient, PropertyId};

/// A method of a service, in a version: Entrata's address for an operation. The service is the last
/// part of the URL; method and version go into the body.
///
/// Limits are counted for each method by itself where the name is a constant ([`Method::new`] with a
/// literal), and for all others together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    service: Cow<'static, str>,
    name: Cow<'static, str>,
    version: Cow<'static, str>,
}

impl Method {
    /// A method, such as `Method::new("leases", "getLeaseDetails", "r2")`.
    #[must_use]
    pub fn new(
        service: impl Into<Cow<'static, str>>,
        name: impl Into<Cow<'static, str>>,
        version: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            service: service.into(),
            name: name.into(),
            version: version.into(),
        }
    }

    pub(crate) const fn known(
        service: &'static str,
        name: &'static str,
        version: &'static str,
    ) -> Self {
        Self {
            service: Cow::Borrowed(service),
            name: Cow::Borrowed(name),
            version: Cow::Borrowed(version),
        }
    }

    /// The service, as in the URL.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The method's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version, such as `r2`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    pub(crate) fn class(&self) -> &'static str {
        match self.name {
            Cow::Borrowed(name) => name,
            Cow::Owned(_) => "other",
        }
    }

    /// Writes are far from repeatable (a lease moved out twice), and access control needs none.
    pub(crate) fn is_read(&self) -> bool {
        self.name.starts_with("get") || self.name.starts_with("search")
    }
}

/// One call, before it is sent: a [`Method`] and its parameters.
///
/// Entrata ignores parameters that it does not know, misspelled ones too: look twice, and filter
/// what comes back.
///
/// ```
/// use entrata_api::{Call, Method, PropertyId};
///
/// let call = Call::new(Method::new("leases", "getLeaseDetails", "r2"))
///     .property(PropertyId(100_234))
///     .csv("leaseStatusTypeIds", [4, 5])
///     .flag("includeAddOns", true)
///     .page(1, 500);
/// # let _ = call;
/// ```
#[derive(Clone)]
pub struct Call {
    pub(crate) method: Method,
    pub(crate) params: Map<String, Value>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) property: Option<PropertyId>,
}

impl Call {
    /// A call without parameters.
    #[must_use]
    pub fn new(method: Method) -> Self {
        Self {
            method,
            params: Map::new(),
            query: Vec::new(),
            property: None,
        }
    }

    /// Sets a parameter.
    #[must_use]
    pub fn param(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }

    /// Sets `propertyId`, and names the property in errors that are about it.
    #[must_use]
    pub fn property(mut self, property: PropertyId) -> Self {
        self.property = Some(property);
        self.param("propertyId", property.to_string())
    }

    /// Sets a parameter of many values, which Entrata wants as one text with commas. Without values
    /// it is left out.
    #[must_use]
    pub fn csv<T: fmt::Display>(self, name: &str, values: impl IntoIterator<Item = T>) -> Self {
        let values: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
        if values.is_empty() {
            return self;
        }
        self.param(name, values.join(","))
    }

    /// Sets a boolean, which Entrata wants as `"1"` or `"0"`.
    #[must_use]
    pub fn flag(self, name: &str, value: bool) -> Self {
        self.param(name, if value { "1" } else { "0" })
    }

    /// Sets a date, which the filters of reads want as `MM/DD/YYYY`.
    #[must_use]
    pub fn date(self, name: &str, day: NaiveDate) -> Self {
        self.param(name, for_request(day))
    }

    /// Asks for one page, counted from 1, in the URL's query. In the parameters it would be ignored.
    #[must_use]
    pub fn page(mut self, page_no: u32, per_page: u32) -> Self {
        self.query = vec![
            ("page_no".into(), page_no.to_string()),
            ("per_page".into(), per_page.to_string()),
        ];
        self
    }

    pub(crate) fn opt<T>(self, value: Option<T>, set: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            Some(value) => set(self, value),
            None => self,
        }
    }
}

/// Method and names of parameters; not their values, which may name people and units.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("method", &self.method)
            .field("params", &self.params.keys().collect::<Vec<_>>())
            .field("query", &self.query)
            .finish_non_exhaustive()
    }
}

/// A good answer: proven success, to the right request.
#[derive(Clone)]
pub struct Answer {
    reply: Option<Reply>,
    result: Bytes,
}

impl Answer {
    /// Reads a body that was kept: an answer without a call. Nothing is known of headers then, so
    /// that counts and links are not checked.
    ///
    /// # Errors
    /// Where it does not prove success: by Entrata's code, so that [`crate::Refusal::of`] tells what
    /// it is, or [`access_sync_http::ErrorKind::Decode`]. [`crate::EntrataEnvelope`] says more of a
    /// whole HTTP answer.
    pub fn parse(body: impl Into<Bytes>) -> Result<Self, Error> {
        let body = body.into();
        let result = match envelope::read(&body) {
            Verdict::Success(answer) => body.slice_ref(answer.result.get().as_bytes()),
            Verdict::Neither(reason) => return Err(Error::decode(reason)),
            Verdict::Error { code, message } => {
                let kind = envelope::kind_of(code.as_deref(), message.as_deref(), StatusCode::OK);
                let error = Error::new(kind, redact::text(&message.unwrap_or_default()));
                return Err(match code {
                    Some(code) => error.with_code(code),
                    None => error,
                });
            }
        };
        Ok(Self {
            reply: None,
            result,
        })
    }

    /// Checks that `reply` answers the request with this `requestId`. Answers without one pass: old
    /// servers leave it out.
    pub(crate) fn new(reply: Reply, sent_id: &str) -> Result<Self, Error> {
        let result = match envelope::read(&reply.body) {
            Verdict::Success(answer) => {
                if answer.request_id.is_some_and(|id| id != sent_id) {
                    let error = Error::decode("the answer is to another request (requestId)");
                    return Err(reply.fault(error));
                }
                reply.body.slice_ref(answer.result.get().as_bytes())
            }
            // The envelope has judged this body already.
            Verdict::Error { .. } | Verdict::Neither(_) => {
                return Err(reply.fault(Error::decode("no result")));
            }
        };
        Ok(Self {
            reply: Some(reply),
            result,
        })
    }

    /// The HTTP answer around it, where there was one.
    #[must_use]
    pub fn reply(&self) -> Option<&Reply> {
        self.reply.as_ref()
    }

    /// An error about this answer.
    fn fault(&self, error: Error) -> Error {
        match &self.reply {
            Some(reply) => reply.fault(error),
            None => error,
        }
    }

    /// `result` as a type of yours.
    ///
    /// # Errors
    /// [`access_sync_http::ErrorKind::Decode`] with the path inside `result`, without values.
    pub fn result<T: DeserializeOwned>(&self) -> Result<T, Error> {
        decode::json(&self.result).map_err(|error| self.fault(error))
    }

    /// The text, where `result` is one: Entrata's way to say that there is nothing.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        if self.result.first() != Some(&b'"') {
            return None;
        }
        serde_json::from_slice(&self.result).ok()
    }

    /// The rows below `result` at a path such as `["leases", "lease"]`, in any case (`Leases.Lease`),
    /// as an array, as one object, or collapsed to an empty container.
    ///
    /// No rows is an answer only where Entrata says so: by an empty container or by a text. A
    /// `result` that lacks the first key is none.
    ///
    /// # Errors
    /// [`access_sync_http::ErrorKind::Decode`].
    pub fn rows<T: DeserializeOwned>(&self, path: &[&str]) -> Result<Rows<T>, Error> {
        if self.is_nothing()? {
            return Ok(Rows::default());
        }
        match self.find(path)? {
            None => Ok(Rows::default()),
            Some(raw) => self.decode(raw),
        }
    }

    /// Does `result` say in a text that there are no records? Any other text is an error.
    pub(crate) fn is_nothing(&self) -> Result<bool, Error> {
        match self.text() {
            None => Ok(false),
            Some(text) if says_no_records(&text) => Ok(true),
            Some(text) => {
                let text = redact::text(&text);
                Err(self.fault(Error::decode(format!("a text instead of rows: {text}"))))
            }
        }
    }

    /// The JSON at a path below `result`; none where it, or a container on the way, is empty.
    pub(crate) fn find(&self, path: &[&str]) -> Result<Option<&str>, Error> {
        let whole: &RawValue = serde_json::from_slice(&self.result)
            .map_err(|error| self.fault(Error::decode(redact::serde_message(&error))))?;
        let found = find(whole, path).map_err(|reason| self.fault(Error::decode(reason)))?;
        Ok(found
            .filter(|raw| !envelope::is_empty(raw))
            .map(RawValue::get))
    }

    pub(crate) fn decode<T: DeserializeOwned>(&self, json: &str) -> Result<T, Error> {
        decode::json(json.as_bytes()).map_err(|error| self.fault(error))
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Answer").field(&self.reply).finish()
    }
}

impl EntrataClient {
    /// Sends a call and decodes its `result` into a type of yours: for read methods that this crate
    /// does not know.
    ///
    /// # Errors
    /// As [`EntrataClient::send`]; [`access_sync_http::ErrorKind::Decode`] where `result` is not as
    /// `T` wants it.
    pub async fn call<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Error> {
        self.send(call).await?.result()
    }
}

/// The value at `path`, keys in any case; none where a container on the way is empty.
fn find<'a>(whole: &'a RawValue, path: &[&str]) -> Result<Option<&'a RawValue>, String> {
    let mut here = whole;
    for (depth, key) in path.iter().enumerate() {
        if depth > 0 && envelope::is_empty(here) {
            return Ok(None);
        }
        match here.get().as_bytes().first() {
            Some(b'{') => {
                let keys: std::collections::BTreeMap<String, &RawValue> =
                    serde_json::from_str(here.get())
                        .map_err(|error| redact::serde_message(&error))?;
                here = keys
                    .into_iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case(key))
                    .map(|(_, value)| value)
                    .ok_or_else(|| format!("there is no `{key}`"))?;
            }
            // The singular level is left out in places: `leases: [ … ]`.
            Some(b'[') if depth > 0 => return Ok(Some(here)),
            Some(b'"') if depth > 0 => {
                let text: String = serde_json::from_str(here.get()).unwrap_or_default();
                return match says_no_records(&text) {
                    true => Ok(None),
                    false => Err(format!("a text instead of `{key}`")),
                };
            }
            _ => return Err(format!("nothing that could hold `{key}`")),
        }
    }
    Ok(Some(here))
}

/// "No records found with mentioned preferences." and the like.
fn says_no_records(text: &str) -> bool {
    let text = text.trim().to_ascii_lowercase();
    let nothing_found = text.starts_with("no ")
        && ["found", "available", "exist", "match"]
            .iter()
            .any(|word| text.contains(word));
    let of_data = [
        "record",
        "lease",
        "customer",
        "resident",
        "unit",
        "propert",
        "event",
        "reservation",
        "amenit",
        "data",
        "result",
    ];
    text.contains("no record")
        || (nothing_found
            && !["permission", "access", "method"]
                .iter()
                .any(|word| text.contains(word))
            && of_data.iter().any(|word| text.contains(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_text_about_missing_records_stands_for_nothing() {
        for text in [
            "No records found with mentioned preferences.",
            "No record found.",
            "no leases found",
            "No units available for the given criteria",
        ] {
            assert!(says_no_records(text), "{text}");
        }
        for text in [
            "",
            "Success",
            "Not found",
            "An unexpected error occurred while fetching records",
            "No permission found for property",
            "No access to leases: property not found",
        ] {
            assert!(!says_no_records(text), "{text}");
        }
    }

    #[test]
    fn rows_are_found_in_any_case_and_empty_containers_are_none() {
        let at = |json: &str| {
            let raw: Box<RawValue> = serde_json::from_str(json).unwrap();
            find(&raw, &["leases", "lease"]).map(|found| found.map(|raw| raw.get().to_owned()))
        };
        assert_eq!(at(r#"{"leases":{"lease":[1]}}"#), Ok(Some("[1]".into())));
        assert_eq!(
            at(r#"{"Leases":{"Lease":{"a":1}}}"#),
            Ok(Some(r#"{"a":1}"#.into()))
        );
        assert_eq!(at(r#"{"leases":[1]}"#), Ok(Some("[1]".into())));
        for json in [
            r#"{"leases":""}"#,
            r#"{"leases":[]}"#,
            r#"{"leases":{ }}"#,
            r#"{"leases":null}"#,
        ] {
            assert_eq!(at(json), Ok(None), "{json}");
        }
        for json in [
            "{}",
            "[]",
            "7",
            "null",
            r#"{"units":[]}"#,
            r#"{"leases":{"a":1}}"#,
            r#"{"leases":7}"#,
        ] {
            assert!(at(json).is_err(), "{json}");
        }
    }
}
