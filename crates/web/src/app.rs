//! What all handlers share.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use crate::{answers::Answers, verdicts::Verdicts};
use isms::{Date, Isms, Kind, views::list::ListQuery};
use store::{Org, Store, StoreError};

/// How the pages behave.
#[derive(Clone, Debug)]
pub struct Config {
    /// Largest file that may be uploaded, in bytes.
    pub upload_limit: u64,
    /// Whether cookies carry `Secure`. Off only where the server is reached without TLS on the same machine; browsers
    /// treat 127.0.0.1 as trustworthy, so it stays on by default. With a trusted proxy besides, the session's cookie has
    /// the prefix `__Host-`.
    pub secure_cookies: bool,
    /// The proxy in front, whose word on where a request comes from is believed (`X-Forwarded-For`, its last address).
    /// Without one, everybody behind a proxy is slowed down together when somebody guesses passwords.
    pub trusted_proxy: Option<std::net::IpAddr>,
}

impl Default for Config {
    fn default() -> Self {
        Self { upload_limit: 100 * 1024 * 1024, secure_cookies: true, trusted_proxy: None }
    }
}

/// The application: the store, and what can be computed again.
#[derive(Clone)]
pub struct App {
    pub(crate) store: Store,
    /// The organisation served; one in this version.
    pub(crate) org: Org,
    pub(crate) config: Arc<Config>,
    pub(crate) lists: Arc<Lists>,
    pub(crate) answers: Arc<Answers>,
    pub(crate) verdicts: Arc<Verdicts>,
}

impl App {
    /// The application over a store.
    ///
    /// # Errors
    /// If the store holds no organisation.
    pub fn new(store: Store, config: Config) -> Result<Self, StoreError> {
        let org = store.org()?;
        Ok(Self {
            store,
            org,
            config: Arc::new(config),
            lists: Arc::default(),
            answers: Arc::default(),
            verdicts: Arc::default(),
        })
    }
}

/// Results of lists by what they were computed from: a list is a pure function of the tables it reads, the question
/// and the day, so its order is kept until one of those tables changes.
#[derive(Default)]
pub(crate) struct Lists {
    kept: Mutex<HashMap<ListKey, Arc<Vec<u32>>>>,
}

type ListKey = (Kind, u64, Date, ListQuery);

/// How many results are kept before all are dropped.
const KEPT: usize = 512;

impl Lists {
    /// The numbers of the records a list shows, in order.
    pub(crate) fn run(&self, isms: &Isms, kind: Kind, query: &ListQuery, today: Date) -> Arc<Vec<u32>> {
        let key = (kind, isms.fingerprint(kind), today, ListQuery { page: 0, ..query.clone() });
        if let Ok(kept) = self.kept.lock()
            && let Some(found) = kept.get(&key)
        {
            return found.clone();
        }
        let found = Arc::new(query.run(isms, kind, today));
        if let Ok(mut kept) = self.kept.lock() {
            if kept.len() >= KEPT {
                kept.clear();
            }
            kept.insert(key, found.clone());
        }
        found
    }
}
