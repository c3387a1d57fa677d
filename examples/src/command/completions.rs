//! `access-sync completions`: what the Tab key knows.

use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;

use super::Failure;
use crate::output;

/// Print the completions of a shell.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    access-sync completions bash > ~/.local/share/bash-completion/completions/access-sync\n  \
    access-sync completions zsh > ~/.zfunc/_access-sync\n  \
    access-sync completions fish > ~/.config/fish/completions/access-sync.fish\n\n\
    Exit codes: 0 printed; 2 no such shell.")]
pub(crate) struct Completions {
    /// Which shell.
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self, mut command: Command) -> Result<ExitCode, Failure> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut command, "access-sync", &mut text);
        output::print(&String::from_utf8_lossy(&text))?;
        Ok(ExitCode::SUCCESS)
    }
}
