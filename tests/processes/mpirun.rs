//! Tests that run in several processes: another test of this program, marked `#[ignore]`, is started by `mpirun`.

use std::env;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Whether there is an `mpirun`. If not, says that nothing was tested.
pub fn is_there() -> bool {
    let is_there = Command::new("mpirun").arg("--version").output().is_ok_and(|output| output.status.success());
    if !is_there {
        eprintln!("SKIPPED: there is no mpirun, so nothing is tested in several processes");
    }
    is_there
}

/// `mpirun` of this many processes of a program. More than there are cores, and of root, are allowed.
pub fn command(count: usize, program: &str) -> Command {
    let mut command = Command::new("mpirun");
    command.args(["-n", &count.to_string(), program]);
    let allowed = ["OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "OMPI_MCA_rmaps_base_oversubscribe"];
    command.envs(allowed.map(|name| (name, "1")));
    command
}

/// `mpirun` of this many processes of this program with `test` alone.
pub fn of_test(count: usize, test: &str) -> Command {
    let mut command = command(count, env::current_exe().unwrap().to_str().unwrap());
    command.args([test, "--exact", "--ignored", "--nocapture"]).env("CHILD", "");
    command
}

/// What a job printed until it ended. Panics if it does not end.
pub fn output(command: &mut Command) -> Output {
    // What it prints until then fits into the pipes.
    let mut job = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let ends = ends(&mut job);
    if !ends {
        job.kill().unwrap();
    }
    let output = job.wait_with_output().unwrap();
    assert!(ends, "{command:?} hangs: {output:?}");
    output
}

/// Waits for the end of a job. Returns false if it hangs.
pub fn ends(job: &mut Child) -> bool {
    within(LONG, || job.try_wait().unwrap().is_some())
}

/// Long enough for anything here on a busy machine: what takes longer hangs.
pub const LONG: Duration = Duration::from_secs(120);

/// Waits until `condition` holds. Returns false if it does not within this time.
pub fn within(time: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < time {
        if condition() {
            return true;
        }
        sleep(Duration::from_millis(5));
    }
    false
}

/// Whether this process was started as such, and does not just run all ignored tests.
pub fn is_child() -> bool {
    env::var_os("CHILD").is_some()
}

/// What was printed by all processes after `word`, in any order.
pub fn lines(output: &Output, word: &str) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stdout);
    let mut lines: Vec<_> = text.lines().filter_map(|line| Some(line.split_once(word)?.1.to_string())).collect();
    lines.sort();
    lines
}

/// Everything that was printed to standard error.
pub fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
