//! The `access-sync` command line.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line prints"
)]

mod command;
mod render;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Keeps doors in step with leases and bookings.
#[derive(Debug, Parser)]
#[command(
    name = "access-sync",
    version,
    after_help = "Start with `access-sync demo`: it needs no account and no network.\n\n\
                  Exit codes: 0 all went well; 1 it ran and something is not as it should be; 2 it could not run."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Decode(command::decode::Decode),
    Demo(command::demo::Demo),
    Plan(command::plan::PlanFile),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match &cli.command {
        Command::Decode(decode) => decode.run(),
        Command::Demo(demo) => demo.run(),
        Command::Plan(plan) => plan.run(),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}
