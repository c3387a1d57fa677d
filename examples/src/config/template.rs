//! The configuration that `init` writes: commented, and without secrets.

use std::fmt::Write as _;

use chrono_tz::Tz;

use crate::clock::Told;
use crate::command::Failure;

/// What `init` was told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    pub(crate) region: String,
    pub(crate) tier: String,
    pub(crate) organisation: Option<String>,
    pub(crate) properties: Vec<(String, Tz)>,
    pub(crate) nexudus: bool,
    pub(crate) locations: Vec<(String, Tz)>,
}

/// The mapping of the sandbox's own world.
const SANDBOX_MAPPING: &str = include_str!("../../mapping.toml");

const HEAD: &str = "\
# access-sync: which leases and bookings open which doors.
# There is no secret in this file: each is named by an environment variable ({ env = \"NAME\" }) or by a file
# ({ file = \"PATH\" }, relative to this one).
";

const LEDGER: &str = "
[ledger]
path = \"access-sync.db\"         # what we made, holds, and every call to Brivo; keep it
";

const POLICY: &str = "
# Rules for all properties and locations; each line shows its default but for no_access.
[policy]
start_time = \"10:00\"            # access begins on the move-in day, local time
end_time = \"16:00\"              # and ends on the move-out day
early_access_days = 0
grace_days = 0                  # days after the move-out
end_basis = \"move_out\"          # or \"lease_end\": without a move-out date the term's end counts
buffer_before_min = 15          # bookings
buffer_after_min = 15
day_cutoff = \"00:00\"            # day passes
no_access = \"suspend\"           # our users with nothing open: keep, suspend, suspend_and_revoke_pass, delete

# What looks like an accident is held back until somebody approves it.
[policy.guard]
max_removal_percent = 25
min_scope = 20                  # below so many memberships the share is not looked at
";

/// A configuration for the real services.
pub(crate) fn real(answers: &Answers) -> String {
    let mut out = format!(
        "{HEAD}
[brivo]
region = \"{}\"                   # us or eu
tier = \"{}\"              # developer, zero, one, two, three: how many calls the key allows
api_key = {{ env = \"BRIVO_API_KEY\" }}
client_id = {{ env = \"BRIVO_CLIENT_ID\" }}
client_secret = {{ env = \"BRIVO_CLIENT_SECRET\" }}
administrator_id = {{ env = \"BRIVO_ADMINISTRATOR_ID\" }}   # the administrator's id, not the e-mail address
password = {{ env = \"BRIVO_PASSWORD\" }}
",
        answers.region, answers.tier
    );
    match &answers.organisation {
        Some(organisation) => {
            let _ = write!(
                out,
                "
[entrata]
organisation = {}       # the customer's name at Entrata's gateway
api_key = {{ env = \"ENTRATA_API_KEY\" }}
",
                quoted(organisation)
            );
        }
        None => out
            .push_str("\n# [entrata]                    # leases; see `access-sync init --help`\n"),
    }
    match answers.nexudus {
        true => out.push_str(
            "
[nexudus]
email = { env = \"NEXUDUS_EMAIL\" }
password = { env = \"NEXUDUS_PASSWORD\" }
# client_id = \"…\"               # a GUID of this deployment, where several share the administrator
",
        ),
        false => out.push_str("\n# [nexudus]                    # bookings and contracts; see `access-sync init --help`\n"),
    }
    out.push_str(LEDGER);
    out.push_str(POLICY);
    out.push_str("\n# What opens what. Names are those of Brivo's groups, exactly; a number is a group's id.\n");
    for (id, zone) in &answers.properties {
        let id = quoted(id);
        let _ = write!(
            out,
            "
[[property]]
id = {id}                    # Entrata's property id
time_zone = \"{zone}\"
common = []                     # groups of everybody who lives there: [\"Residents\", \"Garage\"]
# unit = \"Unit {{number}}\"        # the name of each unit's group
# [property.units]              # or unit by unit, by Entrata's unit id
# \"700101\" = [\"Unit 101\"]
"
        );
    }
    for (id, zone) in &answers.locations {
        let id = quoted(id);
        let _ = write!(
            out,
            "
[[location]]
id = {id}                  # Nexudus' location (business) id
time_zone = \"{zone}\"
common = []                     # groups of everybody with a contract there
from_source = true              # rooms and desks: the group ids that Nexudus keeps itself
# [location.resources]          # or room by room, by Nexudus' resource id
# \"1414925101\" = [\"Cedar Room\"]
"
        );
    }
    out
}

/// Text as TOML quotes it: JSON's way is one of its ways.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A configuration for a running sandbox, and the file of its credentials.
pub(crate) fn sandbox(url: &str, told: &Told, env_file: &str) -> Result<(String, String), Failure> {
    let get = |name: &str| {
        told.environment
            .get(name)
            .map(String::as_str)
            .ok_or_else(|| {
                Failure::error(format!(
                    "the sandbox at {url} does not tell {name}; is it of this version?"
                ))
            })
    };
    let mapping = told.mapping.as_deref().unwrap_or(SANDBOX_MAPPING);
    let config = format!(
        "{HEAD}# This one is a rehearsal: the three services are `access-sync sandbox` on this machine.

env_file = \"{env_file}\"         # NAME=value lines, for variables that the environment lacks

[sandbox]
url = \"{url}\"   # commands take their time from its clock

[brivo]
auth_url = \"{}\"
api_url = \"{}\"
tier = {{ per_second = 5000, per_30_days = 1000000 }}
api_key = {{ env = \"BRIVO_API_KEY\" }}
client_id = {{ env = \"BRIVO_CLIENT_ID\" }}
client_secret = {{ env = \"BRIVO_CLIENT_SECRET\" }}
administrator_id = {{ env = \"BRIVO_ADMINISTRATOR_ID\" }}
password = {{ env = \"BRIVO_PASSWORD\" }}

[entrata]
url = \"{}\"
api_key = {{ env = \"ENTRATA_API_KEY\" }}

[nexudus]
url = \"{}\"
email = {{ env = \"NEXUDUS_EMAIL\" }}
password = {{ env = \"NEXUDUS_PASSWORD\" }}
{LEDGER}
{mapping}",
        get("BRIVO_AUTH_URL")?,
        get("BRIVO_API_URL")?,
        get("ENTRATA_URL")?,
        get("NEXUDUS_URL")?,
    );
    let mut env = String::from("# Credentials of a sandbox. They open nothing but it.\n");
    for (name, value) in &told.environment {
        let _ = writeln!(env, "{name}='{value}'");
    }
    Ok((config, env))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn what_is_written_can_be_read() {
        let answers = Answers {
            region: "eu".into(),
            tier: "one".into(),
            organisation: Some("lake\"shore\\".into()),
            properties: vec![("100234".into(), Tz::America__Chicago)],
            nexudus: true,
            locations: vec![("1420000101".into(), Tz::America__Los_Angeles)],
        };
        let text = real(&answers);
        let file =
            std::env::temp_dir().join(format!("access-sync-template-{}.toml", std::process::id()));
        std::fs::write(&file, &text).unwrap();
        let config = Config::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        assert_eq!(config.mapping.properties.len(), 1);
        assert_eq!(config.mapping.locations.len(), 1);
        assert_eq!(config.mapping.policy.to_policy().early_access_days, 0);
        assert!(config.entrata.is_some() && config.nexudus.is_some());
        for line in text.lines() {
            assert!(line.chars().count() <= 120, "{line}");
        }
    }

    #[test]
    fn the_defaults_that_it_shows_are_the_defaults() {
        let text = real(&Answers {
            region: "us".into(),
            tier: "developer".into(),
            ..Answers::default()
        });
        let policy = text.split_once("[policy]").unwrap().1;
        let shown = access_sync_engine::Mapping::from_toml(&format!("[policy]{policy}")).unwrap();
        let mut expected = access_sync_core::policy::Policy::default();
        expected.no_access = access_sync_core::policy::NoAccess::Suspend;
        assert_eq!(shown.policy.to_policy(), expected);
    }
}
