//! A sandbox, a folder, and the binary run in it, as a person rehearses.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use access_sync_sandbox::{Sandbox, World};
use serde_json::Value;
use tempfile::TempDir;

/// The rehearsal of one test.
pub(crate) struct Rehearsal {
    pub(crate) sandbox: Sandbox,
    pub(crate) folder: TempDir,
    pub(crate) control: String,
    // Keeps the servers alive.
    _runtime: tokio::runtime::Runtime,
}

impl Rehearsal {
    /// A sandbox without a configuration.
    pub(crate) fn bare() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let sandbox = runtime
            .block_on(Sandbox::builder().world(World::lively(7)).control().start())
            .unwrap();
        Self {
            control: sandbox.control_url().unwrap().to_owned(),
            sandbox,
            folder: tempfile::tempdir().unwrap(),
            _runtime: runtime,
        }
    }

    /// A sandbox and `init --sandbox`.
    pub(crate) fn new() -> Self {
        let rehearsal = Self::bare();
        let url = rehearsal.control.clone();
        let output = rehearsal.run(&["init", "--sandbox", &url]);
        assert!(output.status.success(), "{}", err(&output));
        rehearsal
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the binary in the folder.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        run_in(self.folder.path(), arguments)
    }

    /// Runs it, and expects it to end well and to say nothing on standard error but what belongs there.
    pub(crate) fn told(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", err(&output));
        out(&output)
    }

    /// Runs it with `--json`, expects it to end well, and reads the answer.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--json"]].concat());
        assert!(output.status.success(), "{arguments:?}: {}", err(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Runs it and expects it to fail with a code and one line.
    pub(crate) fn fails(&self, arguments: &[&str], code: i32) -> String {
        let output = self.run(arguments);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{arguments:?}: {}{}",
            out(&output),
            err(&output)
        );
        let said = err(&output);
        assert!(
            said.lines().any(|line| line.starts_with("error: ")),
            "{said}"
        );
        said
    }

    /// Every secret of the sandbox.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let (brivo, entrata, nexudus) = (
            self.sandbox.brivo().credentials(),
            self.sandbox.entrata().credentials(),
            self.sandbox.nexudus().credentials(),
        );
        vec![
            brivo.api_key,
            brivo.client_secret,
            brivo.password,
            entrata.api_key,
            nexudus.password,
        ]
    }
}

pub(crate) fn run_in(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

/// The binary in a folder, without a terminal and without our own environment's secrets.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_access-sync"));
    for (name, _) in std::env::vars() {
        if ["BRIVO_", "ENTRATA_", "NEXUDUS_", "ACCESS_SYNC_"]
            .iter()
            .any(|it| name.starts_with(it))
        {
            command.env_remove(name);
        }
    }
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
