//! Instructions for resuming a training that was stopped.

use std::error::Error;

use shapeproof::io::Checkpoints;

use crate::output::plain;

/// Returns the command that resumes it in as many processes. `resumed` says whether this run already has `--resume`.
pub fn how_to_go_on(checkpoints: &Checkpoints, resumed: bool, processes: usize) -> Result<String, Box<dyn Error>> {
    let Some(newest) = checkpoints.newest() else { return Ok("There is no checkpoint to resume from.".into()) };
    let resume = if resumed { None } else { Some("--resume".to_string()) };
    let mpirun = if processes > 1 { format!("mpirun -n {processes} ") } else { String::new() };
    let words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into()).chain(resume).collect();
    let command = mpirun + &shlex::try_join(words.iter().map(String::as_str))?;
    let newest = plain(newest.display());
    Ok(format!("The training is in {newest}. To go on:\n    {}", plain(command)))
}
