//! Progress on standard error, for people at a terminal, after a second; ctrl-C stops cleanly.

use std::{
    io::IsTerminal as _,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use twin::Watch;
use twin_present::{Language, words::find_word};

/// Progress below this is not shown.
const QUIET: Duration = Duration::from_secs(1);

/// Shows progress and takes ctrl-C.
pub(crate) struct Progress {
    language: Language,
    cancelled: Arc<AtomicBool>,
    begun: Instant,
    bar: Option<Mutex<ProgressBar>>,
}

impl Progress {
    pub(crate) fn new(language: Language) -> Self {
        let cancelled = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&cancelled);
        // The first ctrl-C asks to stop, the second one does not wait.
        let handled = ctrlc::set_handler(move || {
            if flag.swap(true, Ordering::SeqCst) {
                std::process::exit(130);
            }
        });
        let shown = handled.is_ok() && std::io::stderr().is_terminal();
        let bar = shown.then(|| {
            let bar = ProgressBar::no_length();
            bar.set_draw_target(ProgressDrawTarget::hidden());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {wide_bar} {pos}/{len} {elapsed}") {
                bar.set_style(style);
            }
            Mutex::new(bar)
        });
        Self { language, cancelled, begun: Instant::now(), bar }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.lock().unwrap_or_else(PoisonError::into_inner).finish_and_clear();
        }
    }
}

impl Watch for Progress {
    fn progress(&self, stage: &'static str, done: u64, total: u64) {
        let Some(bar) = &self.bar else { return };
        if self.begun.elapsed() < QUIET {
            return;
        }
        let bar = bar.lock().unwrap_or_else(PoisonError::into_inner);
        if bar.is_hidden() {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.set_message(find_word(self.language, &format!("stage-{stage}")).unwrap_or_else(|| stage.to_owned()));
        if total > 0 {
            bar.set_length(total);
        } else {
            bar.unset_length();
        }
        bar.set_position(done);
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }
}
