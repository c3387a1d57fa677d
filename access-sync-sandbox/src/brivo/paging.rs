use serde_json::{Value, json};

use super::error;
use crate::http::{Reply, Request};

const DEFAULT_PAGE: usize = 20;
const MAX_PAGE: usize = 100;

/// One page of `rows`, with `count` telling the total. `pageSize` above 100 is served as 100.
pub(super) fn page<T>(
    request: &Request,
    rows: Vec<T>,
    shape: impl Fn(T) -> Value,
) -> Result<Reply, Reply> {
    let number = |name: &str, default: usize| match request.param(name) {
        None => Ok(default),
        Some(text) => text
            .parse::<usize>()
            .map_err(|_| error(400, &format!("Invalid value for {name}"))),
    };
    let offset = number("offset", 0)?;
    let size = number("pageSize", DEFAULT_PAGE)?.min(MAX_PAGE);
    if size == 0 {
        return Err(error(400, "Invalid value for pageSize"));
    }
    let count = rows.len();
    let data: Vec<Value> = rows
        .into_iter()
        .skip(offset)
        .take(size)
        .map(shape)
        .collect();
    Ok(Reply::json(
        200,
        json!({"data": data, "offset": offset, "pageSize": size, "count": count}),
    ))
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
        let ops = known
            .iter()
            .find(|(name, _)| *name == field)
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
