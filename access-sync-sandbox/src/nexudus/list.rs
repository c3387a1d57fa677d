use std::cmp::Ordering;

use chrono::{DateTime, NaiveDateTime, Timelike, Utc};
use serde_json::{Value, json};

use super::entity::Entity;
use super::state::NexudusState;
use crate::http::{Reply, Request};

const DEFAULT_SIZE: usize = 25;

/// `?page=&size=&orderBy=&dir=&{filters}` → the envelope with `Records`.
pub(super) fn list(state: &NexudusState, request: &Request, entity: Entity) -> Reply {
    let number = |name: &str| {
        let value = query(request, name)?.parse::<usize>().ok()?;
        (value > 0).then_some(value)
    };
    let size = number("size").unwrap_or(DEFAULT_SIZE).min(state.page_cap);
    let page = number("page").unwrap_or(1);
    let order = query(request, "orderBy").unwrap_or("Id");
    // Old and new pages of the documentation disagree about 1; this is the newer meaning.
    let descending = matches!(query(request, "dir"), Some("1" | "-1"))
        || query(request, "dir").is_some_and(|d| d.eq_ignore_ascii_case("descending"));

    let filters = Filters::of(request, entity);
    let mut rows: Vec<Value> = entity
        .ids(state)
        .into_iter()
        .filter_map(|id| entity.full(state, id, request.now))
        .filter(|row| filters.accept(state, row, request.now))
        .collect();
    if field(&rows, order).is_some() {
        rows.sort_by(|left, right| compare(left.get(order), right.get(order)));
    }
    if descending {
        rows.reverse();
    }
    let total = rows.len();
    let first = (page - 1).saturating_mul(size);
    let records: Vec<Value> = rows
        .into_iter()
        .skip(first)
        .take(size)
        .map(|row| partial(row, entity.get_only()))
        .collect();
    let last = first + records.len();
    Reply::json(
        200,
        json!({
            "Records": records,
            "CurrentPageSize": size,
            "CurrentPage": page,
            "CurrentOrderField": order,
            "CurrentSortDirection": i64::from(descending),
            "FirstItem": first + 1,
            "HasNextPage": last < total,
            "HasPreviousPage": page > 1,
            "LastItem": last,
            "PageNumber": page,
            "PageSize": size,
            "TotalItems": total,
            "TotalPages": total.div_ceil(size),
        }),
    )
}

/// `?id=[1,2,3]` → a bare array, in the order asked; missing records are left out.
pub(super) fn batch(state: &NexudusState, request: &Request, entity: Entity) -> Reply {
    let text = query(request, "id").unwrap_or_default();
    let ids = serde_json::from_str::<Vec<i64>>(text).unwrap_or_default();
    let rows: Vec<Value> = ids
        .into_iter()
        .filter_map(|id| entity.full(state, id, request.now))
        .map(|row| partial(partial(row, entity.get_only()), entity.not_in_batch()))
        .collect();
    Reply::json(200, Value::Array(rows))
}

fn partial(mut row: Value, absent: &[&str]) -> Value {
    if let Some(object) = row.as_object_mut() {
        for key in absent {
            object.insert((*key).to_owned(), Value::Null);
        }
    }
    row
}

/// Query keys are not case-sensitive.
fn query<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let mut pairs = request.query.iter();
    let pair = pairs.find(|(key, _)| key.eq_ignore_ascii_case(name));
    pair.map(|(_, value)| value.as_str())
}

fn field<'a>(rows: &'a [Value], name: &str) -> Option<&'a Value> {
    rows.first().and_then(|row| row.get(name))
}

fn compare(left: Option<&Value>, right: Option<&Value>) -> Ordering {
    match (left, right) {
        (Some(Value::Number(a)), Some(Value::Number(b))) => a
            .as_f64()
            .partial_cmp(&b.as_f64())
            .unwrap_or(Ordering::Equal),
        (Some(Value::String(a)), Some(Value::String(b))) => a.cmp(b),
        (Some(a), Some(b)) => a.to_string().cmp(&b.to_string()),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

enum Bound {
    Equal,
    From,
    To,
}

struct Filter {
    bound: Bound,
    /// Property, or navigation names and a property.
    path: Vec<String>,
    value: String,
}

/// `{Entity}_{Property}`, `{Entity}_{Nav}_{Property}`, `from_…` and `to_…`; anything else is
/// ignored, as are fields that do not exist.
struct Filters(Vec<Filter>);

impl Filters {
    fn of(request: &Request, entity: Entity) -> Self {
        let mut filters = Vec::new();
        for (key, value) in &request.query {
            let lower = key.to_ascii_lowercase();
            let (bound, rest) = if lower.starts_with("from_") {
                (Bound::From, key.get(5..))
            } else if lower.starts_with("to_") {
                (Bound::To, key.get(3..))
            } else {
                (Bound::Equal, Some(key.as_str()))
            };
            let mut path = rest.unwrap_or_default().split('_').map(str::to_owned);
            let named = path
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case(entity.name()));
            let path: Vec<String> = if named {
                path.collect()
            } else if lower == "id" {
                vec!["Id".to_owned()]
            } else {
                continue;
            };
            let offered = !entity
                .not_filterable()
                .iter()
                .any(|name| path == [(*name).to_owned()]);
            if offered && !path.is_empty() {
                filters.push(Filter {
                    bound,
                    path,
                    value: value.clone(),
                });
            }
        }
        Self(filters)
    }

    fn accept(&self, state: &NexudusState, row: &Value, now: DateTime<Utc>) -> bool {
        self.0
            .iter()
            .all(|filter| match resolve(state, row, &filter.path, now) {
                Some(value) => filter.accepts(&value),
                None => true,
            })
    }
}

/// The value a filter is about: a field, a reference's id, a joined field
/// (`Resource_Name` → `ResourceName`), or a field of the referenced record.
fn resolve(
    state: &NexudusState,
    row: &Value,
    path: &[String],
    now: DateTime<Utc>,
) -> Option<Value> {
    let object = row.as_object()?;
    let get = |name: &str| {
        let mut fields = object.iter();
        let found = fields.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone())
    };
    let joined = path.concat();
    if let Some(value) = get(&joined) {
        return Some(value);
    }
    if let Some(value) = get(&format!("{joined}Id")) {
        return Some(value);
    }
    let (nav, rest) = path.split_first()?;
    if rest.is_empty() {
        return None;
    }
    let id = get(&format!("{nav}Id"))?;
    let Some(id) = id.as_i64() else {
        // A null reference matches no value of the record it does not have.
        return Some(Value::Null);
    };
    let record = Entity::by_name(nav)?.full(state, id, now)?;
    resolve(state, &record, rest, now)
}

impl Filter {
    fn accepts(&self, actual: &Value) -> bool {
        match self.bound {
            Bound::Equal => match actual {
                Value::Null => false,
                Value::String(text) => text.eq_ignore_ascii_case(&self.value),
                Value::Bool(flag) => self.value.eq_ignore_ascii_case(&flag.to_string()),
                Value::Number(number) => number.to_string() == self.value,
                Value::Array(_) | Value::Object(_) => false,
            },
            Bound::From => self.order(actual).is_some_and(Ordering::is_ge),
            Bound::To => self.order(actual).is_some_and(Ordering::is_le),
        }
    }

    /// How the record's value compares to the bound, which is cut to the minute for dates.
    fn order(&self, actual: &Value) -> Option<Ordering> {
        match actual {
            Value::Number(number) => number.as_f64()?.partial_cmp(&self.value.parse().ok()?),
            Value::String(text) => {
                let bound = minute(&self.value)?;
                Some(instant(text)?.cmp(&bound))
            }
            _ => None,
        }
    }
}

fn instant(text: &str) -> Option<NaiveDateTime> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.naive_utc());
    }
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
        .into_iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .or_else(|| {
            let date = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
            Some(date.and_time(chrono::NaiveTime::MIN))
        })
}

fn minute(text: &str) -> Option<NaiveDateTime> {
    instant(text)?.with_second(0)?.with_nanosecond(0)
}
