//! `access-sync plan`: the planner alone, on a timeline document.

use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use access_sync_core::document::Document;
use clap::Args;

use super::Failure;
use crate::render;

/// Plan a timeline document: who may open what, when, and because of which record.
///
/// Needs no account and no network. The document is one JSON object with `records` (leases,
/// bookings, visits, contracts, day passes, holds) and, if you like, `time_zone`, `policy`,
/// `now_utc`, `actual` and `users`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    access-sync plan examples/timelines/moving-in.json\n  \
    access-sync plan --json - < timeline.json\n  \
    access-sync plan --ndjson --json timelines.ndjson > plans.ndjson\n\n\
    Exit codes: 0 planned; 1 a document could not be read (the others of --ndjson are planned); \
    2 the file could not be opened.")]
pub(crate) struct PlanFile {
    /// The document; `-` reads standard input.
    file: PathBuf,
    /// One document a line; answers come one a line, in the same order.
    #[arg(long)]
    ndjson: bool,
    /// JSON instead of tables.
    #[arg(long)]
    json: bool,
}

impl PlanFile {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let input: Box<dyn Read> = if self.file.as_os_str() == "-" {
            if io::stdin().is_terminal() {
                eprintln!("reading a timeline document from the terminal; end it with Ctrl-D");
            }
            Box::new(io::stdin())
        } else {
            Box::new(std::fs::File::open(&self.file).map_err(|error| {
                Failure(format!(
                    "{}: {error}; give a timeline document, or - for standard input",
                    self.file.display()
                ))
            })?)
        };
        let mut input = BufReader::new(input);
        let mut out = io::stdout().lock();
        let written = if self.ndjson {
            self.lines(&mut input, &mut out)
        } else {
            self.whole(&mut input, &mut out)
        };
        match written {
            // Whoever reads us has seen enough (`| head`).
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
            Err(error) => Err(Failure(format!("{}: {error}", self.file.display()))),
            Ok(true) => Ok(ExitCode::SUCCESS),
            Ok(false) => Ok(ExitCode::from(1)),
        }
    }

    fn whole(&self, input: &mut impl Read, out: &mut impl Write) -> io::Result<bool> {
        let mut text = Vec::new();
        input.read_to_end(&mut text)?;
        match read(&text) {
            Ok(document) => self.answer(&document, out).map(|()| true),
            Err(fault) => {
                eprintln!("error: {}: {fault}", self.file.display());
                Ok(false)
            }
        }
    }

    fn lines(&self, input: &mut impl BufRead, out: &mut impl Write) -> io::Result<bool> {
        let mut all_read = true;
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            if input.read_until(b'\n', &mut line)? == 0 {
                break;
            }
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match read(&line) {
                Ok(document) => self.answer(&document, out)?,
                Err(fault) => {
                    all_read = false;
                    eprintln!("error: {} line {number}: {fault}", self.file.display());
                    if self.json {
                        let fault = serde_json::json!({ "error": fault, "line": number });
                        writeln!(out, "{fault}")?;
                    }
                }
            }
        }
        Ok(all_read)
    }

    fn answer(&self, document: &Document, out: &mut impl Write) -> io::Result<()> {
        match (self.json, self.ndjson) {
            (true, true) => serde_json::to_writer(&mut *out, &document.output())?,
            (true, false) => serde_json::to_writer_pretty(&mut *out, &document.output())?,
            (false, _) => render::timeline::write(document, out)?,
        }
        writeln!(out)
    }
}

/// One line: the path of the fault and what is wrong there.
fn read(text: &[u8]) -> Result<Document, String> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let document = Document::read(&mut reader).map_err(|error| error.to_string())?;
    match reader.end() {
        Ok(()) => Ok(document),
        Err(_) => {
            Err("there is something after the document; several documents need --ndjson".into())
        }
    }
}
