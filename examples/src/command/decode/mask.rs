//! A second net under the clients' own masks, for what vendors and their customers name freely.

use serde_json::Value;

const MASK: &str = "***";

/// Hides values whose key, or whose neighbouring name (`{"fieldName": "Gate code", "value": …}`),
/// says that they open something.
pub(super) fn secrets(value: &mut Value) {
    match value {
        Value::Array(rows) => rows.iter_mut().for_each(secrets),
        Value::Object(fields) => {
            let named = ["fieldName", "name", "Name", "key", "Key", "property"]
                .iter()
                .filter_map(|key| fields.get(*key)?.as_str())
                .any(opens_something);
            for (key, value) in fields {
                let is_value = named && matches!(key.as_str(), "value" | "Value");
                if is_value || opens_something(key) {
                    hide(value);
                } else {
                    secrets(value);
                }
            }
        }
        _ => {}
    }
}

/// None, nothing and yes or no stay: they tell whether there is a secret.
pub(super) fn hide(value: &mut Value) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::String(text) if text.is_empty() => {}
        _ => *value = MASK.into(),
    }
}

fn opens_something(name: &str) -> bool {
    const PARTS: [&str; 18] = [
        "accesscard",
        "accesscode",
        "accesstoken",
        "alarmcode",
        "apikey",
        "doorcode",
        "encodedcredential",
        "entrycode",
        "gatecode",
        "keycode",
        "keyfobnumber",
        "lockcode",
        "lockboxcode",
        "passcode",
        "password",
        "pincode",
        "refreshtoken",
        "secret",
    ];
    let squashed: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    // "accessPin" and "Unit PIN", but not "shopping".
    let last = name.rsplit(|c: char| !c.is_ascii_alphanumeric()).next();
    let last = last.unwrap_or_default();
    squashed == "pin"
        || last.eq_ignore_ascii_case("pin")
        || last.ends_with("Pin")
        || last.ends_with("PIN")
        || PARTS.iter().any(|part| squashed.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_opens_something_is_hidden_by_its_key_or_by_its_name() {
        let mut value = json!({
            "pin": "1234", "userPin": 1234, "AccessPincode": "1234", "x": {"access_token": "1234"},
            "fields": [{"fieldName": "Gate code", "value": "1234"}, {"Key": "Unit PIN", "Value": "1234"}],
            "keys": {"lockboxCode": ["1234"]}
        });
        secrets(&mut value);
        assert!(!value.to_string().contains("1234"), "{value}");
    }

    #[test]
    fn what_opens_nothing_is_shown() {
        let value = json!({
            "shipping": "a", "spinning": "b", "code": 403, "postalCode": "53202", "pin": null,
            "hasPin": true, "KeyFobNumber": "", "accessPointId": 7,
            "fields": [{"fieldName": "Unit", "value": "B-214"}]
        });
        let mut masked = value.clone();
        secrets(&mut masked);
        assert_eq!(masked, value);
    }
}
