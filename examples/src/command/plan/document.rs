//! `access-sync plan FILE`: the planner alone, on a timeline document.

use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use access_sync_core::document::Document as Timeline;

use crate::command::Failure;
use crate::render;

/// Plans the document in `file`; `-` is standard input.
#[derive(Debug)]
pub(super) struct Document<'a> {
    pub(super) file: &'a Path,
    /// One document a line.
    pub(super) ndjson: bool,
    pub(super) json: bool,
}

impl Document<'_> {
    pub(super) fn run(&self) -> Result<ExitCode, Failure> {
        let input: Box<dyn Read> = if self.file.as_os_str() == "-" {
            if io::stdin().is_terminal() {
                eprintln!("reading a timeline document from the terminal; end it with Ctrl-D");
            }
            Box::new(io::stdin())
        } else {
            Box::new(std::fs::File::open(self.file).map_err(|error| {
                Failure::usage(format!(
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
            Err(error) => Err(Failure::usage(format!("{}: {error}", self.file.display()))),
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

    fn answer(&self, document: &Timeline, out: &mut impl Write) -> io::Result<()> {
        match (self.json, self.ndjson) {
            (true, true) => serde_json::to_writer(&mut *out, &document.output())?,
            (true, false) => serde_json::to_writer_pretty(&mut *out, &document.output())?,
            (false, _) => render::timeline::write(document, out)?,
        }
        writeln!(out)
    }
}

/// One line: the path of the fault and what is wrong there.
pub(crate) fn read(text: &[u8]) -> Result<Timeline, String> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let document = Timeline::read(&mut reader).map_err(|error| match text.trim_ascii_start() {
        [b'{', ..] => error.to_string(),
        _ => format!(
            "{error}: a timeline document is a JSON object with `records`; see `access-sync plan --help`"
        ),
    })?;
    match reader.end() {
        Ok(()) => Ok(document),
        Err(_) => {
            Err("there is something after the document; several documents need --ndjson".into())
        }
    }
}
