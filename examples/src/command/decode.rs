//! `access-sync decode`: what the clients understand of a payload.

mod brivo;
mod entrata;
mod exchange;
mod input;
mod mask;
mod nexudus;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use access_sync_http::Rejected;
use access_sync_http::decode::Rows;
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::Value;

use super::Failure;
use crate::render::count;

/// What a client understands of a vendor's payload: a saved answer, a webhook, an error.
///
/// Reads the payload as the client reads it from the vendor, and writes what came of it as JSON:
/// `items` or `item`, and in `rejected` each row that could not be read, with its index, the path of
/// the fault within the row, and the reason. Secrets, codes and PINs are masked; names and addresses
/// are not. Needs no account and no network.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    access-sync decode brivo users.list users.json\n  \
    access-sync decode entrata getLeases < leases.json\n  \
    access-sync decode nexudus webhook.BookingCreate --compact delivery.json\n  \
    access-sync decode brivo error answer.json    a file with status, headers and body\n  \
    access-sync decode nexudus --list             the operations, one a line\n\n\
    `access-sync decode brivo --help` tells Brivo's operations, and so for the others.\n\n\
    Exit codes: 0 read, with or without rejected rows; 1 nothing could be read; 2 it could not run \
    (no such operation, no such file).")]
pub(crate) struct Decode {
    #[command(subcommand)]
    vendor: Vendor,
}

#[derive(Debug, Subcommand)]
enum Vendor {
    /// A payload of Brivo Access.
    ///
    /// The operation is the one that the payload answers. `webhook` is a delivery of an event
    /// subscription, `token` an answer of the token endpoint. `error` reads a whole answer,
    /// `{"status": 403, "headers": {…}, "body": …}`, and tells what the client takes it for; a body alone
    /// counts as one of the status that its `code` names.
    #[command(after_help = brivo::OPERATIONS.help())]
    Brivo(Payload),
    /// A payload of Entrata.
    ///
    /// The operation is the method that the payload answers. `moveout` and `renewal` read an answer to
    /// getLeases, and tell who leaves when and what comes after each term. `error` and `rate_limit`
    /// read a whole answer, `{"status": 429, "headers": {…}, "body": …}`, and tell what the client
    /// takes it for and what is left of each window; a body alone counts as one of HTTP 200.
    #[command(after_help = entrata::OPERATIONS.help())]
    Entrata {
        #[command(flatten)]
        payload: Payload,
        /// The day that `renewal` takes for today; today in Mountain Time unless said otherwise.
        #[arg(long, value_name = "YYYY-MM-DD")]
        today: Option<NaiveDate>,
    },
    /// A payload of Nexudus.
    ///
    /// An entity by its path, and how it was read: `bookings.list`, `bookings.get`, `bookings.batch`.
    /// `write` is the reply to a create, update, delete or command; `webhook.BookingCreate` or
    /// `webhook.6` a delivery; `acs` what Nexudus sends to an access-control system. `error` reads the
    /// body of a refusal, or a whole answer, `{"status": 409, "headers": {…}, "body": …}`.
    #[command(after_help = nexudus::OPERATIONS.help())]
    Nexudus(Payload),
}

#[derive(Debug, Args)]
struct Payload {
    /// What the payload is, by the names below.
    #[arg(required_unless_present = "list")]
    operation: Option<String>,
    /// The payload; `-`, or nothing, reads standard input.
    file: Option<PathBuf>,
    /// One line instead of many.
    #[arg(long)]
    compact: bool,
    /// List the operations, one a line.
    #[arg(long)]
    list: bool,
}

/// The operations of a vendor.
struct Operations {
    vendor: &'static str,
    /// All that can be asked for.
    names: fn() -> Vec<String>,
    /// The same without what a pattern says as well.
    brief: fn() -> Vec<String>,
    /// The name that an operation goes by, where there is one.
    find: fn(&str) -> Option<String>,
}

impl Operations {
    fn help(&self) -> String {
        format!(
            "Operations:\n  {}\n\n\
             Exit codes: 0 read, with or without rejected rows; 1 nothing could be read; 2 it could \
             not run (no such operation, no such file).",
            (self.brief)().join("  ")
        )
    }
}

/// What came of a payload.
#[derive(Default, Serialize)]
struct Decoded {
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<Value>>,
    /// What a page says of itself and its neighbours.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<Value>,
    rejected: Vec<Row>,
    /// Rows of the payload were read, whether or not each shows among the items.
    #[serde(skip)]
    some_read: bool,
}

/// A row that could not be read, whole or in part.
#[derive(Serialize)]
struct Row {
    index: u64,
    path: String,
    reason: String,
}

impl Decoded {
    fn one(item: Value) -> Self {
        Self {
            item: Some(item),
            some_read: true,
            ..Self::default()
        }
    }

    fn many(items: Vec<Value>, rejected: &[Rejected]) -> Self {
        let rows = rejected.iter().map(|row| Row {
            index: row.index as u64,
            path: row.path.clone(),
            reason: row.reason.clone(),
        });
        Self {
            some_read: !items.is_empty(),
            items: Some(items),
            rejected: rows.collect(),
            ..Self::default()
        }
    }

    fn rows<T: Serialize>(rows: &Rows<T>) -> Result<Self, String> {
        Ok(Self::many(values(&rows.items)?, &rows.rejected))
    }

    fn nothing_read(&self) -> bool {
        !self.some_read && !self.rejected.is_empty()
    }
}

fn value<T: Serialize + ?Sized>(of: &T) -> Result<Value, String> {
    serde_json::to_value(of).map_err(|_| "it was read and cannot be written as JSON".into())
}

fn values<T: Serialize>(of: &[T]) -> Result<Vec<Value>, String> {
    of.iter().map(value).collect()
}

impl Decode {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        match &self.vendor {
            Vendor::Brivo(payload) => payload.run(&brivo::OPERATIONS, brivo::decode),
            Vendor::Entrata { payload, today } => payload
                .run(&entrata::OPERATIONS, |operation, body| {
                    entrata::decode(operation, body, *today)
                }),
            Vendor::Nexudus(payload) => payload.run(&nexudus::OPERATIONS, nexudus::decode),
        }
    }
}

impl Payload {
    fn run(
        &self,
        operations: &Operations,
        decode: impl Fn(&str, &[u8]) -> Result<Decoded, String>,
    ) -> Result<ExitCode, Failure> {
        let Some(asked) = self.operation.as_ref().filter(|_| !self.list) else {
            return written(|out| writeln!(out, "{}", (operations.names)().join("\n")))
                .map(|()| ExitCode::SUCCESS);
        };
        let vendor = operations.vendor;
        let operation = (operations.find)(asked).ok_or_else(|| {
            let known = (operations.brief)().join(", ");
            Failure::usage(format!(
                "{vendor} has no operation {asked:?}; there are {known}"
            ))
        })?;
        let file = self.file.as_deref();
        let name = file.map_or("standard input".into(), |file| file.display().to_string());
        let text = input::read(file).map_err(|error| {
            Failure::usage(format!(
                "{name}: {error}; give a payload, or - for standard input"
            ))
        })?;
        let decoded = match input::json(&text).and_then(|json| decode(&operation, json)) {
            Ok(decoded) => decoded,
            Err(reason) => {
                eprintln!("error: {name}: cannot be read as {vendor} {operation}: {reason}");
                return Ok(ExitCode::from(1));
            }
        };
        self.show(vendor, &operation, &decoded)?;
        let bad = count(decoded.rejected.len(), "place", "places");
        if decoded.nothing_read() {
            eprintln!("error: {name}: no row could be read; `rejected` tells why");
            return Ok(ExitCode::from(1));
        }
        if !decoded.rejected.is_empty() {
            eprintln!("{name}: {bad} could not be read; `rejected` tells which and why");
        }
        Ok(ExitCode::SUCCESS)
    }

    fn show(&self, vendor: &str, operation: &str, decoded: &Decoded) -> Result<(), Failure> {
        #[derive(Serialize)]
        struct Output<'a> {
            vendor: &'a str,
            operation: &'a str,
            #[serde(flatten)]
            decoded: &'a Decoded,
        }
        let output = Output {
            vendor,
            operation,
            decoded,
        };
        written(|out| {
            match self.compact {
                true => serde_json::to_writer(&mut *out, &output)?,
                false => serde_json::to_writer_pretty(&mut *out, &output)?,
            }
            writeln!(out)
        })
    }
}

/// Whoever reads us may have seen enough (`| head`).
fn written(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::usage(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}
