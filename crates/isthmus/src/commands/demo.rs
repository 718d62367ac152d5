//! `demo`: the sample company, so that there is something to look at.

use std::path::Path;

use isms::{
    Command, Date, Ref, Refusal,
    access::{Actor, Role},
    records::Person,
};
use store::{Entropy, FileMeta, NewAccount, OpenMode, Options, Store, Write};

use crate::{exit::Failure, progress};

/// Who can sign in to the demo: name as in the sample, address, roles.
const ACCOUNTS: [(&str, &str, &[Role]); 4] = [
    ("Tomas Ouma", "tomas", &[Role::IsmsManager, Role::Administrator]),
    ("Ingrid Falk", "ingrid", &[Role::Contributor]),
    ("Noor Haddad", "noor", &[Role::Contributor]),
    ("Ada Quist", "ada", &[Role::Reader]),
];

pub(crate) async fn demo(dir: &Path, today: Option<Date>) -> Result<(), Failure> {
    let not_empty = || {
        Failure::data(format!(
            "{} is not empty; give an empty directory with --data DIR to fill it with the sample company",
            dir.display()
        ))
    };
    // A data directory in which nothing was recorded yet is empty; one with anything else in it is somebody's.
    let others = std::fs::read_dir(dir).is_ok_and(|mut found| found.next().is_some());
    if others && !store::DataDir::at(dir).has_data() {
        return Err(not_empty());
    }
    let store = Store::open(dir, OpenMode::Write, Options::default()).await?;
    if !store.is_empty() {
        return Err(not_empty());
    }
    let org = store.org()?;
    let today = today.unwrap_or(org.now().today);
    let spinner = progress::spinner("Loading Tarnwick Rota");
    let document =
        isms::sample::tarnwick_rota(today).map_err(|problems| Failure::input(Refusal::Invalid(problems)))?;
    let mut attach = Vec::new();
    for file in isms::sample::files() {
        let stored = org.put_file(file.text.as_bytes(), u64::MAX).await.map_err(Failure::data)?;
        attach.push(FileMeta {
            hash: stored.hash,
            size: stored.size,
            name: file.name.clone(),
            media_type: "text/markdown".to_owned(),
        });
    }
    let write = Write { attach, ..Write::by(Actor::operator()) };
    let outcome = org.execute_with(write, move |_, _| Ok(Command::Load(document))).await;
    spinner.finish_and_clear();
    let isms = outcome?.isms;
    let password = Entropy::system().text::<9>()?;
    println!("The sample company Tarnwick Rota stands in {} as of {today}.", dir.display());
    println!(
        "Its ledger begins today: “As of” an earlier day shows nothing yet, a later one what is coming."
    );
    println!("Start it with:  isthmus serve --data {}", dir.display());
    println!("Sign in with password  {password}  as");
    for (name, local, roles) in ACCOUNTS {
        let person = isms.all::<Person>().iter().find(|p| *p.name == *name).map(|p| Ref::new(p.meta.id.n));
        let account = NewAccount {
            email: format!("{local}@tarnwick-rota.example"),
            name: name.to_owned(),
            roles: roles.to_vec(),
            person,
        };
        let words: Vec<&str> = roles.iter().map(|r| r.label()).collect();
        println!("  {:<32} {name}, {}", account.email, words.join(" and "));
        org.create_account(&Actor::operator(), account, Some(&password)).await.map_err(Failure::data)?;
    }
    store.close().await;
    Ok(())
}
