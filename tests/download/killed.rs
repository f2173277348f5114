//! Processes that download at the same time, or are killed meanwhile.
//!
//! `KILLS=100 cargo test --release --test download killed -- --nocapture` kills a hundred.

use std::env;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use shapeproof::data::download::News;

use crate::common::child::{child, is_child};
use crate::common::files::names;
use crate::server::Manner;
use crate::{QUICK, is_whole, nowhere, serve, source};

#[test]
#[ignore = "not a test, but the process that the tests start"]
fn downloading() {
    let (true, Some(dir), Ok(url)) = (is_child(), env::var_os("DIR"), env::var("URL")) else { return };
    let print = |news| {
        if news == News::Waiting {
            println!("waiting");
        }
    };
    if let Err(error) = source(&[&url]).download(Path::new(&dir), &QUICK, &mut { print }) {
        println!("error: {error}");
        std::process::exit(1);
    }
}

pub fn process(dir: &Path, url: &str) -> Command {
    let mut command = child("killed::downloading");
    command.env("DIR", dir).env("URL", url).stdout(Stdio::piped());
    command
}

fn start(dir: &Path, url: &str) -> Child {
    process(dir, url).spawn().unwrap()
}

#[test]
fn a_killed_download_leaves_a_whole_folder_or_none() {
    let kills: usize = env::var("KILLS").map_or(40, |kills| kills.parse().unwrap());
    // A whole download takes about a quarter of a second.
    let server = serve(|_, _| Manner::Slow(600));
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(17);
    let (root, dir) = nowhere();
    let (mut whole, mut half) = (0, 0);
    for _ in 0..kills {
        let mut process = start(&dir, &server.url);
        sleep(Duration::from_micros(rng.random_range(1_000..400_000)));
        process.kill().unwrap();
        process.wait().unwrap();
        if is_whole(&dir) {
            whole += 1;
            std::fs::remove_dir_all(root.path().join("cache")).unwrap();
        } else {
            half += usize::from(dir.with_file_name(".mnist.part").exists());
        }
    }
    let continued = server.requests.lock().unwrap().iter().filter(|(_, start)| *start > 0).count();
    println!(
        "{kills} processes killed: {half} left a part, {whole} a whole folder; {continued} requests were for the rest of a file"
    );
    assert!(half > 0);
    assert!(start(&dir, &server.url).wait().unwrap().success());
    assert!(is_whole(&dir));
    assert_eq!(names(dir.parent().unwrap()), [".mnist.lock", "mnist"]);
}

#[test]
fn one_of_several_processes_downloads_and_the_others_wait() {
    let server = serve(|_, _| Manner::Slow(600));
    let (_root, dir) = nowhere();
    let processes: Vec<Child> = (0..4).map(|_| start(&dir, &server.url)).collect();
    let mut waited = 0;
    for process in processes {
        let output = process.wait_with_output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{said}");
        waited += usize::from(said.contains("waiting"));
    }
    assert!(is_whole(&dir));
    assert_eq!(server.count(), 4, "each file once");
    println!("{waited} of 4 processes waited");
}

/// The host of the mirror does not exist, but the proxy knows it.
#[test]
fn the_proxy_of_the_environment_is_used() {
    let server = serve(|_, _| Manner::Good);
    for variable in ["all_proxy", "HTTPS_PROXY", "http_proxy"] {
        let (_root, dir) = nowhere();
        let before = server.count();
        let run = |host: &str| {
            let mut command = process(&dir, &format!("http://{host}/"));
            for name in ["all_proxy", "https_proxy", "http_proxy", "no_proxy"] {
                command.env_remove(name).env_remove(name.to_uppercase());
            }
            command.env(variable, &server.url).env("no_proxy", "127.0.0.2").output().unwrap().status.success()
        };
        assert!(!run("127.0.0.2"));
        assert_eq!(server.count(), before, "{variable}");
        assert!(run("mirror.invalid") && is_whole(&dir), "{variable}");
        let requests = server.requests.lock().unwrap();
        assert!(requests[before].0.starts_with("CONNECT mirror.invalid:80 "), "{requests:?}");
    }
}

/// The lock of a killed process does not stop the next one.
#[test]
fn a_waiting_process_goes_on_when_the_other_is_killed() {
    let server = serve(|_, before| if before == 0 { Manner::Stall(30_000) } else { Manner::Good });
    let (_root, dir) = nowhere();
    let mut first = start(&dir, &server.url);
    while server.count() == 0 {
        sleep(Duration::from_millis(5));
    }
    let second = start(&dir, &server.url);
    sleep(Duration::from_millis(300));
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(second.wait_with_output().unwrap().status.success());
    assert!(is_whole(&dir));
}
