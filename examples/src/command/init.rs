//! `access-sync init`: a configuration, by asking.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use chrono_tz::Tz;
use clap::Args;
use serde_json::json;

use super::Failure;
use crate::config::Config;
use crate::config::template::{self, Answers};
use crate::output::{self, Readers};
use crate::render::{tick, utc};
use crate::{ask, clock, runtime};

/// Write a commented configuration. Asks at a terminal; programs give flags and --yes.
///
/// Secrets are never asked for and never written: the configuration names environment variables or
/// files. With --sandbox it is made for a sandbox that runs on this machine (`access-sync sandbox`), whose
/// credentials go into a file beside it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    access-sync init                                         asks\n  \
    access-sync init --sandbox                               for a running `access-sync sandbox`\n  \
    access-sync init --yes --organisation lakeshore --property 100234=America/Chicago\n  \
    access-sync init --yes --region eu --tier one --location 1420000101=Europe/London\n\n\
    Exit codes: 0 written; 1 there is no sandbox; 2 the file is there already, or something is missing.")]
pub(crate) struct Init {
    /// The file to write.
    #[arg(
        long,
        value_name = "FILE",
        env = "ACCESS_SYNC_CONFIG",
        default_value = "access-sync.toml"
    )]
    config: PathBuf,
    /// For a running sandbox, at its address.
    #[arg(long, value_name = "URL", num_args = 0..=1, default_missing_value = DEFAULT_SANDBOX)]
    sandbox: Option<String>,
    /// Do not ask; take the flags and the defaults.
    #[arg(long, short)]
    yes: bool,
    /// Write over a file that is there.
    #[arg(long)]
    force: bool,
    /// Where the Brivo account lives.
    #[arg(long, value_parser = REGIONS)]
    region: Option<String>,
    /// What the Brivo key allows.
    #[arg(long, value_parser = TIERS)]
    tier: Option<String>,
    /// The customer's name at Entrata's gateway.
    #[arg(long, value_name = "NAME")]
    organisation: Option<String>,
    /// An Entrata property and the time zone of its doors.
    #[arg(long, value_name = "ID=ZONE", value_parser = place)]
    property: Vec<(String, Tz)>,
    /// A Nexudus location and the time zone of its doors.
    #[arg(long, value_name = "ID=ZONE", value_parser = place)]
    location: Vec<(String, Tz)>,
    /// JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// Where `access-sync sandbox` answers unless told otherwise.
pub(crate) const DEFAULT_SANDBOX: &str = "http://127.0.0.1:4000";

const ENV_FILE: &str = "sandbox.env";

const REGIONS: [&str; 2] = ["us", "eu"];
const TIERS: [&str; 5] = ["developer", "zero", "one", "two", "three"];

impl Init {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        if self.config.exists() && !self.force {
            return Err(Failure::usage(format!(
                "{} is there already; --force writes over it, --config FILE writes another",
                self.config.display()
            )));
        }
        match &self.sandbox {
            Some(url) => self.rehearse(url),
            None => {
                let asked = !self.yes && !self.told();
                let answers = if asked {
                    runtime::asking(|| self.ask())?
                } else {
                    self.answers()?
                };
                if let Some(url) = answers.1 {
                    return self.rehearse(&url);
                }
                self.write(&template::real(&answers.0), None, "")
            }
        }
    }

    fn told(&self) -> bool {
        self.organisation.is_some() || !self.property.is_empty() || !self.location.is_empty()
    }

    /// From flags; a sandbox is none of them.
    fn answers(&self) -> Result<(Answers, Option<String>), Failure> {
        let answers = Answers {
            region: self.region.clone().unwrap_or_else(|| "us".into()),
            tier: self.tier.clone().unwrap_or_else(|| "developer".into()),
            organisation: self.organisation.clone(),
            properties: self.property.clone(),
            nexudus: !self.location.is_empty(),
            locations: self.location.clone(),
        };
        if answers.organisation.is_none() && !answers.properties.is_empty() {
            return Err(Failure::usage(
                "--property needs --organisation: the customer's name at Entrata's gateway",
            ));
        }
        if answers.organisation.is_none() && !answers.nexudus {
            return Err(Failure::usage(
                "nothing to read leases or bookings from: give --organisation NAME with --property ID=ZONE, or \
                 --location ID=ZONE, or --sandbox",
            ));
        }
        Ok((answers, None))
    }

    fn ask(&self) -> Result<(Answers, Option<String>), Failure> {
        if !ask::possible() {
            return Err(Failure::usage(
                "there is no terminal to ask at; give --yes with flags, or --sandbox (see `access-sync init --help`)",
            ));
        }
        let yes = |question: &str, default| {
            ask::yes(question, default)?
                .ok_or_else(|| Failure::stopped("not answered; nothing was written"))
        };
        if yes(
            "Rehearse in a sandbox first? It runs by `access-sync sandbox` in another terminal",
            true,
        )? {
            let url = ask::line("Its address", Some(DEFAULT_SANDBOX))?;
            return Ok((Answers::default(), Some(url)));
        }
        let choose = |question: &str, among: &[&str], told: &Option<String>| match told {
            Some(told) => Ok(told.clone()),
            None => ask::choose(question, among),
        };
        let mut answers = Answers {
            region: choose("Where does the Brivo account live?", &REGIONS, &self.region)?,
            tier: choose(
                "What does its API key allow? (developer: 25,000 calls in 30 days)",
                &TIERS,
                &self.tier,
            )?,
            ..Answers::default()
        };
        if yes("Are there leases in Entrata?", true)? {
            let name = ask::line(
                "The customer's name at Entrata's gateway (apis.entrata.com/ext/orgs/NAME)",
                None,
            )?;
            answers.organisation = Some(name);
            answers.properties = places("property")?;
        }
        if yes(
            "Are there bookings or contracts in Nexudus?",
            answers.organisation.is_none(),
        )? {
            answers.nexudus = true;
            answers.locations = places("location")?;
        }
        if answers.organisation.is_none() && !answers.nexudus {
            return Err(Failure::usage(
                "with neither Entrata nor Nexudus nobody would have access; nothing was written",
            ));
        }
        Ok((answers, None))
    }

    fn rehearse(&self, url: &str) -> Result<ExitCode, Failure> {
        let url = url.trim_end_matches('/');
        let told = runtime::reading(clock::environment(url))?;
        let (config, env) = template::sandbox(url, &told, ENV_FILE)?;
        let clock = format!(
            "the sandbox's clock says {}{}",
            utc(told.now),
            if told.ticking {
                " and runs"
            } else {
                " and stands still"
            }
        );
        self.write(&config, Some(&env), &clock)
    }

    fn write(&self, config: &str, env: Option<&str>, more: &str) -> Result<ExitCode, Failure> {
        let near = self.config.parent().unwrap_or(Path::new(""));
        let mut files = vec![self.config.display().to_string()];
        if let Some(env) = env {
            let path = near.join(ENV_FILE);
            private(&path, env)?;
            files.push(path.display().to_string());
        }
        private(&self.config, config)?;
        // What is written must be readable; if not, it is better to hear of it now.
        Config::read(&self.config)?;
        if self.json {
            output::json(&json!({ "written": files, "sandbox": env.is_some() }))?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut text = format!("{} wrote {}\n", tick(true), files.join(" and "));
        if !more.is_empty() {
            text += &format!("  {more}\n");
        }
        text += match env {
            Some(_) => "Next: `access-sync check`, then `access-sync plan`.\n",
            None => {
                "Next: fill in the groups, export the secrets that it names, then `access-sync check`.\n"
            }
        };
        output::print(&text)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Writes a file that only its owner may read.
fn private(path: &Path, text: &str) -> Result<(), Failure> {
    output::file(path, text, Readers::Owner).map_err(|error| {
        Failure::usage(format!(
            "{}: {error}; give a place that can be written",
            path.display()
        ))
    })
}

fn place(text: &str) -> Result<(String, Tz), String> {
    let (id, zone) = text
        .split_once('=')
        .ok_or("give ID=ZONE, such as 100234=America/Chicago")?;
    Ok((id.trim().to_owned(), zone_of(zone.trim())?))
}

fn zone_of(name: &str) -> Result<Tz, String> {
    Tz::from_str(name)
        .map_err(|_| format!("\"{name}\" is no IANA time zone, such as America/Chicago"))
}

fn places(what: &str) -> Result<Vec<(String, Tz)>, Failure> {
    let mut places = Vec::new();
    loop {
        let more = if places.is_empty() { "" } else { "another " };
        let question = format!("{more}{what}'s id (nothing ends the list)");
        let id = ask::line(&question, Some(""))?;
        if id.is_empty() {
            return Ok(places);
        }
        let question = "time zone of its doors, such as America/Chicago";
        places.push((id, ask::until(question, zone_of)?));
    }
}
