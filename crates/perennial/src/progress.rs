//! Progress of long work on a terminal: phase, rate and time left. Silent where nobody looks.

use std::io::IsTerminal;
use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressStyle};
use perennial_batch::run::Observer;

/// A progress bar on standard error.
pub struct Bar {
    shown: bool,
    bar: Mutex<Option<ProgressBar>>,
}

impl Bar {
    /// A bar that is drawn where standard error is a terminal, unless `quiet`.
    pub fn new(quiet: bool) -> Self {
        Self { shown: !quiet && std::io::stderr().is_terminal(), bar: Mutex::new(None) }
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        if let Ok(mut bar) = self.bar.lock()
            && let Some(bar) = bar.take()
        {
            bar.finish_and_clear();
        }
    }
}

impl Observer for Bar {
    fn phase(&self, name: &str, total_bytes: Option<u64>) {
        if !self.shown {
            return;
        }
        self.clear();
        let bar = match total_bytes {
            Some(total) => ProgressBar::new(total).with_style(style(
                "{msg:<20} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left",
            )),
            None => ProgressBar::new_spinner().with_style(style("{msg:<20} {spinner} {elapsed}")),
        };
        bar.set_message(name.to_owned());
        bar.enable_steady_tick(std::time::Duration::from_millis(200));
        if let Ok(mut slot) = self.bar.lock() {
            *slot = Some(bar);
        }
    }

    fn progress(&self, bytes: u64, _rows: u64) {
        if let Ok(bar) = self.bar.lock()
            && let Some(bar) = &*bar
        {
            bar.set_position(bytes);
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
