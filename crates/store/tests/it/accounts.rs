//! Accounts, sessions, links and the slowing down of guesses.

use isms::{
    Refusal,
    access::{Actor, Door, Role},
};
use jiff::SignedDuration;
use store::{Account, AccountChange, AccountError, NewAccount, Org, SignInError};

use crate::support::*;

const PASSWORD: &str = "correct horse battery";

fn new(email: &str, roles: &[Role]) -> NewAccount {
    NewAccount { email: email.to_owned(), name: "Kim".to_owned(), roles: roles.to_vec(), person: None }
}

async fn first(org: &Org) -> Account {
    let token = org.setup_token().await.unwrap().unwrap();
    org.set_up(&token, new("Kim@Example.com ", &[Role::IsmsManager]), PASSWORD).await.unwrap()
}

#[tokio::test]
async fn the_first_account_is_made_once_with_the_newest_link() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    let old = org.setup_token().await.unwrap().unwrap();
    let token = org.setup_token().await.unwrap().unwrap();
    let set_up = |token: String, password: &'static str| {
        let org = org.clone();
        async move { org.set_up(&token, new("kim@example.com", &[]), password).await }
    };
    assert!(!org.setup_token_valid(&old) && org.setup_token_valid(&token));
    assert!(matches!(set_up(old, PASSWORD).await, Err(AccountError::Link)));
    assert!(matches!(set_up(token.clone(), "short").await, Err(AccountError::Refused(Refusal::Invalid(_)))));
    let kim = set_up(token.clone(), PASSWORD).await.unwrap();
    assert_eq!(kim.roles, [Role::Administrator]);
    assert!(matches!(set_up(token, PASSWORD).await, Err(AccountError::Link)));
    assert_eq!(org.setup_token().await.unwrap(), None);
    let history = org.account_history(&kim.id).await.unwrap();
    assert_eq!((history[0].command.as_str(), history[0].actor.as_str()), ("account.set_up", kim.id.as_str()));
}

#[tokio::test]
async fn sessions_begin_idle_and_end() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    let kim = first(&org).await;
    let one = org.sign_in("kim@example.COM", PASSWORD, "::1").await.unwrap();
    let two = org.sign_in("kim@example.com", PASSWORD, "::1").await.unwrap();
    assert_ne!(one.token, two.token);
    assert_eq!(org.session(&one.token).unwrap().account, kim);
    assert_eq!(org.session("no such token"), None);
    org.sign_out(&one.token).await.unwrap();
    assert_eq!(org.session(&one.token), None);
    // Every request puts the idle end off, but not the absolute one; both outlive a restart.
    for _ in 0..4 {
        house.wait(HOUR * 11);
        assert!(org.session(&two.token).is_some());
    }
    org.end_sessions("nobody").await.unwrap();
    drop(org);
    store.close().await;
    let store = house.open().await;
    let org = store.org().unwrap();
    house.wait(HOUR * 11);
    assert!(org.session(&two.token).is_some());
    house.wait(HOUR * 13);
    assert_eq!(org.session(&two.token), None, "idle for too long");
    let three = org.sign_in("kim@example.com", PASSWORD, "::1").await.unwrap();
    for _ in 0..16 {
        house.wait(HOUR * 10);
        assert!(org.session(&three.token).is_some());
    }
    house.wait(HOUR * 10);
    assert_eq!(org.session(&three.token), None, "a week is over");
}

#[tokio::test]
async fn guesses_are_slowed_down_for_account_and_address() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    first(&org).await;
    let guess = async |email: &str, address: &str| {
        org.sign_in(email, "wrong wrong wrong", address).await.unwrap_err()
    };
    for _ in 0..5 {
        assert!(matches!(guess("kim@example.com", "1.1.1.1").await, SignInError::Wrong));
    }
    let slowed = guess("kim@example.com", "2.2.2.2").await;
    assert!(matches!(slowed, SignInError::Throttled { seconds: 1 }), "{slowed}");
    assert_eq!(slowed.to_string(), "too many attempts; try again in 1 second");
    assert!(
        matches!(guess("other@example.com", "1.1.1.1").await, SignInError::Throttled { .. }),
        "the address too"
    );
    assert!(matches!(guess("other@example.com", "3.3.3.3").await, SignInError::Wrong));
    // Even the right password has to wait; then it clears the account.
    let right = org.sign_in("kim@example.com", PASSWORD, "4.4.4.4").await;
    assert!(matches!(right, Err(SignInError::Throttled { .. })));
    house.wait(SignedDuration::from_secs(1));
    assert!(matches!(guess("kim@example.com", "1.1.1.1").await, SignInError::Wrong));
    let slowed = guess("kim@example.com", "1.1.1.1").await;
    assert!(matches!(slowed, SignInError::Throttled { seconds: 2 }), "{slowed}");
    house.wait(SignedDuration::from_secs(2));
    org.sign_in("kim@example.com", PASSWORD, "4.4.4.4").await.unwrap();
    assert!(matches!(guess("kim@example.com", "5.5.5.5").await, SignInError::Wrong));
}

#[tokio::test]
async fn an_invitation_sets_a_password_once() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    let admin = first(&org).await.actor(Door::Page);
    let lee = org.create_account(&admin, new("lee@example.com", &[Role::Contributor]), None).await.unwrap();
    assert!(matches!(org.sign_in("lee@example.com", PASSWORD, "a").await, Err(SignInError::Wrong)));
    let old = org.link_token(&admin, &lee.id).await.unwrap();
    let token = org.link_token(&admin, &lee.id).await.unwrap();
    assert!(matches!(org.accept_link(&old, PASSWORD).await, Err(AccountError::Link)));
    assert_eq!(org.link(&token), Some(lee.clone()));
    org.accept_link(&token, PASSWORD).await.unwrap();
    assert!(matches!(org.accept_link(&token, PASSWORD).await, Err(AccountError::Link)));
    // The ledger says who issued a link, and that it was by one that the password was set.
    let mut connection = house.intruder().await;
    let sql = "SELECT CAST(header AS TEXT) FROM entries ORDER BY place";
    let entries: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap();
    let of =
        |command: &str| entries.iter().filter(|e| e.contains(&format!("\"{command}\""))).collect::<Vec<_>>();
    assert_eq!((of("account.link").len(), of("account.accept_link").len()), (2, 1));
    assert!(of("account.link").iter().all(|e| e.contains(&admin.account)));
    let signed = org.sign_in("lee@example.com", PASSWORD, "a").await.unwrap();
    // A reset ends all sessions.
    let token = org.link_token(&admin, &lee.id).await.unwrap();
    house.wait(DAY * 6);
    org.accept_link(&token, "another long password").await.unwrap();
    assert_eq!(org.session(&signed.token), None);
    org.sign_in("lee@example.com", "another long password", "a").await.unwrap();
    let token = org.link_token(&admin, &lee.id).await.unwrap();
    house.wait(DAY * 8);
    assert!(matches!(org.accept_link(&token, PASSWORD).await, Err(AccountError::Link)), "it has ended");
}

#[tokio::test]
async fn changing_the_password_needs_the_old_one_and_ends_other_sessions() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    let kim = first(&org).await;
    let one = org.sign_in(&kim.email, PASSWORD, "a").await.unwrap();
    let two = org.sign_in(&kim.email, PASSWORD, "a").await.unwrap();
    let change =
        async |old: &str| org.change_password(&kim.id, old, "a new long password", Some(&one.token)).await;
    assert!(matches!(change("wrong").await, Err(AccountError::Wrong)));
    change(PASSWORD).await.unwrap();
    assert!(org.session(&one.token).is_some() && org.session(&two.token).is_none());
    assert!(matches!(org.sign_in(&kim.email, PASSWORD, "a").await, Err(SignInError::Wrong)));
}

#[tokio::test]
async fn only_administrators_manage_accounts_and_one_of_them_stays() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    let kim = first(&org).await;
    let admin = kim.actor(Door::Page);
    let refused = org.create_account(&manager(), new("x@example.com", &[Role::Reader]), None).await;
    assert!(matches!(refused, Err(AccountError::Refused(Refusal::Forbidden { .. }))));
    let cli = Actor::operator();
    let lee =
        org.create_account(&cli, new("lee@example.com", &[Role::Reader]), Some(PASSWORD)).await.unwrap();
    for (email, roles) in
        [("lee@example.com", &[Role::Reader][..]), ("nonsense", &[Role::Reader]), ("y@example.com", &[])]
    {
        let refused = org.create_account(&admin, new(email, roles), None).await;
        assert!(matches!(refused, Err(AccountError::Refused(Refusal::Invalid(_)))), "{email}");
    }
    let shut = AccountChange { disabled: Some(true), ..Default::default() };
    let last = org.update_account(&admin, &kim.id, shut.clone()).await;
    assert!(matches!(last, Err(AccountError::Refused(Refusal::Invalid(_)))));
    let signed = org.sign_in(&lee.email, PASSWORD, "a").await.unwrap();
    let ada = hire(&org, "Ada").await;
    let raised = AccountChange {
        roles: Some(vec![Role::IsmsManager]),
        person: Some(Some(ada.try_into().unwrap())),
        ..Default::default()
    };
    org.update_account(&admin, &lee.id, raised).await.unwrap();
    assert_eq!(
        org.session(&signed.token).unwrap().account.roles,
        [Role::IsmsManager],
        "at once, in running sessions"
    );
    org.update_account(&admin, &lee.id, shut).await.unwrap();
    assert_eq!(org.session(&signed.token), None);
    assert!(matches!(org.sign_in(&lee.email, PASSWORD, "a").await, Err(SignInError::Wrong)));
    let dumped = format!("{:?}", org.accounts());
    drop(org);
    store.close().await;
    store::verify(house.data(), &Default::default()).await.unwrap();
    assert_eq!(format!("{:?}", house.open().await.org().unwrap().accounts()), dumped);
}

/// Segregation of duties is a matter of persons: an account that has been used is not made another's.
#[tokio::test]
async fn an_account_that_was_used_stands_for_one_person() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    let admin = first(&org).await.actor(Door::Page);
    let (ada, ben) = (hire(&org, "Ada").await, hire(&org, "Ben").await);
    let to = |person: Option<isms::Id>| AccountChange {
        person: Some(person.map(|p| p.try_into().unwrap())),
        ..Default::default()
    };
    let invited =
        org.create_account(&admin, new("lee@example.com", &[Role::Contributor]), None).await.unwrap();
    for person in [Some(ada), Some(ben), None, Some(ada)] {
        org.update_account(&admin, &invited.id, to(person)).await.unwrap();
    }
    let link = org.link_token(&admin, &invited.id).await.unwrap();
    org.accept_link(&link, PASSWORD).await.unwrap();
    for round in 0..2 {
        let refused = org.update_account(&admin, &invited.id, to(Some(ben))).await.unwrap_err();
        let AccountError::Refused(Refusal::Invalid(problems)) = refused else { panic!("{refused:?}") };
        assert_eq!(problems[0].place, "person", "{round}");
        org.update_account(&admin, &invited.id, to(None)).await.unwrap();
    }
    org.update_account(&admin, &invited.id, to(Some(ada))).await.unwrap();
    assert_eq!(org.accounts().get(&invited.id).unwrap().person.map(|p| p.id()), Some(ada));
    drop(org);
    store.close().await;
    store::verify(house.data(), &Default::default()).await.unwrap();
}

#[tokio::test]
async fn secrets_are_in_neither_ledger_nor_database() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    let kim = first(&org).await;
    let link = org.link_token(&kim.actor(Door::Page), &kim.id).await.unwrap();
    let signed = org.sign_in(&kim.email, PASSWORD, "a").await.unwrap();
    drop(org);
    store.close().await;
    let database = std::fs::read(house.data().join("isthmus.db")).unwrap();
    for secret in [PASSWORD, &link, &signed.token] {
        assert!(!database.windows(secret.len()).any(|w| w == secret.as_bytes()));
    }
    let mut connection = house.intruder().await;
    let hits: i64 =
        sqlx::query_scalar("SELECT count(*) FROM entries WHERE instr(bodies, CAST('argon2' AS BLOB)) > 0")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert_eq!(hits, 0);
}
