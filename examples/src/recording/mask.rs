//! Taking people out of recordings.

use std::collections::BTreeMap;

use access_sync_engine::mapping::Namespace;
use serde_json::Value;

/// Gives each personal text a pseudonym: the same text the same one, across services, so that
/// whoever was one person stays one person.
#[derive(Debug)]
pub(super) struct Mask {
    ours: String,
    known: BTreeMap<String, usize>,
}

/// Keys, squashed to letters, whose values are about people wherever they stand.
const EXACT: &str = "coworkername createdby hostname namefirst namefull namelast namemiddle pin title tostringtext \
    updatedby username";

/// Parts of keys that say so.
const PARTS: &str = "accesscard accesscode accesspin address avatar banner billingname biography birth companyname \
    displayname email facebook firstname fobnumber fullname instagram invitedby lastname legalname license linkedin \
    maidenname message middlename mobile nickname notes passport password phone postalcode preferredname profile salutation \
    secret socialsecurity taxid telephone token twitter";

impl Mask {
    pub(super) fn new(namespace: &Namespace) -> Self {
        Self {
            ours: format!("{}:", namespace.0),
            known: BTreeMap::new(),
        }
    }

    /// A body without people. What is no JSON is left out: nobody knows what it holds.
    pub(super) fn body(&mut self, body: &str) -> String {
        if body.trim().is_empty() {
            return body.to_owned();
        }
        match serde_json::from_str::<Value>(body) {
            Ok(mut value) => {
                self.value(&mut value, false);
                value.to_string()
            }
            Err(_) => "<masked>".to_owned(),
        }
    }

    fn value(&mut self, value: &mut Value, hidden: bool) {
        match value {
            Value::String(text) if hidden || text.contains('@') => *text = self.text(text),
            Value::Number(number) if hidden => *number = 0.into(),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item, hidden)),
            Value::Object(fields) => {
                let named = is_person(fields);
                for (key, value) in fields {
                    let key = squash(key);
                    if key == "externalid" {
                        self.external_id(value);
                    } else {
                        let hide = hidden || personal(&key) || named && key == "name";
                        self.value(value, hide);
                    }
                }
            }
            _ => {}
        }
    }

    /// Ids that we made hold the sources' ids and no person; others may be anything.
    fn external_id(&mut self, value: &mut Value) {
        if let Value::String(text) = value {
            if !text.is_empty() && !text.starts_with(&self.ours) {
                *text = format!("foreign:{}", self.number(text));
            }
        }
    }

    fn text(&mut self, text: &str) -> String {
        let text = text.trim();
        if text.is_empty() {
            return String::new();
        }
        if text.contains('@') {
            return format!("person-{}@example.invalid", self.number(text));
        }
        // "Last, First" stays two words, as the readers split it.
        match text.split_once(',') {
            Some((last, first)) => format!(
                "P{}, P{}",
                self.number(last.trim()),
                self.number(first.trim())
            ),
            None => format!("P{}", self.number(text)),
        }
    }

    fn number(&mut self, text: &str) -> usize {
        let next = self.known.len() + 1;
        *self.known.entry(text.to_owned()).or_insert(next)
    }
}

/// Rows of people have a `name` of their own.
fn is_person(fields: &serde_json::Map<String, Value>) -> bool {
    let has = |key: &str| fields.keys().any(|it| squash(it) == key);
    has("email") || has("coworkertype") || has("customertype") || has("relationshipname")
}

fn personal(key: &str) -> bool {
    EXACT.split_whitespace().any(|it| it == key)
        || PARTS.split_whitespace().any(|part| key.contains(part))
        || key.ends_with("pincode")
}

fn squash(key: &str) -> String {
    let letters = key.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn people_become_pseudonyms_and_everything_else_stays() {
        let mut mask = Mask::new(&Namespace::default());
        let body = json!({"data": [
            {"id": 7, "firstName": "Ana", "lastName": "Núñez", "externalId": "access-sync:entrata:customer:1",
             "emails": [{"address": "ana@example.com", "type": "Home"}]},
            {"id": 8, "firstName": "Ana", "externalId": "hr-ana", "pin": 73951},
        ], "groups": [{"id": 880001, "name": "Harbor Point Residents"}], "nameFull": "Núñez, Ana"});
        let masked: Value = serde_json::from_str(&mask.body(&body.to_string())).unwrap();
        let text = masked.to_string();
        for gone in ["Ana", "Núñez", "example.com", "hr-ana", "73951"] {
            assert!(!text.contains(gone), "{gone} is in {text}");
        }
        assert_eq!(
            masked["data"][0]["externalId"],
            "access-sync:entrata:customer:1"
        );
        assert_eq!(
            masked["data"][0]["firstName"],
            masked["data"][1]["firstName"]
        );
        assert_eq!(masked["groups"], body["groups"]);
        let last = masked["data"][0]["lastName"].as_str().unwrap();
        let first = masked["data"][0]["firstName"].as_str().unwrap();
        assert_eq!(masked["nameFull"], format!("{last}, {first}"));
    }

    #[test]
    fn what_is_no_json_is_not_kept() {
        let mut mask = Mask::new(&Namespace::default());
        assert_eq!(mask.body("<html>Ana</html>"), "<masked>");
        assert_eq!(mask.body(""), "");
    }
}
