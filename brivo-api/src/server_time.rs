//! What time Brivo thinks it is.

use chrono::{DateTime, SecondsFormat, Utc};
use http::header::HeaderName;
use http::{HeaderValue, Method};
use serde::Deserialize;

use crate::call::Call;
use crate::client::BrivoClient;
use crate::fields;
use crate::record;

impl BrivoClient {
    /// The time at Brivo: `GET /time`. Tells whether this machine's clock is off, which moves every
    /// window of access. Sends this machine's time along, without which Brivo answers 400.
    pub fn server_time(&self) -> Call<DateTime<Utc>> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(deserialize_with = "fields::time")]
            time: DateTime<Utc>,
        }
        let now = self.core().timer().wall();
        let now = now.to_rfc3339_opts(SecondsFormat::Millis, true);
        let request = self
            .request("server_time.get", Method::GET, &["time"])
            .map(|request| match HeaderValue::try_from(now) {
                Ok(now) => request.header(HeaderName::from_static("current-date"), now),
                Err(_) => request,
            });
        Call::new(self, request, |sent| {
            record::of::<Answer>(&sent?).map(|answer| answer.time)
        })
    }
}
