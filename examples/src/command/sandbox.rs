//! `access-sync sandbox`: stand-ins of the three services, to build and break against.

use std::path::PathBuf;
use std::process::ExitCode;

use access_sync_sandbox::{Clock, Faults, Limits, Sandbox, Variants, World};
use chrono::{DateTime, Utc};
use clap::Args;
use serde_json::{Map, json};

use super::Failure;
use crate::runtime::Stop;
use crate::{output, runtime};

/// Stand-ins of Brivo, Entrata and Nexudus on this machine, with people, doors and faults.
///
/// Prints addresses and credentials as lines that a shell takes, then serves until Ctrl-C. The page
/// shows people, doors, live events, calls and limits, and has the clock and the faults as switches.
/// Nothing is kept: the next start begins anew, and the same seed begins with the same people.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    access-sync sandbox                              the lively world, page on http://127.0.0.1:4000\n  \
    access-sync sandbox --residents 20000 --members 3000 --seed 7\n  \
    access-sync sandbox --world story.toml           people and leases of your own\n  \
    access-sync sandbox --faults 'random 7 0.05'     one answer in twenty goes wrong\n  \
    access-sync sandbox --faults 'brivo closed-after on \"POST /users\" times 3; nexudus throttled-20'\n  \
    access-sync sandbox > sandbox.env &              then: . ./sandbox.env\n\n\
    A world file:\n  \
    [[properties]]\n  \
    name = \"Alder Court\"\n  \
    time_zone = \"America/Chicago\"\n  \
    units = [\"101\", \"102\"]\n  \
    [[properties.leases]]\n  \
    unit = \"101\"\n  \
    people = [\"Ada Stone\"]\n  \
    status = \"current\"\n  \
    from = \"2025-06-01\"\n  \
    to = \"2026-05-31\"\n\n\
    Exit codes: 0 served until Ctrl-C; 1 a port is taken; 2 the call or a file is wrong.")]
pub(crate) struct SandboxCommand {
    /// The page's port; Brivo, Entrata and Nexudus have the three after it. 0: the system chooses.
    #[arg(long, value_name = "N", default_value_t = 4000)]
    port_base: u16,
    /// A world as a TOML file.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["residents", "members"])]
    world: Option<PathBuf>,
    /// A world of this many residents, up to 1,000,000.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    residents: Option<u32>,
    /// A world of this many members of coworking spaces, up to 1,000,000.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    members: Option<u32>,
    /// What the dice begin with: the same seed, the same world.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// What goes wrong: lines, or parts between semicolons, such as `brivo status-503 times 2`; or
    /// @FILE.
    #[arg(long, value_name = "SCRIPT")]
    faults: Option<String>,
    /// `ticking` from the world's own time, `frozen` there, or an instant to tick from.
    #[arg(long, value_name = "CLOCK", default_value = "ticking")]
    clock: String,
    /// Enforce the vendors' rate limits; they follow the sandbox's clock.
    #[arg(long)]
    limits: bool,
    /// A spelling that the vendors are known for, such as entrata_collapsed_arrays; may be repeated.
    #[arg(long = "variant", value_name = "NAME")]
    variants: Vec<String>,
    /// Addresses and credentials as one JSON object instead of lines for a shell.
    #[arg(long)]
    json: bool,
}

impl SandboxCommand {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let world = self.world()?;
        let faults = self.faults()?;
        let variants = self.variants()?;
        let clock = match self.clock.as_str() {
            "frozen" | "ticking" => Clock::frozen(world.instant()),
            text => {
                let at: DateTime<Utc> = text.parse().map_err(|_| {
                    Failure::usage(format!(
                        "--clock: \"{text}\" is neither ticking nor frozen nor an instant such as 2026-03-10T17:00:00Z"
                    ))
                })?;
                Clock::frozen(at)
            }
        };
        let mut builder = Sandbox::builder()
            .world(world)
            .clock(clock)
            .faults(faults)
            .variants(variants)
            .control();
        if self.limits {
            builder = builder.limits(Limits::vendors());
        }
        if self.port_base > 0 {
            builder = builder.port_base(self.port_base);
        }
        runtime::writing(async {
            // Whoever is told how to stop it can: the handlers stand before the greeting.
            let mut stop = Stop::listen()?;
            let sandbox = builder.start().await.map_err(|error| {
                Failure::error(format!("{error}; choose other ports with --port-base"))
            })?;
            sandbox.set_ticking(self.clock != "frozen");
            self.greet(&sandbox)?;
            stop.asked().await;
            sandbox.shutdown().await;
            eprintln!("stopped");
            Ok(ExitCode::SUCCESS)
        })
    }

    fn world(&self) -> Result<World, Failure> {
        if let Some(path) = &self.world {
            let text = read(path)?;
            return World::from_toml(&text).map_err(|error| {
                Failure::usage(format!(
                    "{}: {error}; `access-sync sandbox --help` shows how a world is written",
                    path.display()
                ))
            });
        }
        if self.residents.is_none() && self.members.is_none() {
            return Ok(World::lively(self.seed));
        }
        let number = |n: Option<u32>| usize::try_from(n.unwrap_or_default()).unwrap_or_default();
        let (residents, members) = (number(self.residents), number(self.members));
        if residents + members > 50_000 {
            eprintln!("making {residents} residents and {members} members ...");
        }
        Ok(World::generated(self.seed, residents, members))
    }

    fn faults(&self) -> Result<Faults, Failure> {
        let Some(script) = &self.faults else {
            return Ok(Faults::none());
        };
        let (text, place) = match script.strip_prefix('@') {
            Some(path) => (read(&PathBuf::from(path))?, path),
            None => (script.clone(), "--faults"),
        };
        Faults::script(&text).map_err(|error| Failure::usage(format!("{place}: {error}")))
    }

    fn variants(&self) -> Result<Variants, Failure> {
        let mut variants = Variants::default();
        for name in &self.variants {
            if !variants.set(name, true) {
                let known: Vec<&str> = Variants::names().collect();
                return Err(Failure::usage(format!(
                    "--variant: there is no \"{name}\"; known are {}",
                    known.join(", ")
                )));
            }
        }
        Ok(variants)
    }

    fn greet(&self, sandbox: &Sandbox) -> Result<(), Failure> {
        let pairs = sandbox.environment();
        let page = sandbox.control_url().unwrap_or_default();
        if self.json {
            let environment = pairs
                .into_iter()
                .map(|(key, value)| (key.to_owned(), json!(value)));
            let whole = json!({
                "page": page,
                "now": sandbox.now(),
                "ticking": self.clock != "frozen",
                "environment": Map::from_iter(environment),
            });
            return output::print(&format!("{whole}\n"));
        }
        let lines: String = pairs
            .into_iter()
            .map(|(key, value)| format!("export {key}='{value}'\n"))
            .collect();
        output::print(&lines)?;
        let ticks = if self.clock == "frozen" {
            "stands"
        } else {
            "runs"
        };
        eprintln!(
            "\npage   {page}\nclock  {} ({ticks})\nstop   Ctrl-C",
            sandbox.now().format("%Y-%m-%d %H:%M UTC")
        );
        Ok(())
    }
}

fn read(path: &PathBuf) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!(
            "{}: {error}; give a file that is there, or leave the flag out",
            path.display()
        ))
    })
}
