use std::cmp::Ordering;

use chrono::{DateTime, NaiveDateTime, Timelike, Utc};
use serde_json::Value;

use super::entity::Entity;
use super::state::NexudusState;
use crate::http::{Reply, Request};
use crate::json::write_array;

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
    let one = if request.variants.nexudus_dir_1_ascending {
        "0"
    } else {
        "1"
    };
    let descending = query(request, "dir").is_some_and(|dir| dir == one || dir == "-1")
        || query(request, "dir").is_some_and(|d| d.eq_ignore_ascii_case("descending"));

    let filters = Filters::of(request, entity);
    let now = request.now;
    let first = (page - 1).saturating_mul(size);
    let by_id = order.eq_ignore_ascii_case("Id");
    // Only the records of the page are written out, wherever the filters allow it.
    let (total, ids): (usize, Vec<i64>) = if filters.0.is_empty() && by_id && !descending {
        let ids = entity.ids(state).skip(first).take(size);
        (entity.count(state), ids.collect())
    } else {
        let mut ids: Vec<i64> = entity
            .ids(state)
            .filter(|id| filters.accept(state, entity, *id, now))
            .collect();
        if !by_id {
            sort(state, entity, &mut ids, order, now);
        }
        if descending {
            ids.reverse();
        }
        let total = ids.len();
        (total, ids.into_iter().skip(first).take(size).collect())
    };
    let last = first + ids.len();
    let omit = state.variants.nexudus_lists_omit;
    let mut out = Vec::with_capacity(64 << 10);
    out.extend_from_slice(br#"{"Records":"#);
    let records = ids.into_iter().filter_map(|id| {
        let mut record = entity.record(state, id, now)?;
        record.blank(entity.get_only(), omit);
        Some(record)
    });
    write_array(&mut out, records);
    let order = Value::from(order);
    out.extend_from_slice(
        format!(
            r#","CurrentPageSize":{size},"CurrentPage":{page},"CurrentOrderField":{order},"CurrentSortDirection":{},"FirstItem":{},"HasNextPage":{},"HasPreviousPage":{},"LastItem":{last},"PageNumber":{page},"PageSize":{size},"TotalItems":{total},"TotalPages":{}}}"#,
            i64::from(descending),
            first + 1,
            last < total,
            page > 1,
            total.div_ceil(size),
        )
        .as_bytes(),
    );
    Reply::written(200, out)
}

/// By a field of the record; ids stay in their order where there is no such field.
fn sort(state: &NexudusState, entity: Entity, ids: &mut Vec<i64>, order: &str, now: DateTime<Utc>) {
    let mut keyed: Vec<(Option<Value>, i64)> = ids
        .iter()
        .map(|id| {
            let record = entity.full(state, *id, now);
            (record.and_then(|record| record.get(order).cloned()), *id)
        })
        .collect();
    keyed.sort_by(|left, right| compare(left.0.as_ref(), right.0.as_ref()));
    *ids = keyed.into_iter().map(|(_, id)| id).collect();
}

/// `?id=[1,2,3]` → a bare array, in the order asked; missing records are left out.
pub(super) fn batch(state: &NexudusState, request: &Request, entity: Entity) -> Reply {
    let text = query(request, "id").unwrap_or_default();
    let ids = serde_json::from_str::<Vec<i64>>(text).unwrap_or_default();
    let omit = state.variants.nexudus_lists_omit;
    let rows = ids.into_iter().filter_map(|id| {
        let mut record = entity.record(state, id, request.now)?;
        record.blank(entity.get_only(), omit);
        record.blank(entity.not_in_batch(), omit);
        Some(record)
    });
    let mut out = Vec::new();
    write_array(&mut out, rows);
    Reply::written(200, out)
}

/// Query keys are not case-sensitive.
fn query<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let mut pairs = request.query.iter();
    let pair = pairs.find(|(key, _)| key.eq_ignore_ascii_case(name));
    pair.map(|(_, value)| value.as_str())
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

    /// Stamps and a few fields are looked up; the record is written out only for the rest.
    fn accept(&self, state: &NexudusState, entity: Entity, id: i64, now: DateTime<Utc>) -> bool {
        let stamps = entity.stamps(state, id);
        let mut rest = Vec::new();
        for filter in &self.0 {
            let [field] = filter.path.as_slice() else {
                rest.push(filter);
                continue;
            };
            let known = match (field.to_ascii_lowercase().as_str(), stamps) {
                ("id", _) => Some(Value::from(id)),
                ("createdon", Some((created, _))) => Some(Value::from(utc_nanos(created))),
                ("updatedon", Some((_, updated))) => Some(Value::from(utc_nanos(updated))),
                _ => entity.peek(state, id, field),
            };
            match known {
                Some(value) if !filter.accepts(&value) => return false,
                Some(_) => {}
                None => rest.push(filter),
            }
        }
        if rest.is_empty() {
            return true;
        }
        let Some(row) = entity.full(state, id, now) else {
            return false;
        };
        rest.into_iter()
            .all(|filter| match resolve(state, &row, &filter.path, now) {
                Some(value) => filter.accepts(&value),
                None => true,
            })
    }
}

fn utc_nanos(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Nanos, true)
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
