//! Progress on long work: a bar on a terminal, nothing on a pipe.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};

use access_sync_engine::{Progress, Stage};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// One bar, used for one stage after the other.
#[derive(Debug)]
pub(crate) struct Bars {
    bar: ProgressBar,
    stage: Mutex<String>,
    stopped: AtomicBool,
}

impl Bars {
    pub(crate) fn new(quiet: bool) -> Self {
        let target = if quiet {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        let style = ProgressStyle::with_template(
            "  {msg:<22} {bar:30.cyan/dim} {pos}/{len}, {rate}, {eta} left",
        );
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.with_key("rate", rate));
        Self {
            bar,
            stage: Mutex::default(),
            stopped: AtomicBool::new(false),
        }
    }

    /// Ends the run that it watches: whoever is under way is finished, nobody else is begun.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// A line above the bar.
    pub(crate) fn say(&self, line: &str) {
        self.bar.suspend(|| eprintln!("{line}"));
    }

    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

fn rate(state: &ProgressState, out: &mut dyn std::fmt::Write) {
    let a_second = state.per_sec();
    let digits = usize::from(a_second < 10.0);
    let _ = write!(out, "{a_second:.digits$}/s");
}

impl Progress for Bars {
    fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    fn at(&self, stage: Stage<'_>, done: usize, total: usize) {
        let name = match stage {
            Stage::Reading(source) => format!("reading {source}"),
            Stage::Observing => "reading Brivo's groups".into(),
            Stage::Applying => "applying".into(),
            _ => "working".into(),
        };
        let mut current = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        if *current != name {
            self.bar.reset();
            self.bar.set_message(name.clone());
            *current = name;
        }
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
    }
}
