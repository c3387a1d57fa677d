//! Questions at a terminal.

use std::io::IsTerminal as _;

use console::Term;
use dialoguer::{Confirm, Input, Select};

use crate::command::Failure;

/// Whether there is somebody to ask.
pub(crate) fn possible() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Yes or no; none where the question was left.
pub(crate) fn yes(question: &str, default: bool) -> Result<Option<bool>, Failure> {
    let asked = Confirm::new().with_prompt(question).default(default);
    asked.interact_opt().map_err(left)
}

/// A line of text; with `default` the one that a bare Enter stands for.
pub(crate) fn line(question: &str, default: Option<&str>) -> Result<String, Failure> {
    let asked = Input::<String>::new().with_prompt(question);
    let asked = match default {
        Some("") => asked.allow_empty(true),
        Some(default) => asked.default(default.to_owned()),
        None => asked,
    };
    let answer = asked.interact_text().map_err(left)?;
    Ok(answer.trim().to_owned())
}

/// A line of text that `read` understands; asked again until it does.
pub(crate) fn until<T>(
    question: &str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<T, Failure> {
    let answer = Input::<String>::new()
        .with_prompt(question)
        .validate_with(|text: &String| read(text.trim()).map(drop))
        .interact_text()
        .map_err(left)?;
    read(answer.trim()).map_err(Failure::usage)
}

/// One of several, by arrow keys and Enter; the first unless moved.
pub(crate) fn choose(question: &str, among: &[&str]) -> Result<String, Failure> {
    let asked = Select::new().with_prompt(question).items(among).default(0);
    let chosen = asked.interact().map_err(left)?;
    Ok(among.get(chosen).copied().unwrap_or_default().to_owned())
}

/// Ctrl-C, or a terminal that went away.
fn left(error: dialoguer::Error) -> Failure {
    // A question hides the cursor, and gives it back only where it is answered.
    let _ = Term::stderr().show_cursor();
    let dialoguer::Error::IO(error) = error;
    match error.kind() {
        std::io::ErrorKind::Interrupted => Failure::stopped("stopped; nothing was changed"),
        _ => Failure::stopped(format!("no answer ({error}); nothing was changed")),
    }
}
