//! One module a command.

pub(crate) mod apply;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod decode;
pub(crate) mod demo;
pub(crate) mod drift;
pub(crate) mod explain;
pub(crate) mod hold;
pub(crate) mod init;
pub(crate) mod plan;
pub(crate) mod release;
pub(crate) mod replay;
pub(crate) mod report;
pub(crate) mod rollback;
pub(crate) mod run;
pub(crate) mod sandbox;
pub(crate) mod status;
pub(crate) mod what_if;

use std::fmt;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Args;

/// What the command's end says to a script.
pub(crate) mod exit {
    /// It ran, and something is not as it should be.
    pub(crate) const FAULT: u8 = 1;
    /// It could not run: the call, the configuration or a file is wrong.
    pub(crate) const USAGE: u8 = 2;
    /// With `--detailed-exitcode`: there is something to change.
    pub(crate) const PENDING: u8 = 3;
    /// The guard holds removals back.
    pub(crate) const HELD: u8 = 4;
    /// Ctrl-C.
    pub(crate) const STOPPED: u8 = 130;
}

/// Flags of every command that reads the configuration.
#[derive(Clone, Debug, Args)]
pub(crate) struct Common {
    /// The configuration; `access-sync init` writes one.
    #[arg(
        long,
        value_name = "FILE",
        env = "ACCESS_SYNC_CONFIG",
        default_value = "access-sync.toml"
    )]
    pub(crate) config: PathBuf,
    /// The instant to plan for, such as 2026-03-10T17:00:00Z; without it the sandbox's clock, or this
    /// machine's.
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(crate) now: Option<DateTime<Utc>>,
    /// JSON on standard output instead of tables; times in UTC, people by id.
    #[arg(long)]
    pub(crate) json: bool,
    /// Show people by name also where the output is no terminal.
    #[arg(long)]
    pub(crate) names: bool,
    /// No progress on standard error.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

impl Common {
    /// Whether people are shown by name: an operator at a terminal works with names, files and pipes
    /// get ids unless asked for more.
    pub(crate) fn show_names(&self) -> bool {
        self.names || (!self.json && console::Term::stdout().is_term())
    }
}

/// An instant, as every flag takes it.
pub(crate) fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    text.parse()
        .map_err(|_| "give an instant with its offset, such as 2026-03-10T17:00:00Z".into())
}

/// A number that is somebody's: which, and where it is found.
pub(crate) fn number(text: &str, hint: &str) -> Result<u64, String> {
    text.trim().parse().map_err(|_| hint.to_owned())
}

/// Why a command could not do its work: one line that says what to do next, and the exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    text: String,
    code: u8,
}

impl Failure {
    /// The call, the configuration or a file is wrong.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            code: exit::USAGE,
        }
    }

    /// It was tried and did not work.
    pub(crate) fn error(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            code: exit::FAULT,
        }
    }

    /// Somebody pressed Ctrl-C.
    pub(crate) fn stopped(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            code: exit::STOPPED,
        }
    }

    /// The same, with another way out.
    pub(crate) fn or(mut self, way: &str) -> Self {
        self.text = format!("{}; {way}", self.text);
        self
    }

    pub(crate) fn code(&self) -> u8 {
        self.code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::error(error.to_string())
    }
}
