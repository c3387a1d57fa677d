use serde_json::{Value, json};

use super::error;
use crate::http::{Reply, Request};
use crate::json::{Write, write_array};

const DEFAULT_PAGE: usize = 20;
const MAX_PAGE: usize = 100;

/// One page of `rows`, with `count` telling the total. `pageSize` above 100 is served as 100.
/// Only the rows of the page are shaped.
pub(super) fn page<T, R: Write>(
    request: &Request,
    rows: Vec<T>,
    shape: impl Fn(T) -> R,
) -> Result<Reply, Reply> {
    let count = rows.len();
    page_of(request, count, rows.into_iter(), shape)
}

/// The same without a list of all rows, where their number is known.
pub(super) fn page_of<T, R: Write>(
    request: &Request,
    count: usize,
    rows: impl Iterator<Item = T>,
    shape: impl Fn(T) -> R,
) -> Result<Reply, Reply> {
    let (offset, size) = bounds(request)?;
    let mut out = Vec::with_capacity(16 << 10);
    out.extend_from_slice(br#"{"data":"#);
    write_array(&mut out, rows.skip(offset).take(size).map(shape));
    let rest = format!(r#","offset":{offset},"pageSize":{size},"count":{count}}}"#);
    out.extend_from_slice(rest.as_bytes());
    Ok(Reply::written(200, out))
}

fn bounds(request: &Request) -> Result<(usize, usize), Reply> {
    let number = |name: &str, default: usize| match request.param(name) {
        None => Ok(default),
        Some(text) => text
            .parse::<usize>()
            .map_err(|_| error(400, &format!("Invalid value for {name}"))),
    };
    let offset = number("offset", 0)?;
    Ok((offset, page_size(request)?))
}

pub(super) fn page_size(request: &Request) -> Result<usize, Reply> {
    let invalid = || error(400, "Invalid value for pageSize");
    match request.param("pageSize") {
        None => Ok(DEFAULT_PAGE),
        Some(text) => match text.parse::<usize>() {
            Ok(0) | Err(_) => Err(invalid()),
            Ok(size) => Ok(size.min(MAX_PAGE)),
        },
    }
}

/// A list that knows no paging: `{data, count}`.
pub(super) fn whole(data: Vec<Value>) -> Reply {
    let count = data.len();
    Reply::json(200, json!({"data": data, "count": count}))
}

/// One condition of `filter=<field>__<op>:<v>[,<v>…][;…]`.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) field: String,
    pub(super) op: String,
    pub(super) values: Vec<String>,
}

impl Condition {
    pub(super) fn key(&self) -> (&str, &str) {
        (&self.field, &self.op)
    }

    /// `eq` on names means "contains", whatever the case.
    pub(super) fn contained_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.values
            .iter()
            .any(|value| text.contains(&value.to_lowercase()))
    }

    pub(super) fn lists(&self, id: i64) -> bool {
        self.values.iter().any(|value| *value == id.to_string())
    }
}

/// The conditions of a list call; `known` says which field and operator exist.
pub(super) fn conditions(
    request: &Request,
    known: &[(&str, &[&str])],
) -> Result<Vec<Condition>, Reply> {
    let Some(filter) = request.param("filter").filter(|text| !text.is_empty()) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for part in filter.split(';') {
        let invalid = || error(400, "Invalid filter format");
        let (left, values) = part.split_once(':').ok_or_else(invalid)?;
        let (field, op) = left.rsplit_once("__").ok_or_else(invalid)?;
        // `cf_` stands for the custom fields, whose names end in their ids.
        let ops = known
            .iter()
            .find(|(name, _)| *name == field || (*name == "cf_" && field.starts_with(name)))
            .map(|(_, ops)| ops)
            .ok_or_else(|| error(400, "Invalid filter was provided"))?;
        if !ops.contains(&op) {
            return Err(error(400, "Invalid filter operator"));
        }
        found.push(Condition {
            field: field.to_owned(),
            op: op.to_owned(),
            values: values.split(',').map(str::to_owned).collect(),
        });
    }
    Ok(found)
}
