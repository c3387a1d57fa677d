//! The `access-sync` command line.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line prints"
)]

mod advice;
mod ask;
mod clock;
mod command;
mod config;
mod connect;
mod output;
mod people;
mod recording;
mod render;
mod report;
mod runtime;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// Keeps doors in step with leases and bookings.
#[derive(Debug, Parser)]
#[command(
    name = "access-sync",
    version,
    after_help = "Examples:\n  \
        access-sync demo                           the whole way, without accounts and network\n  \
        access-sync init && access-sync check      a configuration, and whether it works\n  \
        access-sync plan                           what would change at the doors, and why\n  \
        access-sync apply                          change it\n\n\
        Exit codes: 0 all went well, or there was nothing to do; 1 it ran and something is not as it should \
        be; 2 it could not run (the call, the configuration or a file is wrong); 3 there is something to change \
        (only with --detailed-exitcode); 4 the guard holds removals back; 130 Ctrl-C.\n\n\
        People are shown by name on a terminal and by id elsewhere (--names shows them there too). \
        Colours: NO_COLOR=1 turns them off."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(command::demo::Demo),
    Init(command::init::Init),
    Check(command::check::Check),
    Plan(command::plan::PlanCommand),
    Apply(command::apply::Apply),
    Explain(command::explain::Explain),
    WhatIf(command::what_if::WhatIf),
    Report(command::report::ReportCommand),
    Drift(command::drift::DriftCommand),
    Hold(command::hold::HoldCommand),
    Unhold(command::hold::Unhold),
    Adopt(command::release::Adopt),
    Release(command::release::Release),
    Rollback(command::rollback::RollbackCommand),
    Run(command::run::Run),
    Status(command::status::StatusCommand),
    Replay(command::replay::Replay),
    Decode(command::decode::Decode),
    Sandbox(command::sandbox::SandboxCommand),
    Completions(command::completions::Completions),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match &cli.command {
        Command::Demo(demo) => demo.run(),
        Command::Init(init) => init.run(),
        Command::Check(check) => check.run(),
        Command::Plan(plan) => plan.run(),
        Command::Apply(apply) => apply.run(),
        Command::Explain(explain) => explain.run(),
        Command::WhatIf(what_if) => what_if.run(),
        Command::Report(report) => report.run(),
        Command::Drift(drift) => drift.run(),
        Command::Hold(hold) => hold.run(),
        Command::Unhold(unhold) => unhold.run(),
        Command::Adopt(adopt) => adopt.run(),
        Command::Release(release) => release.run(),
        Command::Rollback(rollback) => rollback.run(),
        Command::Run(run) => run.run(),
        Command::Status(status) => status.run(),
        Command::Replay(replay) => replay.run(),
        Command::Decode(decode) => decode.run(),
        Command::Sandbox(sandbox) => sandbox.run(),
        Command::Completions(completions) => completions.run(Cli::command()),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(failure.code())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_teaches_by_example_and_tells_its_exit_codes() {
        let cli = Cli::command();
        cli.clone().debug_assert();
        for command in cli.get_subcommands() {
            let name = command.get_name();
            let after = command
                .get_after_help()
                .or(command.get_after_long_help())
                .map(ToString::to_string)
                .unwrap_or_default();
            assert!(
                after.contains("Examples:") && after.contains(&format!("access-sync {name}")),
                "{name} has no example"
            );
            assert!(after.contains("Exit codes:"), "{name} tells no exit codes");
            assert!(
                command.get_about().is_some(),
                "{name} says nothing of itself"
            );
            for argument in command.get_arguments() {
                assert!(
                    argument.get_help().is_some(),
                    "{name} says nothing of {}",
                    argument.get_id()
                );
            }
        }
    }
}
