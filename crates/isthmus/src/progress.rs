//! Progress of long work, on standard error and only where a person looks.

use std::{sync::Arc, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar that counts.
pub(crate) fn bar(what: &'static str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:40} {human_pos}/{human_len} {per_sec}") {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar
}

/// Work without a count.
pub(crate) fn spinner(what: &'static str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner();
    spinner.set_message(what);
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}

/// How far work is, as the store reports it.
pub(crate) fn report(bar: &ProgressBar) -> Arc<dyn Fn(u64, u64) + Send + Sync> {
    let bar = bar.clone();
    Arc::new(move |done, of| {
        bar.set_length(of);
        bar.set_position(done);
    })
}
