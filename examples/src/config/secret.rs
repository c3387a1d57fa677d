//! Secrets are named in the configuration and kept elsewhere.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use access_sync_http::SecretString;
use serde::{Deserialize, Deserializer};

use crate::command::Failure;

/// Where a secret is: `{ env = "NAME" }` or `{ file = "PATH" }`. Without either, the environment
/// variable that [`Environment::secret`] is told.
#[derive(Clone, Debug, Default)]
pub(crate) struct SecretRef(Place);

/// Something that is no secret, and may be kept like one: text, or as [`SecretRef`].
#[derive(Clone, Debug)]
pub(crate) enum Plain {
    Text(String),
    Elsewhere(SecretRef),
}

#[derive(Clone, Debug, Default)]
enum Place {
    #[default]
    Usual,
    Env(String),
    File(PathBuf),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    env: Option<String>,
    file: Option<PathBuf>,
}

impl Table {
    fn place<E: serde::de::Error>(self) -> Result<SecretRef, E> {
        match (self.env, self.file) {
            (Some(name), None) => Ok(SecretRef(Place::Env(name))),
            (None, Some(path)) => Ok(SecretRef(Place::File(path))),
            _ => Err(E::custom(
                "name one place: { env = \"NAME\" } or { file = \"PATH\" }",
            )),
        }
    }
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "text, or a place: { env = \"NAME\" } or { file = \"PATH\" }"
)]
enum Raw {
    Text(String),
    Table(Table),
}

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Raw::deserialize(deserializer)? {
            Raw::Table(table) => table.place(),
            // Never quoted: it may be the secret itself.
            Raw::Text(_) => Err(serde::de::Error::custom(
                "a secret does not belong into this file; name where it is: { env = \"NAME\" } or { file = \"PATH\" }",
            )),
        }
    }
}

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Raw::deserialize(deserializer)? {
            Raw::Table(table) => Self::Elsewhere(table.place()?),
            Raw::Text(text) => Self::Text(text),
        })
    }
}

/// The process' environment, and a file of `NAME=value` lines for what it lacks.
#[derive(Default)]
pub(crate) struct Environment {
    file: Option<PathBuf>,
    variables: BTreeMap<String, String>,
    /// Why the file could not be read.
    unread: Option<String>,
}

impl Environment {
    /// The environment with a file behind it. One that cannot be read is no fault before something is
    /// looked for in it: much can be asked without any secret.
    pub(crate) fn with_file(file: PathBuf) -> Self {
        let (variables, unread) = match std::fs::read_to_string(&file) {
            Ok(text) => (variables(&text), None),
            Err(error) => (BTreeMap::new(), Some(error.to_string())),
        };
        Self {
            file: Some(file),
            variables,
            unread,
        }
    }

    /// A variable: the process' own beats the file's.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        std::env::var(name)
            .ok()
            .or_else(|| self.variables.get(name).cloned())
            .filter(|value| !value.trim().is_empty())
    }

    /// A secret; `key` is its place in the configuration, `usual` the variable of those who name none.
    pub(crate) fn secret(
        &self,
        near: &Path,
        key: &str,
        at: &SecretRef,
        usual: &str,
    ) -> Result<SecretString, Failure> {
        let name = match &at.0 {
            Place::File(path) => {
                let path = near.parent().unwrap_or(Path::new("")).join(path);
                let text = std::fs::read_to_string(&path).map_err(|error| {
                    Failure::usage(format!(
                        "{key}: {}: {error}; write the secret into it",
                        path.display()
                    ))
                })?;
                return match text.trim() {
                    "" => Err(Failure::usage(format!(
                        "{key}: {} is empty; write the secret into it",
                        path.display()
                    ))),
                    secret => Ok(secret.into()),
                };
            }
            Place::Env(name) => name.as_str(),
            Place::Usual => usual,
        };
        self.get(name).map(SecretString::from).ok_or_else(|| {
            let or = match (&self.file, &self.unread) {
                (Some(file), Some(error)) => format!(
                    "let `env_file` name a file of NAME=value lines that has it ({}: {error})",
                    file.display()
                ),
                (Some(file), None) => format!("put it into {}", file.display()),
                (None, _) => format!(
                    "name a file in the configuration: {{ file = \"{}\" }}",
                    usual.to_lowercase()
                ),
            };
            Failure::usage(format!(
                "{key}: the environment has no {name}; export it, or {or}"
            ))
        })
    }

    /// Something that is no secret.
    pub(crate) fn plain(
        &self,
        near: &Path,
        key: &str,
        at: Option<&Plain>,
        usual: &str,
    ) -> Result<String, Failure> {
        use access_sync_http::ExposeSecret as _;
        let elsewhere = SecretRef::default();
        let at = match at {
            Some(Plain::Text(text)) => return Ok(text.clone()),
            Some(Plain::Elsewhere(at)) => at,
            None => &elsewhere,
        };
        Ok(self
            .secret(near, key, at, usual)?
            .expose_secret()
            .to_owned())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

/// `NAME=value` lines, with or without `export` and quotes.
fn variables(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().map(str::trim);
    let pairs = lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let line = line.strip_prefix("export ").unwrap_or(line);
            let (name, value) = line.split_once('=')?;
            let value = value.trim();
            let quoted = |mark: char| value.strip_prefix(mark)?.strip_suffix(mark);
            let value = quoted('"').or_else(|| quoted('\'')).unwrap_or(value);
            Some((name.trim().to_owned(), value.to_owned()))
        });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_file_is_read_as_shells_write_it() {
        let read = variables("# x\nA=1\nexport B='two words'\n C = \"3\" \n\nnonsense\n");
        let pairs: Vec<_> = read.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(pairs, [("A", "1"), ("B", "two words"), ("C", "3")]);
    }

    #[test]
    fn debug_shows_no_variable() {
        let environment = Environment {
            variables: BTreeMap::from([("A".into(), "s3cret".into())]),
            ..Environment::default()
        };
        assert!(!format!("{environment:?}").contains("s3cret"));
    }

    #[test]
    fn a_missing_secret_names_the_variable_and_the_cure() {
        let failure = Environment::default()
            .secret(
                Path::new("x.toml"),
                "brivo.api_key",
                &SecretRef::default(),
                "NO_SUCH_BRIVO_KEY",
            )
            .unwrap_err()
            .to_string();
        assert!(
            failure.contains("brivo.api_key") && failure.contains("export"),
            "{failure}"
        );
        assert!(failure.contains("NO_SUCH_BRIVO_KEY"), "{failure}");
    }
}
