//! Random companies: the sample company, disturbed.

use isms::{
    Command, Date, Id, Isms, Kind,
    access::Actor,
    commands::{Change, Now},
    sample,
};
use proptest::test_runner::{Config as ProptestConfig, RngSeed};
use serde_json::{Map, Value};

const TODAY: &str = "2026-11-23";

/// The day all of it is made for.
pub(crate) fn today() -> Date {
    TODAY.parse().unwrap()
}

/// The records of the sample company.
fn sample_records() -> &'static [(Id, Map<String, Value>)] {
    static RECORDS: std::sync::LazyLock<Vec<(Id, Map<String, Value>)>> = std::sync::LazyLock::new(|| {
        let now = Now { at: jiff::Timestamp::UNIX_EPOCH, today: today() };
        let command = Command::Load(sample::tarnwick_rota(today()).unwrap());
        let isms = isms::decide(&Isms::default(), &Actor::operator(), now, command).unwrap().isms;
        let all = Kind::ALL
            .iter()
            .flat_map(|k| isms.table(*k).all().map(|r| (r.id(), r.body())).collect::<Vec<_>>());
        all.collect()
    });
    &RECORDS
}

/// A snapshot of nothing but these records.
pub(crate) fn company(records: &[(Id, Map<String, Value>)]) -> Isms {
    let mut isms = Isms::default();
    for (id, body) in records {
        let change = Change { id: *id, rev: 1, after: Some(body.clone()) };
        isms.apply(0, jiff::Timestamp::UNIX_EPOCH, &change).unwrap();
    }
    isms
}

/// So many cases of a property. The seed is set, so that a run fails or passes for the change that is tried and for nothing
/// else; `PROPTEST_RNG_SEED` and `PROPTEST_CASES` set others to look further.
pub(crate) fn cases(usual: u32) -> ProptestConfig {
    let given = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { given.cases } else { usual };
    let rng_seed = match given.rng_seed {
        RngSeed::Random => RngSeed::Fixed(27001),
        fixed @ RngSeed::Fixed(_) => fixed,
    };
    ProptestConfig { cases, rng_seed, failure_persistence: None, max_shrink_iters: 100, ..given }
}

/// A small generator of its own: which records go and which dates move follows from one number.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `of`.
    pub(crate) fn roll(&mut self, of: u64) -> u64 {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % of
    }
}

/// The sample company with records dropped, fields emptied and dates moved at random.
pub(crate) fn disturbed(seed: u64, drops: u64, moves: u64) -> Vec<(Id, Map<String, Value>)> {
    let mut dice = Dice(seed);
    let mut records = Vec::new();
    for (id, body) in sample_records() {
        if id.kind != Kind::Control && dice.roll(1_000) < drops {
            continue;
        }
        let mut body = body.clone();
        for value in body.values_mut() {
            let Some(date) = value.as_str().filter(|s| s.len() == 10).and_then(|s| s.parse::<Date>().ok())
            else {
                continue;
            };
            match dice.roll(1_000) {
                n if n < moves => {
                    let by = i64::try_from(dice.roll(500)).unwrap() - 250;
                    *value = Value::String(date.plus_days(by).to_string());
                }
                n if n < moves + moves / 4 => *value = Value::Null,
                _ => {}
            }
        }
        body.retain(|_, v| !v.is_null());
        records.push((*id, body));
    }
    records
}
