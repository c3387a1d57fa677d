//! `access-sync.toml`: where the services are, where their secrets are, and what opens what.

mod secret;
pub(crate) mod template;

use std::path::{Path, PathBuf};

use access_sync_engine::Mapping;
use serde::Deserialize;

use crate::command::Failure;
pub(crate) use secret::{Environment, Plain, SecretRef};

/// A configuration, read and checked.
#[derive(Debug)]
pub(crate) struct Config {
    /// The file that it comes from.
    pub(crate) file: PathBuf,
    /// Brivo's part.
    pub(crate) brivo: Brivo,
    /// Entrata's part; none where leases are not read.
    pub(crate) entrata: Option<Entrata>,
    /// Nexudus' part; none where bookings are not read.
    pub(crate) nexudus: Option<Nexudus>,
    /// The sandbox's control address, where it is all a rehearsal.
    pub(crate) sandbox: Option<String>,
    /// Where the ledger is.
    pub(crate) ledger: PathBuf,
    /// What opens what, and by which rules.
    pub(crate) mapping: Mapping,
    /// The mapping's text, as it was read: recordings keep it.
    pub(crate) mapping_text: String,
    /// Variables of the process and of `env_file`.
    pub(crate) environment: Environment,
}

/// The tables that are not the mapping's. `Mapping` refuses whatever it does not know.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Own {
    env_file: Option<PathBuf>,
    mapping: Option<PathBuf>,
    brivo: Option<Brivo>,
    entrata: Option<Entrata>,
    nexudus: Option<Nexudus>,
    ledger: Ledger,
    sandbox: Option<Sandbox>,
}

/// Names of [`Own`]: keys and tables that the mapping must not see.
const OWN_KEYS: [&str; 2] = ["env_file", "mapping"];
const OWN_TABLES: [&str; 5] = ["brivo", "entrata", "nexudus", "ledger", "sandbox"];

/// `[brivo]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Brivo {
    /// `us` or `eu`; not with `auth_url` and `api_url`.
    pub(crate) region: Option<RegionName>,
    /// Another OAuth host.
    pub(crate) auth_url: Option<String>,
    /// Another API host, `/v1/api` included.
    pub(crate) api_url: Option<String>,
    /// What the key allows.
    pub(crate) tier: TierName,
    pub(crate) api_key: SecretRef,
    pub(crate) client_id: Option<Plain>,
    pub(crate) client_secret: SecretRef,
    pub(crate) administrator_id: Option<Plain>,
    pub(crate) password: SecretRef,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RegionName {
    Us,
    Eu,
}

/// A tier by name, or by its two numbers.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "a tier: \"developer\", \"zero\", \"one\", \"two\", \"three\", or { per_second = 25, per_30_days = 25000 }"
)]
pub(crate) enum TierName {
    Named(NamedTier),
    Custom { per_second: u32, per_30_days: u64 },
}

impl Default for TierName {
    fn default() -> Self {
        Self::Named(NamedTier::Developer)
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum NamedTier {
    Developer,
    Zero,
    One,
    Two,
    Three,
}

impl TierName {
    pub(crate) fn tier(self) -> brivo_api::Tier {
        use brivo_api::Tier;
        match self {
            Self::Named(NamedTier::Developer) => Tier::Developer,
            Self::Named(NamedTier::Zero) => Tier::Zero,
            Self::Named(NamedTier::One) => Tier::One,
            Self::Named(NamedTier::Two) => Tier::Two,
            Self::Named(NamedTier::Three) => Tier::Three,
            Self::Custom {
                per_second,
                per_30_days,
            } => Tier::Custom {
                per_second,
                per_30_days,
            },
        }
    }
}

/// `[entrata]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Entrata {
    /// The organisation's name at Entrata's gateway.
    pub(crate) organisation: Option<String>,
    /// Another address, up to and without the service.
    pub(crate) url: Option<String>,
    pub(crate) api_key: SecretRef,
}

/// `[nexudus]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Nexudus {
    /// Another address than Nexudus' own.
    pub(crate) url: Option<String>,
    pub(crate) email: Option<Plain>,
    pub(crate) password: SecretRef,
    /// A GUID of this deployment: refresh tokens live one per id.
    pub(crate) client_id: Option<String>,
}

/// `[ledger]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Ledger {
    path: Option<PathBuf>,
}

/// `[sandbox]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sandbox {
    url: String,
}

impl Config {
    /// Reads a configuration and whatever files it names, except those with secrets.
    pub(crate) fn read(file: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(file).map_err(|error| {
            let what = match error.kind() {
                std::io::ErrorKind::NotFound => "there is no such configuration".to_owned(),
                _ => error.to_string(),
            };
            Failure::usage(format!(
                "{}: {what}; make one with `access-sync init` (or `access-sync init --sandbox` to rehearse), \
                 or name yours with --config",
                file.display()
            ))
        })?;
        Self::parse(file, &text)
    }

    fn parse(file: &Path, text: &str) -> Result<Self, Failure> {
        let at = |error: String| {
            let error = error.trim().replace('\n', " ");
            Failure::usage(format!("{}: {error}", file.display()))
        };
        let own: Own = toml::from_str(text).map_err(|error| at(placed(text, &error)))?;
        let near = |path: &Path| beside(file, path);
        let (mapping, mapping_text) = mapping_in(file, text, own.mapping.as_deref())?;
        let environment = match &own.env_file {
            None => Environment::default(),
            Some(path) => Environment::with_file(near(path)),
        };
        let Some(brivo) = own.brivo else {
            return Err(at(
                "there is no [brivo] table, so no doors; add one, or see what `access-sync init` writes"
                    .into(),
            ));
        };
        let ledger = own.ledger.path.unwrap_or_else(|| "access-sync.db".into());
        Ok(Self {
            ledger: near(&ledger),
            file: file.to_owned(),
            brivo,
            entrata: own.entrata,
            nexudus: own.nexudus,
            sandbox: own.sandbox.map(|sandbox| sandbox.url),
            mapping,
            mapping_text,
            environment,
        })
    }
}

/// The mapping in a file: one of its own, or a configuration's.
pub(crate) fn mapping(file: &Path) -> Result<Mapping, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Failure::usage(format!("{}: {error}; give a mapping file", file.display()))
    })?;
    let own: Own = toml::from_str(&text).map_err(|error| {
        Failure::usage(format!("{}: {}", file.display(), placed(&text, &error)))
    })?;
    Ok(mapping_in(file, &text, own.mapping.as_deref())?.0)
}

fn beside(file: &Path, path: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).join(path)
}

/// The mapping of a configuration, and its text: what is left of it without our own tables, or the
/// file that it names.
fn mapping_in(file: &Path, text: &str, named: Option<&Path>) -> Result<(Mapping, String), Failure> {
    let at = |error: String| {
        let error = error.trim().replace('\n', " ");
        Failure::usage(format!("{}: {error}", file.display()))
    };
    let near = |path: &Path| beside(file, path);
    let inline = without_own(text);
    let mapping_text = match named {
        None => inline,
        Some(_) if inline.lines().any(|line| !is_blank(line)) => {
            return Err(at(
                    "it names a mapping file and has [policy], [[property]] or [[location]] of its own; \
                     keep one of the two"
                        .into(),
                ));
        }
        Some(path) => {
            let path = near(path);
            std::fs::read_to_string(&path).map_err(|error| {
                Failure::usage(format!(
                    "{}: {error}; `mapping` in {} must name a file beside it",
                    path.display(),
                    file.display()
                ))
            })?
        }
    };
    let within = |error: String| match named {
        Some(path) => Failure::usage(format!("{}: {error}", near(path).display())),
        None => at(error),
    };
    let mapping: Mapping = toml::from_str(&mapping_text).map_err(|error| {
        let error = placed(&mapping_text, &error);
        // At the top the mapping knows only its own tables.
        let hint = match error.contains("unknown field") && error.contains("`namespace`") {
            true => {
                " (other tables here are [brivo], [entrata], [nexudus], [ledger] and [sandbox])"
            }
            false => "",
        };
        within(format!("{error}{hint}"))
    })?;
    mapping.check().map_err(|error| within(error.to_string()))?;
    Ok((mapping, mapping_text))
}

/// The fault with its line. The line itself is not shown: there may be a secret in it.
pub(crate) fn placed(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let said = plain(error.message());
    match before {
        Some(before) => format!("line {}: {said}", before.matches('\n').count() + 1),
        None => said,
    }
}

/// As people say it who do not write Rust.
pub(crate) fn plain(message: &str) -> String {
    ["u8", "u16", "u32", "u64", "usize"]
        .into_iter()
        .find_map(|kind| message.strip_suffix(&format!("expected {kind}")))
        .map_or_else(
            || message.to_owned(),
            |before| format!("{before}expected a whole number"),
        )
}

fn is_blank(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

/// The text with our own keys and tables blanked out, so that the mapping's errors keep their lines.
fn without_own(text: &str) -> String {
    let mut rest = String::with_capacity(text.len());
    let (mut ours, mut top) = (false, true);
    for line in text.lines() {
        let trimmed = line.trim_start();
        if let Some(header) = trimmed.strip_prefix('[') {
            let name = header.trim_start_matches('[').trim_start();
            let name = name.split([']', '.']).next().unwrap_or_default();
            ours = OWN_TABLES.contains(&name.trim().trim_matches('"'));
            top = false;
        }
        let key = trimmed.split(['=', '.']).next().unwrap_or_default().trim();
        if !(ours || top && (OWN_KEYS.contains(&key) || OWN_TABLES.contains(&key))) {
            rest.push_str(line);
        }
        rest.push('\n');
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, Failure> {
        Config::parse(Path::new("access-sync.toml"), text)
    }

    fn error(text: &str) -> String {
        let failure = parse(text).unwrap_err();
        assert_eq!(failure.code(), crate::command::exit::USAGE);
        failure.to_string()
    }

    #[test]
    fn the_mapping_is_what_is_left_when_our_own_tables_are_taken_out() {
        let config = parse(
            "[brivo]\ntier = \"two\"\n[[property]]\nid = \"1\"\ntime_zone = \"America/Chicago\"\n\
             [ledger]\npath = \"x.db\"\n[policy]\ngrace_days = 2\n",
        )
        .unwrap();
        assert_eq!(config.mapping.properties.len(), 1);
        assert_eq!(config.mapping.policy.grace_days, Some(2));
        assert_eq!(config.ledger, Path::new("x.db"));
        assert!(matches!(config.brivo.tier.tier(), brivo_api::Tier::Two));
        assert!(config.entrata.is_none());
    }

    #[test]
    fn a_secret_in_the_file_is_refused_with_the_cure_and_not_repeated() {
        let said = error("[brivo]\napi_key = \"k-123456\"\n");
        assert!(
            said.contains("{ env = ") && said.contains("line 2"),
            "{said}"
        );
        assert!(!said.contains("123456"), "{said}");
    }

    #[test]
    fn faults_name_the_line_and_the_cure() {
        let said = error("[brivo]\n\n[[property]]\nid = \"1\"\ntime_zone = \"Chicago\"\n");
        assert!(
            said.contains("line 5") && said.contains("no IANA time zone"),
            "{said}"
        );
        let said = error("[brivo]\n[entratta]\nurl = \"x\"\n");
        assert!(
            said.contains("line 2: unknown field `entratta`") && said.contains("[entrata]"),
            "{said}"
        );
        let said = error(
            "[brivo]\n[[property]]\nid = \"1\"\ntime_zone = \"America/Chicago\"\ncomon = []\n",
        );
        assert!(
            said.contains("line 5: unknown field `comon`")
                && !said.contains('|')
                && !said.contains("[ledger]"),
            "{said}"
        );
        let said = error("[brivo]\ntier = \"golden\"\n");
        assert!(said.contains("developer"), "{said}");
        let said = error("[policy]\n");
        assert!(said.contains("[brivo]") && said.contains("init"), "{said}");
        let said = error("mapping = \"m.toml\"\n[brivo]\n[policy]\n");
        assert!(said.contains("keep one of the two"), "{said}");
        let said = error("mapping = \"nowhere.toml\"\n[brivo]\n");
        assert!(said.contains("nowhere.toml"), "{said}");
    }

    #[test]
    fn a_file_that_is_not_there_tells_of_init() {
        let said = Config::read(Path::new("nowhere/access-sync.toml"))
            .unwrap_err()
            .to_string();
        assert!(
            said.contains("access-sync init") && said.contains("--config"),
            "{said}"
        );
    }
}
