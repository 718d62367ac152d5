//! The clock that is handed to the store: the system's, or a test's.

use std::sync::Arc;

use jiff::Timestamp;

/// Says what time it is.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The system's clock.
#[must_use]
pub fn system() -> Clock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that is handed to everything else")]
    Arc::new(Timestamp::now)
}

/// A clock that stands still.
#[must_use]
pub fn fixed(at: Timestamp) -> Clock {
    Arc::new(move || at)
}
