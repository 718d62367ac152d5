//! The clock: the one place that reads it.

use std::time::Instant;

/// Now.
#[expect(clippy::disallowed_methods, reason = "this program measures")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// How long `work` takes, in seconds, and what it gives.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = now();
    let given = work();
    (start.elapsed().as_secs_f64(), given)
}

/// How long `work` takes, in seconds, and what it gives.
pub(crate) async fn timed_async<T>(work: impl Future<Output = T>) -> (f64, T) {
    let start = now();
    let given = work.await;
    (start.elapsed().as_secs_f64(), given)
}
