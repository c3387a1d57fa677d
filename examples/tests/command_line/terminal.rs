//! The binary at a real terminal: a pseudo terminal, with keys pressed as a person presses them.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use access_sync_sandbox::{Fault, FaultKind, Service};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, Winsize, tcgetattr, tcsetattr, tcsetwinsize};

use crate::rehearsal::{Rehearsal, command};

/// What somebody who sits there would wait at most; only a test that fails waits so long.
const PATIENCE: Duration = Duration::from_secs(60);

const DOWN: &str = "\u{1b}[B";
const CTRL_C: &str = "\u{3}";
const SHOW_CURSOR: &str = "\u{1b}[?25h";
const HIDE_CURSOR: &str = "\u{1b}[?25l";

#[derive(Default)]
struct Screen {
    text: String,
    /// Up to where it was read.
    seen: usize,
    closed: bool,
}

/// A command at a terminal of 100 columns.
pub(crate) struct Terminal {
    child: Child,
    keys: File,
    screen: Arc<(Mutex<Screen>, Condvar)>,
}

impl Terminal {
    pub(crate) fn run(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap();
        let theirs = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(OpenptFlags::NOCTTY.bits().try_into().unwrap())
            .open(name.to_str().unwrap())
            .unwrap();
        tcsetwinsize(
            &theirs,
            Winsize {
                ws_row: 50,
                ws_col: 100,
                ws_xpixel: 0,
                ws_ypixel: 0,
            },
        )
        .unwrap();
        // A key that is pressed before the question is ready for it must not get lost.
        let mut modes = tcgetattr(&theirs).unwrap();
        modes
            .local_modes
            .remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG);
        tcsetattr(&theirs, OptionalActions::Now, &modes).unwrap();

        let end = || Stdio::from(theirs.try_clone().unwrap());
        let mut command = command(folder, arguments);
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI"] {
            command.env_remove(name);
        }
        let child = command
            .env("TERM", "xterm-256color")
            .envs(variables.iter().copied())
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .unwrap();
        drop(command);
        drop(theirs);
        let keys = File::from(ours);
        let mut output = keys.try_clone().unwrap();
        let screen = Arc::<(Mutex<Screen>, Condvar)>::default();
        let shared = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let mut chunk = [0; 4096];
            // Linux tells an error, not an end, when the last program has left the terminal.
            while let Ok(read @ 1..) = output.read(&mut chunk) {
                bytes.extend_from_slice(&chunk[..read]);
                shared.0.lock().unwrap().text = String::from_utf8_lossy(&bytes).into_owned();
                shared.1.notify_all();
            }
            shared.0.lock().unwrap().closed = true;
            shared.1.notify_all();
        });
        Self {
            child,
            keys,
            screen,
        }
    }

    /// Waits until a text is shown after the last one that was waited for.
    pub(crate) fn shows(&mut self, text: &str) -> &mut Self {
        let (screen, changed) = &*self.screen;
        let waiting = |it: &mut Screen| !it.closed && !it.text[it.seen..].contains(text);
        let guard = screen.lock().unwrap();
        let (mut screen, _) = changed
            .wait_timeout_while(guard, PATIENCE, waiting)
            .unwrap();
        let Some(at) = screen.text[screen.seen..].find(text) else {
            panic!("{text:?} is not shown:\n{}", screen.text);
        };
        screen.seen += at + text.len();
        drop(screen);
        self
    }

    fn press(&mut self, keys: &str) -> &mut Self {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self
    }

    /// Ctrl-C while no question is asked: the terminal makes a signal of it.
    pub(crate) fn interrupt(&mut self) -> &mut Self {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
        self
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for the end; the exit code and all that was shown.
    pub(crate) fn ends(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        let (screen, changed) = &*self.screen;
        let guard = screen.lock().unwrap();
        let (screen, waited) = changed
            .wait_timeout_while(guard, PATIENCE, |it| !it.closed)
            .unwrap();
        assert!(!waited.timed_out(), "the terminal is still open");
        (code, screen.text.clone())
    }
}

/// Whether there are colours or other dress in a text.
fn dressed(text: &str) -> bool {
    text.split("\u{1b}[").skip(1).any(|rest| {
        let end = rest.find(|c: char| c.is_ascii_alphabetic());
        end.is_some_and(|end| rest[end..].starts_with('m'))
    })
}

/// Whether the cursor is there at the end.
pub(crate) fn cursor_is_back(text: &str) -> bool {
    text.rfind(SHOW_CURSOR) >= text.rfind(HIDE_CURSOR)
}

#[test]
fn init_asks_for_real_accounts_and_writes_what_it_was_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut at = Terminal::run(folder.path(), &["init"], &[]);
    at.shows("Rehearse in a sandbox first?").press("n");
    at.shows("Where does the Brivo account live?")
        .shows("eu")
        .press(DOWN)
        .press("\r");
    at.shows("What does its API key allow?")
        .shows("three")
        .press("\r");
    at.shows("Are there leases in Entrata?").press("y");
    at.shows("name at Entrata's gateway").press("lakeshore\r");
    at.shows("property's id").press("100234\r");
    at.shows("time zone of its doors").press("Chicago\r");
    at.shows("\"Chicago\" is no IANA time zone");
    at.press("America/Chicago\r");
    at.shows("another property's id").press("\r");
    at.shows("Are there bookings or contracts in Nexudus?")
        .press("y");
    at.shows("location's id").press("1420000101\r");
    at.shows("time zone of its doors")
        .press("America/Los_Angeles\r");
    at.shows("another location's id").press("\r");
    at.shows("wrote access-sync.toml")
        .shows("export the secrets");
    let (code, text) = at.ends();
    assert_eq!(code, Some(0), "{text}");
    assert!(cursor_is_back(&text), "{text}");
    let config = std::fs::read_to_string(folder.path().join("access-sync.toml")).unwrap();
    for line in [
        "region = \"eu\"",
        "tier = \"developer\"",
        "organisation = \"lakeshore\"",
        "id = \"100234\"",
        "time_zone = \"America/Chicago\"",
        "email = { env = \"NEXUDUS_EMAIL\" }",
        "time_zone = \"America/Los_Angeles\"",
    ] {
        assert!(config.contains(line), "{line} is not in {config}");
    }
}

#[test]
fn init_asks_for_a_sandbox_and_takes_its_address() {
    let rehearsal = Rehearsal::bare();
    let mut at = Terminal::run(rehearsal.folder.path(), &["init"], &[]);
    at.shows("Rehearse in a sandbox first?").press("\r");
    at.shows("Its address").shows("http://127.0.0.1:4000");
    at.press(&rehearsal.control).press("\r");
    at.shows("sandbox.env").shows("access-sync check");
    assert_eq!(at.ends().0, Some(0));
    assert!(rehearsal.told(&["check"]).contains("it works"));
}

#[test]
fn ctrl_c_at_a_question_writes_nothing_and_gives_the_cursor_back() {
    let folder = tempfile::tempdir().unwrap();
    for (answers, question) in [
        (&[][..], "Rehearse in a sandbox first?"),
        (&["n"][..], "Where does the Brivo account live?"),
        (&["n", "\r", "\r", "y"][..], "name at Entrata's gateway"),
    ] {
        let mut at = Terminal::run(folder.path(), &["init"], &[]);
        for key in answers {
            at.press(key);
        }
        at.shows(question).press(CTRL_C);
        let (code, text) = at.ends();
        assert_eq!(code, Some(130), "{text}");
        assert!(text.contains("stopped; nothing was changed"), "{text}");
        assert!(cursor_is_back(&text), "{text:?}");
        assert!(!folder.path().join("access-sync.toml").exists());
    }
}

#[test]
fn apply_asks_and_no_is_no() {
    let rehearsal = Rehearsal::new();
    let before = format!("{:?}", rehearsal.sandbox.brivo().snapshot());
    for answer in ["n", "\r", "\u{1b}", CTRL_C] {
        let mut at = Terminal::run(rehearsal.folder.path(), &["apply"], &[]);
        at.shows("What changes at the doors")
            .shows("people with at most")
            .shows("[y/N]");
        at.press(answer);
        let (code, text) = at.ends();
        assert_eq!(code, Some(130), "{answer:?}: {text}");
        assert!(text.contains("nothing was changed"), "{answer:?}: {text}");
        assert!(cursor_is_back(&text), "{answer:?}: {text:?}");
        let after = format!("{:?}", rehearsal.sandbox.brivo().snapshot());
        assert!(before == after, "{answer:?} changed something");
    }
    let mut at = Terminal::run(rehearsal.folder.path(), &["apply"], &[]);
    at.shows("[y/N]").press("y");
    at.shows("people changed");
    assert_eq!(at.ends().0, Some(0));
    let output = rehearsal.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(output.status.code(), Some(0));

    let mut at = Terminal::run(rehearsal.folder.path(), &["release"], &[]);
    at.shows("Withdraw all that is ours").press("n");
    assert_eq!(at.ends().0, Some(130));
    // With nothing to do there is nothing to ask.
    let mut at = Terminal::run(rehearsal.folder.path(), &["apply"], &[]);
    at.shows("Brivo is as it should be");
    assert_eq!(at.ends().0, Some(0));
}

#[test]
fn long_work_shows_a_bar_with_rate_and_time_left_and_takes_it_away() {
    let rehearsal = Rehearsal::new();
    let slow = FaultKind::Delay { millis: 40 };
    rehearsal
        .sandbox
        .inject(Fault::new(Service::Brivo, slow).times(10_000));
    let mut at = Terminal::run(rehearsal.folder.path(), &["apply", "--yes"], &[]);
    at.shows("reading Brivo's groups").shows("/s");
    at.shows("applying").shows("/s").shows(" left");
    let (code, text) = at.ends();
    assert_eq!(code, Some(0), "{text}");
    assert!(cursor_is_back(&text));
    let bar = text.rfind("applying").unwrap();
    let gone = text[bar..].find("\u{1b}[2K").map(|at| bar + at);
    let end = text.rfind("people changed").unwrap();
    assert!(
        gone.is_some_and(|gone| gone < end),
        "the bar stays: {text:?}"
    );

    rehearsal.sandbox.clear_faults();
    let at = Terminal::run(rehearsal.folder.path(), &["plan", "--quiet"], &[]);
    let (_, text) = at.ends();
    assert!(!text.contains("reading Brivo"), "{text}");
}

#[test]
fn colours_are_for_terminals_and_respect_no_color() {
    let rehearsal = Rehearsal::new();
    for arguments in [
        &["plan"][..],
        &["check"],
        &["explain", "610001", "Unit 101"],
        &["--help"],
    ] {
        let at = Terminal::run(rehearsal.folder.path(), arguments, &[]);
        assert!(dressed(&at.ends().1), "{arguments:?} has no colours");
        let at = Terminal::run(rehearsal.folder.path(), arguments, &[("NO_COLOR", "1")]);
        let (_, text) = at.ends();
        assert!(!dressed(&text), "{arguments:?}: {text:?}");
    }
}

#[test]
fn at_a_terminal_people_have_names() {
    let rehearsal = Rehearsal::new();
    let lease = rehearsal.sandbox.entrata().lease(410_001).unwrap();
    let name = lease.customers[0].last_name.clone();
    let at = Terminal::run(rehearsal.folder.path(), &["plan"], &[]);
    assert!(at.ends().1.contains(&name));
    let at = Terminal::run(rehearsal.folder.path(), &["plan", "--json"], &[]);
    let (_, text) = at.ends();
    assert!(!text.contains(&name) && !dressed(&text));
}
