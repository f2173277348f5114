//! Tests that run in a process of their own: another test of this program, marked `#[ignore]`, is started by its name.

use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::Command;

/// A command that runs this program with `test` alone.
pub fn child(test: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([test, "--exact", "--ignored", "--nocapture"]).env_remove("MNIST_DIR").env("CHILD", "");
    command
}

/// Whether this process was started as such, and does not just run all ignored tests.
pub fn is_child() -> bool {
    env::var_os("CHILD").is_some()
}

/// Runs `test` as a user who is subject to permissions: the current user, or, if that is root, nobody. In the latter case there is
/// also `ROOTS_FILE`, a file of root with mode 0662, in a folder where anybody may write.
pub fn as_nobody(test: &str) {
    const NOBODY: u32 = 65_534;
    let folder = tempfile::tempdir().unwrap();
    let mut command = child(test);
    if fs::metadata(folder.path()).unwrap().uid() == 0 {
        let file = folder.path().join("file");
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o662)).unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
        command.uid(NOBODY).gid(NOBODY).current_dir("/").env("ROOTS_FILE", file).env("TMPDIR", folder.path());
    }
    match command.output() {
        Ok(output) => assert!(output.status.success(), "{output:?}"),
        Err(error) => eprintln!("SKIPPED: {test} cannot be run as nobody: {error}"),
    }
}
