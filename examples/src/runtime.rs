//! Running a command's work to its end, or to Ctrl-C.

use std::io;
use std::time::Duration;

use futures_util::FutureExt as _;

use crate::command::{Failure, exit};

/// Work that computes looks at nothing else meanwhile. After so long it is not waited for.
const GRACE: Duration = Duration::from_secs(1);

const STOPPED: &str = "stopped; nothing was changed";

/// Hears Ctrl-C, and a service manager's wish that we end; each of them also where nobody was
/// waiting for it just then.
#[derive(Debug)]
pub(crate) struct Stop {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
}

impl Stop {
    #[cfg(unix)]
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    #[cfg(windows)]
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: tokio::signal::windows::ctrl_c()?,
        })
    }

    /// Resolves once somebody wants us to end; asked again, at the next time.
    pub(crate) async fn asked(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(windows)]
        self.interrupt.recv().await;
    }

    /// Does work that changes nothing, to its end or to Ctrl-C.
    pub(crate) async fn or<T>(
        &mut self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let impatient = tokio::spawn(end_late(Self::listen()?));
        let done = tokio::select! {
            biased;
            () = self.asked() => Err(Failure::stopped(STOPPED)),
            done = work => done,
        };
        impatient.abort();
        // It may have come while the work was computing its last.
        match self.asked().now_or_never() {
            Some(()) => Err(Failure::stopped(STOPPED)),
            None => done,
        }
    }
}

/// Ends the process some time after Ctrl-C.
async fn end_late(mut stop: Stop) {
    stop.asked().await;
    tokio::time::sleep(GRACE).await;
    eprintln!("\nerror: {STOPPED}");
    std::process::exit(exit::STOPPED.into());
}

/// Runs work that changes nothing. Ctrl-C ends it at once.
pub(crate) fn reading<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    writing(async { Stop::listen()?.or(work).await })
}

/// Runs work that looks after Ctrl-C itself.
pub(crate) fn writing<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = runtime()?;
    let done = runtime.block_on(work);
    // A name that is being looked up cannot be called back, and is not waited for.
    runtime.shutdown_background();
    done
}

/// Asks questions. Ctrl-C at one is an answer to it, and not the end of the process: the terminal is to
/// be left as it was.
pub(crate) fn asking<T>(questions: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    let runtime = runtime()?;
    let _within = runtime.enter();
    let _heard = Stop::listen()?;
    questions()
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::error(format!("no runtime: {error}")))
}
