//! A token in a file.

use std::fs;
use std::io::{ErrorKind as IoKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{StoredToken, TokenStore};
use crate::Error;

/// A store in a directory of this machine's file system, readable by its owner alone.
///
/// Each version is a file of its own (`tokens.17`), written whole under another name and then linked
/// to its own, which the file system does for one process only: no lock that a crash could leave
/// behind, no half-written token. Older versions are removed. The files hold the tokens in the clear;
/// put them where only this program's user may read.
///
/// Reads and writes block for as long as the disk takes; the files are a few hundred bytes.
#[derive(Debug)]
pub struct FileTokenStore {
    directory: PathBuf,
    name: String,
    temporary: AtomicU64,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    access: String,
    #[serde(default)]
    refresh: Option<String>,
    expires_at_ms: i64,
    #[serde(default)]
    claimed_until_ms: Option<i64>,
}

impl FileTokenStore {
    /// A store at `path`, whose last part is the files' common name. The directory must be there.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Config`] where the path has no last part, or its directory is not there.
    pub fn new(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let name = path.file_name().and_then(|name| name.to_str());
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        match name {
            Some(name) if directory.is_dir() => Ok(Self {
                directory,
                name: name.to_owned(),
                temporary: AtomicU64::new(0),
            }),
            _ => Err(Error::config(
                "token store: no file name, or no such directory",
            )),
        }
    }

    fn file(&self, version: u64) -> PathBuf {
        self.directory.join(format!("{}.{version}", self.name))
    }

    fn versions(&self) -> Result<Vec<u64>, Error> {
        let mut out = Vec::new();
        for entry in fs::read_dir(&self.directory).map_err(unusable)? {
            let name = entry.map_err(unusable)?.file_name();
            let version = name
                .to_str()
                .and_then(|name| name.strip_prefix(&self.name))
                .and_then(|rest| rest.strip_prefix('.'))
                .and_then(|digits| digits.parse::<u64>().ok());
            out.extend(version);
        }
        Ok(out)
    }

    fn newest(&self) -> Result<u64, Error> {
        Ok(self.versions()?.into_iter().max().unwrap_or(0))
    }

    fn read(&self) -> Result<Option<StoredToken>, Error> {
        // A file that was listed may be replaced before it is opened.
        for _ in 0..100 {
            let version = self.newest()?;
            if version == 0 {
                return Ok(None);
            }
            let text = match fs::read(self.file(version)) {
                Ok(text) => text,
                Err(error) if error.kind() == IoKind::NotFound => continue,
                Err(error) => return Err(unusable(error)),
            };
            // Without serde's words, which quote what they could not read.
            let entry: Entry = serde_json::from_slice(&text)
                .map_err(|_| Error::config("token store: the file is not one of this store's"))?;
            let date = |ms| DateTime::<Utc>::from_timestamp_millis(ms);
            return Ok(Some(StoredToken {
                version,
                access: SecretString::from(entry.access),
                refresh: entry.refresh.map(SecretString::from),
                expires_at: date(entry.expires_at_ms).unwrap_or(DateTime::<Utc>::MAX_UTC),
                claimed_until: entry.claimed_until_ms.and_then(date),
            }));
        }
        Err(Error::config("token store: it changes too fast to be read"))
    }

    fn write(&self, expected: u64, new: &StoredToken) -> Result<bool, Error> {
        if self.newest()? != expected || new.version <= expected {
            return Ok(false);
        }
        let entry = Entry {
            access: new.access.expose_secret().to_owned(),
            refresh: new.refresh.as_ref().map(|r| r.expose_secret().to_owned()),
            expires_at_ms: new.expires_at.timestamp_millis(),
            claimed_until_ms: new.claimed_until.map(|at| at.timestamp_millis()),
        };
        let text = serde_json::to_vec(&entry)
            .map_err(|_| Error::config("token store: the token cannot be written"))?;
        let number = self.temporary.fetch_add(1, Ordering::Relaxed);
        let temporary = self.directory.join(format!(
            ".{}-{}-{:p}-{number}",
            self.name,
            std::process::id(),
            self
        ));
        let linked = write_private(&temporary, &text)
            .and_then(|()| fs::hard_link(&temporary, self.file(new.version)));
        let _ = fs::remove_file(&temporary);
        match linked {
            Ok(()) => {}
            Err(error) if error.kind() == IoKind::AlreadyExists => return Ok(false),
            Err(error) => return Err(unusable(error)),
        }
        // Somebody may have gone on from what we started from and removed it: then theirs stands.
        let versions = self.versions()?;
        if versions.iter().any(|version| *version > new.version) {
            let _ = fs::remove_file(self.file(new.version));
            return Ok(false);
        }
        for old in versions.into_iter().filter(|v| *v < new.version) {
            let _ = fs::remove_file(self.file(old));
        }
        Ok(true)
    }
}

#[async_trait]
impl TokenStore for FileTokenStore {
    async fn load(&self) -> Result<Option<StoredToken>, Error> {
        self.read()
    }

    async fn swap(&self, expected: u64, new: &StoredToken) -> Result<bool, Error> {
        self.write(expected, new)
    }
}

fn write_private(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

fn unusable(error: std::io::Error) -> Error {
    Error::config(format!("token store: {}", error.kind())).with_source(error)
}
