//! What goes to standard output, and into files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::command::Failure;

/// Writes text. Whoever reads us may have seen enough (`| head`).
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Writes one JSON document.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    print(&text)
}

pub(crate) fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::error(format!(
            "standard output: {error}; is the disk full?"
        ))),
        _ => Ok(()),
    }
}

/// Whether there is a folder for a file, before anybody works for it.
pub(crate) fn has_place(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    match fs::metadata(folder.unwrap_or(Path::new(".")))?.is_dir() {
        true if path.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        true => Ok(()),
        false => Err(io::ErrorKind::NotADirectory.into()),
    }
}

/// Who may read a file that is not there yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Whoever the system lets.
    Usual,
    /// Its owner, also where the file is there already.
    Owner,
}

/// Writes a file whole or not at all: beside its place first, and then there in one step. What is there
/// and is no file, such as a pipe, is written to as it is.
pub(crate) fn file(path: &Path, text: &str, readers: Readers) -> io::Result<()> {
    // A link stays a link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let there = fs::metadata(&path).ok();
    if there.as_ref().is_some_and(|it| !it.is_file()) {
        return fs::write(&path, text);
    }
    let part = beside(&path)?;
    let done = (|| {
        let mut file = new(&part, readers)?;
        if let Some(there) = there.filter(|_| readers == Readers::Usual) {
            file.set_permissions(there.permissions())?;
        }
        file.write_all(text.as_bytes())?;
        // Without it a power cut can leave the new name with nothing behind it.
        file.sync_all()?;
        fs::rename(&part, &path)
    })();
    if done.is_err() {
        let _ = fs::remove_file(&part);
    }
    done
}

fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut part = std::ffi::OsString::from(".");
    part.push(name);
    part.push(format!(".{}.part", std::process::id()));
    Ok(path.with_file_name(part))
}

fn new(path: &Path, readers: Readers) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if readers == Readers::Owner {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let names = entries.map(|it| it.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    #[test]
    fn a_file_is_replaced_in_one_step_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.json");
        file(&path, "one", Readers::Usual).unwrap();
        let before = File::open(&path).unwrap();
        file(&path, "two", Readers::Usual).unwrap();
        // Whoever reads the old file still reads all of it.
        assert_eq!(io::read_to_string(before).unwrap(), "one");
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(names(folder.path()), ["plan.json"]);
    }

    #[test]
    fn where_it_cannot_be_written_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("plan.json")).unwrap();
        assert!(file(&folder.path().join("plan.json"), "x", Readers::Usual).is_err());
        assert!(file(&folder.path().join("nowhere/x"), "x", Readers::Usual).is_err());
        assert_eq!(names(folder.path()), ["plan.json"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_stay_and_devices_are_written_to() {
        use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let mode = |name: &str| fs::metadata(at(name)).unwrap().permissions().mode() & 0o777;
        fs::write(at("real"), "old").unwrap();
        fs::set_permissions(at("real"), fs::Permissions::from_mode(0o640)).unwrap();
        symlink(at("real"), at("link")).unwrap();
        file(&at("link"), "new", Readers::Usual).unwrap();
        assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(at("real")).unwrap(), "new");
        assert_eq!(mode("real"), 0o640);
        file(&at("real"), "secret", Readers::Owner).unwrap();
        file(&at("other"), "secret", Readers::Owner).unwrap();
        assert_eq!((mode("real"), mode("other")), (0o600, 0o600));
        file(Path::new("/dev/null"), "x", Readers::Usual).unwrap();
        let null = fs::metadata("/dev/null").unwrap();
        assert!(null.file_type().is_char_device());
    }
}
