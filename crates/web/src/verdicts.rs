//! Assessments kept until something is written: a snapshot is named by its organisation and the number of its entries,
//! and all verdicts of every day follow from it, so each is judged once and shared by everybody who asks. What is
//! judged of the newest snapshot is kept for the next: after a write only what it concerns is judged anew.

use std::sync::{Arc, Mutex, PoisonError};

use isms::{
    Id, Isms, Kind,
    rules::{Assessment, History, Memo, Sight, tells_of_people},
    views::list::ListQuery,
};
use tokio::sync::OnceCell;

use crate::{App, error::WebError, gate::Viewer};

/// How many assessments are kept; the one asked for longest ago goes first.
const KEPT: usize = 16;

/// What names a snapshot: its organisation, and how many entries are folded into it.
type Key = (String, u64);
type Shared = Arc<OnceCell<Arc<Assessment>>>;

/// Assessments by snapshot, the one asked for last at the end.
#[derive(Default)]
pub(crate) struct Verdicts {
    kept: Mutex<Vec<(Key, Shared)>>,
    latest: Arc<tokio::sync::Mutex<Latest>>,
}

/// What judging the newest snapshot leaves for the next one.
#[derive(Default)]
struct Latest {
    /// How many entries are folded into that snapshot.
    size: u64,
    /// The timezone its days are of.
    zone: String,
    /// What the ledger knows of single fields.
    history: Arc<History>,
    memo: Memo,
}

impl Verdicts {
    /// The place of an assessment, which may still be empty: whoever comes first fills it, and the others wait.
    fn place(&self, key: Key) -> Shared {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().position(|(k, _)| *k == key).map(|i| kept.remove(i).1);
        let place = found.unwrap_or_default();
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((key, place.clone()));
        place
    }
}

impl App {
    /// The assessment of a snapshot, judged off the threads that answer.
    pub(crate) async fn assessment(&self, isms: &Arc<Isms>) -> Result<Arc<Assessment>, WebError> {
        let place = self.verdicts.place((self.org.name().to_owned(), isms.size()));
        let judged = place.get_or_try_init(|| async {
            let mut latest = self.verdicts.latest.clone().lock_owned().await;
            if latest.zone != isms.timezone() {
                *latest = Latest { zone: isms.timezone().to_owned(), ..Latest::default() };
            }
            let history = Arc::make_mut(&mut latest.history);
            self.org.complete(history, isms).await.map_err(WebError::internal)?;
            let history = latest.history.clone();
            let isms = isms.clone();
            let judged = if isms.size() < latest.size {
                // One of the past; what is kept of the newest stays, and nobody waits for this.
                drop(latest);
                tokio::task::spawn_blocking(move || Assessment::of(&isms, &history))
            } else {
                latest.size = isms.size();
                tokio::task::spawn_blocking(move || Assessment::again(&isms, &history, &mut latest.memo))
            };
            judged.await.map(Arc::new).map_err(WebError::internal)
        });
        judged.await.cloned()
    }
}

impl Viewer {
    /// All verdicts on the records that the page shows.
    pub(crate) async fn assessment(&self) -> Result<Arc<Assessment>, WebError> {
        self.app.assessment(&self.isms).await
    }

    /// What the viewer may see of people: by who they are today, whichever day the page is about.
    pub(crate) fn sight(&self) -> Sight {
        Sight::of(&self.app.org.snapshot(), &self.actor, self.today)
    }

    /// Whether the viewer may see every record of a kind that they may read at all.
    pub(crate) fn sees_all(&self, kind: Kind) -> bool {
        !tells_of_people(kind) || self.sight() == Sight::Everyone
    }

    /// The numbers of the records that a list shows the viewer, in order.
    pub(crate) fn found(&self, kind: Kind, query: &ListQuery) -> Arc<Vec<u32>> {
        let found = self.app.lists.run(&self.isms, kind, query, self.day);
        if !tells_of_people(kind) {
            return found;
        }
        let sight = self.sight();
        Arc::new(found.iter().copied().filter(|n| sight.sees(&self.isms, Id { kind, n: *n })).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_asked_for_longest_ago_goes_first() {
        let verdicts = Verdicts::default();
        let key = |n: u64| ("main".to_owned(), n);
        let first = verdicts.place(key(0));
        for n in 1..KEPT as u64 {
            verdicts.place(key(n));
        }
        assert!(Arc::ptr_eq(&first, &verdicts.place(key(0))));
        verdicts.place(key(99));
        let kept = || verdicts.kept.lock().unwrap().iter().map(|(k, _)| k.1).collect::<Vec<_>>();
        assert_eq!(kept().len(), KEPT);
        assert!(kept().contains(&0) && !kept().contains(&1) && kept().ends_with(&[0, 99]), "{:?}", kept());
    }
}
