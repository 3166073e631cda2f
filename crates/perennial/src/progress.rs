//! Progress of long work on a terminal: phase, rate and time left. Silent where nobody looks.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use perennial_batch::read::Progress;
use perennial_batch::run::Observer;

/// How often the bar looks at the counters.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A progress bar on standard error.
pub struct Bar {
    shown: bool,
    phase: Mutex<Option<Phase>>,
}

/// The phase that is shown, and the thread that keeps its bar up to date.
struct Phase {
    bar: ProgressBar,
    over: Arc<AtomicBool>,
}

impl Bar {
    /// A bar that is drawn where standard error is a terminal, unless `quiet`.
    pub fn new(quiet: bool) -> Self {
        Self {
            shown: !quiet && std::io::stderr().is_terminal(),
            phase: Mutex::new(None),
        }
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        if let Ok(mut phase) = self.phase.lock()
            && let Some(phase) = phase.take()
        {
            phase.over.store(true, Ordering::Relaxed);
            phase.bar.finish_and_clear();
        }
    }
}

impl Observer for Bar {
    fn phase(&self, name: &str, reading: Option<(u64, &Arc<Progress>)>) {
        if !self.shown {
            return;
        }
        self.clear();
        let bar = match reading {
            Some((total, _)) => ProgressBar::new(total).with_style(style(
                "{msg:<20} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left",
            )),
            None => ProgressBar::new_spinner().with_style(style("{msg:<20} {spinner} {elapsed}")),
        };
        bar.set_message(name.to_owned());
        bar.enable_steady_tick(LOOK_EVERY);
        let over = Arc::new(AtomicBool::new(false));
        if let Some((_, progress)) = reading {
            let (bar, over, progress) = (bar.clone(), Arc::clone(&over), Arc::clone(progress));
            let before = progress.bytes();
            std::thread::spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    bar.set_position(progress.bytes() - before);
                    std::thread::sleep(LOOK_EVERY);
                }
            });
        }
        if let Ok(mut slot) = self.phase.lock() {
            *slot = Some(Phase { bar, over });
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
