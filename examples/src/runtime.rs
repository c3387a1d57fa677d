//! Running a command's work to its end, or to Ctrl-C.

use crate::command::Failure;

/// Work that changes nothing; Ctrl-C ends it at once.
pub(crate) async fn or_stopped<T>(
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        done = work => done,
        () = asked_to_end() => Err(Failure::stopped("stopped; nothing was changed")),
    }
}

/// Runs work that changes nothing. Ctrl-C ends it at once.
pub(crate) fn reading<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    runtime()?.block_on(or_stopped(work))
}

/// Runs work that looks after Ctrl-C itself.
pub(crate) fn writing<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    runtime()?.block_on(work)
}

/// Asks questions. Ctrl-C at one is an answer to it, and not the end of the process: the terminal is to
/// be left as it was.
pub(crate) fn asking<T>(questions: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    let runtime = runtime()?;
    let _within = runtime.enter();
    #[cfg(unix)]
    let _heard = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    questions()
}

/// Resolves when somebody presses Ctrl-C.
pub(crate) async fn ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without a handler the process ends by the signal itself.
        std::future::pending::<()>().await;
    }
}

/// Resolves at Ctrl-C, or where the system asks a service to end.
pub(crate) async fn asked_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut asked) = signal(SignalKind::terminate()) {
            tokio::select! {
                () = ctrl_c() => {}
                _ = asked.recv() => {}
            }
            return;
        }
    }
    ctrl_c().await;
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::error(format!("no runtime: {error}")))
}
