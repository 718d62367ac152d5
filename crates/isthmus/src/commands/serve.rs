//! `serve`: pages and JSON, and the clock's own moves once an hour.

use std::{path::Path, time::Duration};

use anyhow::Context;
use isms::{Command, access::Actor};
use store::{OpenMode, Options, Org, Store, Write};

use crate::{cli::Serve, exit::Failure};

/// How often the clock looks for what is due. Moves happen on dates, so an hour late is still the right day.
const CLOCK: Duration = Duration::from_secs(3600);
/// How long an upload may wait for the form it belongs to.
const GIVEN_UP: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);
/// How long requests under way may take once the process is asked to stop.
const LAST_WORDS: Duration = Duration::from_secs(10);

pub(crate) async fn serve(dir: &Path, options: Serve) -> Result<(), Failure> {
    let store = Store::open(dir, OpenMode::Write, Options::default()).await?;
    let org = store.org()?;
    let config = web::Config {
        upload_limit: options.max_upload * 1024 * 1024,
        secure_cookies: !options.insecure_cookies,
        trusted_proxy: options.trusted_proxy,
    };
    let listener = tokio::net::TcpListener::bind(options.listen).await.with_context(|| {
        format!("cannot listen on {}; choose another address with --listen", options.listen)
    })?;
    let address = listener.local_addr().context("no address")?;
    #[cfg(unix)]
    let _limit = keep_size_limits_an_error();
    println!("Isthmus serves {} on http://{address}", dir.display());
    if let Some(token) = org.setup_token().await? {
        println!("Set it up here, once:  http://{address}/setup?token={token}");
    }
    println!("Ready.");
    let clock = tokio::spawn(run_clock(store.clone(), org));
    let app = web::router(web::App::new(store.clone(), config)?);
    let limits = web::Limits { connections: options.max_connections, ..web::Limits::default() };
    // Who has begun may finish, within reason: a request that never ends must not keep the process.
    let asked = std::sync::Arc::new(tokio::sync::Notify::new());
    let stopping = asked.clone();
    let serving = web::serve(listener, app, limits, async move {
        stop().await;
        stopping.notify_one();
    });
    tokio::select! {
        () = serving => {}
        () = async {
            asked.notified().await;
            tokio::time::sleep(LAST_WORDS).await;
        } => {
            tracing::warn!("some requests had not ended when the server stopped");
        }
    }
    clock.abort();
    store.close().await;
    Ok(())
}

/// Takes the steps that wait for a date, and clears away uploads that nobody attached to anything.
async fn run_clock(store: Store, org: Org) {
    let mut ticks = tokio::time::interval(CLOCK);
    loop {
        ticks.tick().await;
        match store.sweep_files(GIVEN_UP).await {
            Ok(0) => {}
            Ok(files) => tracing::info!(files, "uploads that were given up are gone"),
            Err(error) => tracing::error!(%error, "uploads that were given up could not be cleared away"),
        }
        let moved = org
            .execute_with(Write::by(Actor::clock()), |isms, now| {
                Ok(Command::Batch {
                    name: "clock".to_owned(),
                    commands: isms::commands::clock::due(isms, now.today),
                })
            })
            .await;
        match moved {
            Ok(outcome) if !outcome.changed.is_empty() => {
                tracing::info!(records = outcome.changed.len(), "the clock moved records");
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "the clock could not move records"),
        }
    }
}

/// A limit on the size of files (`ulimit -f`) is to be met as a write that failed, like a full disk, and not as the
/// signal that ends a process which does not listen for it.
#[cfg(unix)]
fn keep_size_limits_an_error() -> Option<tokio::signal::unix::Signal> {
    /// SIGXFSZ, which has this number on Linux, macOS and the BSDs.
    const SIGXFSZ: i32 = 25;
    use tokio::signal::unix::{SignalKind, signal};
    signal(SignalKind::from_raw(SIGXFSZ))
        .inspect_err(|error| tracing::warn!(%error, "no signal handler"))
        .ok()
}

/// Ends when the process is asked to stop.
async fn stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}
