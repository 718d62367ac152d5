//! Signing in and out.

use isms::access::{Actor, Door};
use jiff::Timestamp;

use crate::{
    Account, Org, StoreError,
    draft::Plan,
    sessions::token_hash,
    sqlite::{SessionRow, Side},
    writer::Denied,
};

/// Why somebody could not sign in.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SignInError {
    /// Address or password: which of them is not said.
    #[error("the address or the password is not right")]
    Wrong,
    /// Too many failures.
    #[error("too many attempts; try again in {seconds} {}", if *seconds == 1 { "second" } else { "seconds" })]
    Throttled {
        /// How long.
        seconds: u64,
    },
    /// The store failed.
    #[error(transparent)]
    Failed(#[from] StoreError),
}

/// Somebody who has just signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The secret for the cookie: 64 hexadecimal digits, stored nowhere.
    pub token: String,
    /// Who.
    pub account: Account,
}

/// A valid session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub account: Account,
    /// When it began.
    pub created_at: Timestamp,
}

impl Session {
    /// The account as the actor of a command.
    #[must_use]
    pub fn actor(&self, door: Door) -> Actor {
        self.account.actor(door)
    }
}

impl Org {
    /// Signs in with address and password. `address` is where the request came from, for slowing down guesses.
    ///
    /// # Errors
    /// If they do not match an account, or too many attempts failed.
    pub async fn sign_in(&self, email: &str, password: &str, address: &str) -> Result<SignedIn, SignInError> {
        let email = email.trim().to_lowercase();
        let now = (self.inner.options.clock)();
        let throttle = &self.inner.throttle;
        throttle.attempt(&email, Some(address), now).map_err(|seconds| SignInError::Throttled { seconds })?;
        let accounts = self.accounts();
        let account = accounts.by_email(&email).filter(|account| !account.disabled);
        let secret = account.and_then(|account| accounts.secret(&account.id));
        let right = self.check_password(password, secret).await?;
        let Some(account) = account.filter(|_| right) else { return Err(SignInError::Wrong) };
        throttle.succeeded(&email, Some(address));
        Ok(self.begin_session(account).await?)
    }

    /// Begins a session for an account whose holder has just proved to be that.
    pub(crate) async fn begin_session(&self, account: &Account) -> Result<SignedIn, StoreError> {
        let token = self.inner.options.entropy.text::<32>()?;
        let hash = token_hash(&token);
        let id = account.id.clone();
        let secret = self.accounts().secret(&id).map(str::to_owned);
        let rules = self.inner.options.sessions;
        let begin = self.run(Box::new(move |draft, now| {
            // The password or the account may have changed while the hash was computed.
            let accounts = &draft.next.accounts;
            if accounts.get(&id).is_none_or(|a| a.disabled) || accounts.secret(&id) != secret.as_deref() {
                return Err(Denied::Wrong);
            }
            let at = now.at.as_millisecond();
            let before =
                |d: jiff::SignedDuration| at.saturating_sub(i64::try_from(d.as_millis()).unwrap_or(i64::MAX));
            let row = SessionRow { token: hash, account: id, created_at: at, seen_at: at };
            Ok(Plan::beside(vec![
                Side::SessionsExpire { seen: before(rules.idle), created: before(rules.absolute) },
                Side::Session(row),
            ]))
        }));
        match begin.await {
            Ok(_) => Ok(SignedIn { token, account: account.clone() }),
            Err(Denied::Failed(error)) => Err(error),
            Err(_) => {
                Err(StoreError::Database("the account was changed meanwhile; sign in again".to_owned()))
            }
        }
    }

    /// The session of a token, if it is valid; this counts as a request for its idle time. Memory only: quick enough
    /// for every request.
    #[must_use]
    pub fn session(&self, token: &str) -> Option<Session> {
        let now = (self.inner.options.clock)();
        let found = self.inner.sessions.find(self.shared.n, token, now, self.inner.options.sessions)?;
        if let (Some(save), Some(writer)) = (found.save, &self.inner.writer) {
            writer.run_later(self.shared.n, Box::new(move |_, _| Ok(Plan::beside(vec![save]))));
        }
        let state = self.state();
        let account = state.accounts.get(&found.account).filter(|account| !account.disabled)?;
        Some(Session { account: account.clone(), created_at: found.created_at })
    }

    /// Ends a session. Nothing happens if there is none.
    ///
    /// # Errors
    /// If that cannot be saved.
    pub async fn sign_out(&self, token: &str) -> Result<(), StoreError> {
        let hash = token_hash(token);
        self.beside(move |_| vec![Side::SessionEnd(hash)]).await
    }

    /// Ends all sessions of an account.
    ///
    /// # Errors
    /// If that cannot be saved.
    pub async fn end_sessions(&self, account: &str) -> Result<(), StoreError> {
        let account = account.to_owned();
        self.beside(move |_| vec![Side::SessionsEnd { account, but: None }]).await
    }
}
