//! The command line of Stadtwin: geodata in, scenarios run, results out. A window: everything it does lies in the other
//! crates; this one parses arguments, shows findings and progress, and chooses the exit status.

mod arguments;
mod command;
mod german;
mod output;
mod progress;

use std::process::ExitCode;

use arguments::{Arguments, Task};
use output::Output;
use progress::Progress;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Everything is as it should be.
    Fine,
    /// A criterion was violated, a solver did not converge, or a twin has errors.
    NotFine,
    /// Somebody pressed ctrl-C; what was finished before is kept.
    Interrupted,
}

impl Ending {
    const fn status(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::NotFine => 1,
            Self::Interrupted => 130,
        }
    }

    /// The worse of two endings.
    pub(crate) const fn worse(self, other: Self) -> Self {
        if self.status() >= other.status() { self } else { other }
    }
}

/// Exit status where something went wrong.
const FAILED: u8 = 2;

fn main() -> ExitCode {
    // Arguments that clap refuses end with status 2 too.
    let arguments: Arguments = german::read();
    let output = Output::new(arguments.language(), arguments.json);
    if let Some(threads) = arguments.threads
        && let Err(error) = rayon::ThreadPoolBuilder::new().num_threads(threads.get()).build_global()
    {
        output.failure(&twin::Finding::error("no-threads", format!("cannot start {threads} threads: {error}")).into());
        return FAILED.into();
    }
    let progress = Progress::new(output.language);
    match perform(arguments.task, &output, &progress) {
        Ok(ending) => {
            progress.finish();
            ending.status().into()
        }
        Err(findings) => {
            progress.finish();
            output.failure(&findings);
            FAILED.into()
        }
    }
}

fn perform(task: Task, output: &Output, progress: &Progress) -> Result<Ending, twin::Findings> {
    match task {
        Task::Demo(arguments) => command::demo::demo(&arguments, output, progress),
        Task::Import(arguments) => command::import::import(&arguments, output, progress),
        Task::Check(arguments) => command::check::check(&arguments, output, progress),
        Task::Query(arguments) => command::query::query(&arguments, output, progress),
        Task::Run(arguments) => command::run::run(&arguments, output, progress),
        Task::Sweep(arguments) => command::sweep::sweep(&arguments, output, progress),
        Task::Works(arguments) => command::works::works(&arguments, output, progress),
        Task::Assumptions(arguments) => command::assumptions::assumptions(&arguments, output),
        Task::Render(arguments) => command::view::start("render", &arguments, output.language),
        Task::View(arguments) => command::view::start("view", &arguments, output.language),
    }
}
