//! What to do about an error that a service gave.

use access_sync_http::{Error, ErrorKind};

/// The error and its cure in one line.
pub(crate) fn line(error: &Error) -> String {
    format!("{error}; {}", cure(error))
}

/// What to do next.
pub(crate) fn cure(error: &Error) -> String {
    let vendor = error.vendor();
    match error.kind() {
        ErrorKind::Transport | ErrorKind::Timeout | ErrorKind::Deadline => format!(
            "look whether {vendor} can be reached from here (address in the configuration, network, proxy), then try again"
        ),
        ErrorKind::Authentication | ErrorKind::Permission => {
            format!("`access-sync check` tells which credential or permission of {vendor} it is")
        }
        ErrorKind::Throttled | ErrorKind::Limited => {
            "wait a while and try again; nothing was lost".into()
        }
        ErrorKind::QuotaExhausted => match error.retry_after() {
            Some(wait) => format!(
                "the allowance of calls is used up for another {} hours; a higher tier is {vendor}'s to grant",
                wait.as_secs().div_ceil(3_600)
            ),
            None => {
                format!("the allowance of calls is used up; a higher tier is {vendor}'s to grant")
            }
        },
        ErrorKind::Server | ErrorKind::Decode => format!(
            "try again; if it stays, `access-sync plan --record DIR` keeps what {vendor} answers for a report"
        ),
        ErrorKind::Unroutable | ErrorKind::NotFound => {
            format!("see whether the address of {vendor} in the configuration is right")
        }
        ErrorKind::Config => "correct it in the configuration".into(),
        _ => "`access-sync check` looks at everything that the configuration names".into(),
    }
}
