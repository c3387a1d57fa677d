//! Lists of many pages.

use std::collections::BTreeSet;
use std::sync::Arc;

use access_sync_http::decode::Rows;
use access_sync_http::{Error, Page, Pager, Rejected};
use futures_util::FutureExt as _;
use http::HeaderMap;
use http::header::LINK;
use url::Url;

use crate::{Answer, Call, EntrataClient};

/// How a method pages.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Paging {
    /// One answer holds all.
    Whole,
    /// `?page_no=1&per_page=500`.
    Numbered(u32),
    /// Later pages by the address in the `Link` header.
    Linked,
}

/// The rows of one answer.
pub(crate) type Decode<T> = fn(&Answer) -> Result<Rows<T>, Error>;

/// A list that can be read. `identity` knows rows that were delivered before.
pub(crate) fn pager<T: Send + 'static>(
    client: &EntrataClient,
    call: Call,
    paging: Paging,
    decode: Decode<T>,
    identity: fn(&T) -> String,
) -> Pager<T> {
    let (client, call) = (client.clone(), Arc::new(call));
    let fetch = move |cursor: Option<String>| {
        let (client, call) = (client.clone(), Arc::clone(&call));
        async move {
            let place = Place::read(cursor.as_deref(), paging)?;
            let mut call = Call::clone(&call);
            call.query = place.query(paging);
            let answer = client.send(&call).await?;
            let rows = decode(&answer)?;
            let nothing = HeaderMap::new();
            let headers = answer.reply().map_or(&nothing, |reply| &reply.headers);
            Ok(place.page(rows, headers, paging))
        }
        .boxed()
    };
    Pager::new(fetch, identity)
}

/// Where a page stands: its number and the rows before it, or the query of a link.
struct Place {
    page_no: u32,
    before: u64,
    link: Vec<(String, String)>,
}

impl Place {
    fn read(cursor: Option<&str>, paging: Paging) -> Result<Self, Error> {
        let mut place = Self {
            page_no: 1,
            before: 0,
            link: Vec::new(),
        };
        match (cursor, paging) {
            (None, _) => {}
            (Some(query), Paging::Linked) => {
                place.page_no = 2;
                place.link = url::form_urlencoded::parse(query.as_bytes())
                    .into_owned()
                    .collect();
            }
            (Some(cursor), _) => {
                let parsed = cursor
                    .split_once('+')
                    .and_then(|(page, before)| Some((page.parse().ok()?, before.parse().ok()?)));
                (place.page_no, place.before) =
                    parsed.ok_or_else(|| Error::config("not a cursor of this list"))?;
            }
        }
        Ok(place)
    }

    fn query(&self, paging: Paging) -> Vec<(String, String)> {
        match paging {
            Paging::Whole => Vec::new(),
            Paging::Numbered(per_page) => vec![
                ("page_no".into(), self.page_no.to_string()),
                ("per_page".into(), per_page.to_string()),
            ],
            Paging::Linked => self.link.clone(),
        }
    }

    /// There is a next page while the count says so; without a count, while pages are full. A server
    /// that caps the page below what was asked for is so caught by its own count.
    fn page<T>(&self, rows: Rows<T>, headers: &HeaderMap, paging: Paging) -> Page<T> {
        let delivered = rows.delivered();
        let seen = self.before.saturating_add(delivered);
        let link = next_link(headers);
        // Past the end some servers count anew; only a page with rows is asked for the total.
        let total = total_count(headers).filter(|_| delivered > 0 || self.page_no == 1);
        let next = match paging {
            Paging::Whole => None,
            Paging::Linked => link,
            Paging::Numbered(per_page) => {
                let more = match total {
                    Some(total) => seen < total || link.is_some(),
                    None => delivered >= u64::from(per_page) || link.is_some(),
                };
                (more && delivered > 0)
                    .then(|| format!("{}+{seen}", self.page_no.saturating_add(1)))
            }
        };
        Page::new(rows.items, rows.rejected, next, total)
    }
}

fn total_count(headers: &HeaderMap) -> Option<u64> {
    headers
        .get("x-total-count")?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
}

/// The query of the `Link` with `rel="next"`. Only the query: credentials go to our own address,
/// wherever the header points.
fn next_link(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(LINK)?.to_str().ok()?;
    text.split('<').skip(1).find_map(|link| {
        let (address, params) = link.split_once('>')?;
        let params = params.to_ascii_lowercase().replace([' ', '"'], "");
        if !params.split([';', ',']).any(|param| param == "rel=next") {
            return None;
        }
        let base = Url::parse("https://localhost/").ok()?;
        base.join(address).ok()?.query().map(str::to_owned)
    })
}

/// The places of the rows that could be read, by those that could not.
pub(crate) fn places(rejected: &[Rejected]) -> impl Iterator<Item = usize> + use<> {
    let bad: BTreeSet<usize> = rejected.iter().map(|row| row.index).collect();
    (0..).filter(move |place| !bad.contains(place))
}

/// Turns wire rows into rows of the model, and lifts what inside them could not be read to the level
/// of rows: a lease with an unreadable person is there, and the list is not whole.
pub(crate) fn lift<W, T>(rows: Rows<W>, convert: impl Fn(W) -> (T, Vec<Rejected>)) -> Rows<T> {
    let mut out = Rows {
        items: Vec::with_capacity(rows.items.len()),
        rejected: Vec::new(),
    };
    let places = places(&rows.rejected);
    for (row, index) in rows.items.into_iter().zip(places) {
        let (item, nested) = convert(row);
        out.items.push(item);
        out.rejected.extend(nested.into_iter().map(|mut inner| {
            inner.index = index;
            inner
        }));
    }
    out.rejected.extend(rows.rejected);
    out.rejected.sort_by_key(|rejected| rejected.index);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_query_of_the_next_link_is_used() {
        let mut headers = HeaderMap::new();
        let read = |headers: &HeaderMap| next_link(headers);
        assert_eq!(read(&headers), None);
        headers.insert(
            LINK,
            "<https://a.example/x?page_no=1>; rel=\"first\", <https://evil.example/x?page_no=3&per_page=2>; rel=\"next\""
                .parse()
                .unwrap(),
        );
        assert_eq!(read(&headers).as_deref(), Some("page_no=3&per_page=2"));
        headers.insert(
            LINK,
            "</v1/x?page_no=2>; title=a; rel=next".parse().unwrap(),
        );
        assert_eq!(read(&headers).as_deref(), Some("page_no=2"));
        headers.insert(
            LINK,
            "<https://a.example/x?page_no=1>; rel=\"prev\""
                .parse()
                .unwrap(),
        );
        assert_eq!(read(&headers), None);
        headers.insert(LINK, "nonsense".parse().unwrap());
        assert_eq!(read(&headers), None);
    }
}
