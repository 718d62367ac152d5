//! From a document to a data directory somebody can sign in to.

use std::path::Path;

use anyhow::Context;
use isms::{
    Command, Date, Ref,
    access::{Actor, Role},
    load::LoadDocument,
    records::Person,
};
use store::{NewAccount, OpenMode, Options, Org, Store};

/// Who signs in.
pub(crate) const EMAIL: &str = "manager@meridian.example";
/// With which password.
pub(crate) const PASSWORD: &str = "measured twice, cut once, 27001";

/// Fills an empty directory with a company, and with an account of an ISMS manager who is the person `P-1`.
pub(crate) async fn fill(dir: &Path, company: impl FnOnce(Date) -> LoadDocument) -> anyhow::Result<()> {
    let (store, org) = open(dir).await?;
    let document = company(org.now().today);
    org.execute(Actor::operator(), Command::Load(document)).await.context("the company cannot be loaded")?;
    account(&org, Some(Ref::new(1))).await?;
    drop(org);
    store.close().await;
    Ok(())
}

/// Adds the account to a directory that is filled already, and whose people have accounts of their own.
pub(crate) async fn add_account(dir: &Path) -> anyhow::Result<()> {
    let (store, org) = open(dir).await?;
    account(&org, None).await?;
    drop(org);
    store.close().await;
    Ok(())
}

/// Opens a directory to write in it.
pub(crate) async fn open(dir: &Path) -> anyhow::Result<(Store, Org)> {
    let store = Store::open(dir, OpenMode::Write, Options::default()).await;
    let store = store.with_context(|| format!("cannot open {}", dir.display()))?;
    let org = store.orgs().into_iter().next().context("a store without an organisation")?;
    Ok((store, org))
}

pub(super) async fn account(org: &Org, person: Option<Ref<Person>>) -> anyhow::Result<()> {
    let account = NewAccount {
        email: EMAIL.to_owned(),
        name: "Measured Manager".to_owned(),
        roles: vec![Role::IsmsManager, Role::Administrator],
        person,
    };
    org.create_account(&Actor::operator(), account, Some(PASSWORD))
        .await
        .context("no account could be made")?;
    Ok(())
}
