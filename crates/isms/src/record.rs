//! What every record has: a declaration of its kind, meta data, a typed body; and the face it shows to code that
//! works on any kind.

use std::any::Any;

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    Isms, Problem,
    access::Actor,
    commands::Reason,
    id::{Id, Ref},
    records::{Kind, Tables},
    steps::Step,
    table::Table,
    time::Date,
};

/// Where a kind stands in the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it; `Group::label` is what people read")]
pub enum Group {
    Context,
    Risks,
    Controls,
    Evidence,
    Documents,
    Assets,
    Suppliers,
    People,
    Incidents,
    Changes,
    Objectives,
    Audits,
    Reviews,
    Certification,
    Tasks,
    Settings,
}

impl Group {
    /// All groups in menu order.
    pub const ALL: [Group; 16] = [
        Group::Context,
        Group::Risks,
        Group::Controls,
        Group::Evidence,
        Group::Documents,
        Group::Assets,
        Group::Suppliers,
        Group::People,
        Group::Incidents,
        Group::Changes,
        Group::Objectives,
        Group::Audits,
        Group::Reviews,
        Group::Certification,
        Group::Tasks,
        Group::Settings,
    ];

    /// What people read.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Group::Context => "Context and scope",
            Group::Risks => "Risks",
            Group::Controls => "Controls and SoA",
            Group::Evidence => "Evidence",
            Group::Documents => "Documents",
            Group::Assets => "Assets",
            Group::Suppliers => "Suppliers",
            Group::People => "People",
            Group::Incidents => "Incidents",
            Group::Changes => "Changes",
            Group::Objectives => "Objectives and metrics",
            Group::Audits => "Audits and findings",
            Group::Reviews => "Reviews",
            Group::Certification => "Certification",
            Group::Tasks => "Tasks",
            Group::Settings => "Settings",
        }
    }
}

/// The declaration of a kind: all that its struct does not say.
#[derive(Debug)]
pub struct Decl {
    /// Name in JSON, addresses and the ledger, as in the specification 0.4.
    pub name: &'static str,
    /// Prefix of its ids: `R` gives `R-12`. Never changed and never given to another kind once released.
    pub prefix: &'static str,
    /// One of them, as people read it: "Risk".
    pub one: &'static str,
    /// Several: "Risks".
    pub many: &'static str,
    /// Where in the menu.
    pub group: Group,
    /// Clause or control of the standard it serves; empty if none.
    pub clause: &'static str,
    /// What belongs here and why, one or two sentences for the empty list.
    pub about: &'static str,
    /// Fields without which a record is refused. Few: what is missing otherwise is for the rules to say.
    pub required: &'static [&'static str],
    /// Fields shown in lists, after id and title.
    pub columns: &'static [&'static str],
    /// Fields only a step of the workflow may set.
    pub by_step: &'static [&'static str],
    /// Whether `state` moves by steps only; otherwise people choose it in the form.
    pub steps_set_state: bool,
    /// States in which nothing is edited any more (F in the specification, section 4).
    pub frozen: &'static [&'static str],
    /// Fields that say when the fact happened: before that day the record counts as not there yet (ruling 9.1).
    pub events: &'static [&'static str],
    /// Whether an organisation has exactly one of them.
    pub single: bool,
}

impl Decl {
    /// A declaration with everything optional left out; use with struct update syntax.
    pub const BLANK: Decl = Decl {
        name: "",
        prefix: "",
        one: "",
        many: "",
        group: Group::Settings,
        clause: "",
        about: "",
        required: &[],
        columns: &[],
        by_step: &[],
        steps_set_state: false,
        frozen: &[],
        events: &[],
        single: false,
    };
}

/// A kind of record: its struct, its declaration, its checks, its steps.
pub trait Record:
    Serialize
    + DeserializeOwned
    + JsonSchema
    + Clone
    + Default
    + PartialEq
    + std::fmt::Debug
    + Send
    + Sync
    + 'static
{
    /// The declaration.
    const DECL: Decl;

    /// What people call this one.
    fn title(&self) -> String;

    /// The state of its workflow; `None` for kinds that have none and are always live.
    fn state(&self) -> Option<&'static str> {
        None
    }

    /// Checks across fields and against other records. Reports, never changes. `id` is the record's own.
    fn check(&self, _isms: &Isms, _id: Id, _problems: &mut Vec<Problem>) {}

    /// Fills in what follows from the rest before a record is checked: computed values, today's date, the actor.
    /// Runs when people make or change records, not for load documents.
    fn complete(_fields: &mut Map<String, Value>, _isms: &Isms, _actor: &Actor, _today: Date) {}

    /// Fills in what a load document left out and the rest of the record says.
    fn loaded(_fields: &mut Map<String, Value>) {}

    /// What a change by hand undoes: values that spoke of what was there before. `fields` is the record as changed.
    fn on_change(_before: &Self, _fields: &mut Map<String, Value>) {}

    /// What speaks against making or changing this record by hand: who does it, what it was before. Asked of the
    /// record as it will be; neither of load documents nor of what follows from a step.
    fn by_hand(&self, _cx: &HandCx<'_, Self>) -> Vec<Reason> {
        Vec::new()
    }

    /// Why it is neither archived nor deleted, if it is not: others rely on it having been there.
    fn stays(&self) -> Option<&'static str> {
        None
    }

    /// The steps of its workflow.
    fn steps() -> &'static [Step] {
        &[]
    }
}

/// What [`Record::by_hand`] sees besides the record.
pub struct HandCx<'a, T> {
    /// The snapshot with the record as it will be.
    pub isms: &'a Isms,
    /// Who makes or changes it.
    pub actor: &'a Actor,
    /// The day.
    pub today: Date,
    /// Its id.
    pub id: Id,
    /// What it was; `None` if it is new.
    pub before: Option<&'a T>,
}

/// A kind that stands in the list of kinds; written by [`kinds!`](crate::records) alone.
pub trait Filed: Record {
    /// Its place in the list.
    const KIND: Kind;
    /// Its table in a snapshot.
    fn table(tables: &Tables) -> &Table<Self>;
    /// The reference type.
    fn reference(n: u32) -> Ref<Self> {
        Ref::new(n)
    }
}

/// What is known of every record besides its fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Meta {
    /// Its id.
    pub id: Id,
    /// How often it was written: 1 when new.
    pub rev: u32,
    /// Number of the ledger entry that wrote this revision.
    pub seq: u64,
    /// When that entry was recorded.
    pub recorded: jiff::Timestamp,
    /// The day the thing came to be, where known; empty means "before every date" (ruling 9.1).
    pub created_at: Option<Date>,
    /// Who brought it in: an account or a person, as recorded.
    pub created_by: Option<Box<str>>,
    /// The day it was last changed, where known.
    pub updated_at: Option<Date>,
    /// The day from which it is there, where known: the latest of the day it came to be and of the days on which what
    /// it tells happened (ruling 9.1).
    pub there_from: Option<Date>,
    /// The id a loaded file gave it.
    pub local_id: Option<Box<str>>,
    /// Put aside: kept because others refer to it, left out of lists and rules.
    pub archived: bool,
}

/// Names of meta data inside a stored body.
pub const META_FIELDS: [&str; 5] = ["created_at", "created_by", "updated_at", "local_id", "archived"];

impl Meta {
    /// Takes the meta data out of a stored body. The body must have passed the checks of its kind.
    pub fn take(
        id: Id,
        rev: u32,
        seq: u64,
        recorded: jiff::Timestamp,
        body: &mut Map<String, Value>,
    ) -> Self {
        let date = |name: &str| body.get(name).and_then(Value::as_str).and_then(|s| s.parse::<Date>().ok());
        let events = id.kind.decl().events.iter().copied();
        let there_from = events.chain(["created_at"]).filter_map(date).max();
        let mut text = |name: &str| match body.shift_remove(name) {
            Some(Value::String(s)) => Some(s),
            _ => None,
        };
        let created_at = text("created_at").and_then(|s| s.parse().ok());
        let updated_at = text("updated_at").and_then(|s| s.parse().ok());
        let created_by = text("created_by").map(Into::into);
        let local_id = text("local_id").map(Into::into);
        let archived = matches!(body.shift_remove("archived"), Some(Value::Bool(true)));
        Self { id, rev, seq, recorded, created_at, created_by, updated_at, there_from, local_id, archived }
    }

    /// Puts the meta data into a body for storage.
    pub fn put(&self, body: &mut Map<String, Value>) {
        let mut text = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                body.insert(name.to_owned(), Value::String(value));
            }
        };
        text("created_at", self.created_at.map(|d| d.to_string()));
        text("created_by", self.created_by.as_deref().map(str::to_owned));
        text("updated_at", self.updated_at.map(|d| d.to_string()));
        text("local_id", self.local_id.as_deref().map(str::to_owned));
        if self.archived {
            body.insert("archived".to_owned(), Value::Bool(true));
        }
    }
}

/// A record as a snapshot holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored<T> {
    /// What every record has.
    pub meta: Meta,
    /// The fields of its kind.
    pub body: T,
}

impl<T> std::ops::Deref for Stored<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.body
    }
}

impl<T: Filed> Stored<T> {
    /// A typed reference to this record.
    #[must_use]
    pub fn reference(&self) -> Ref<T> {
        Ref::new(self.meta.id.n)
    }

    /// "Live" of the specification 0.2: not archived, and not in a state that ends the record's life.
    #[must_use]
    pub fn live(&self) -> bool {
        !self.meta.archived && self.body.state().is_none_or(is_live_state)
    }
}

/// Whether a state leaves a record live: macro LIVE of 0.2 with ruling 9.3.
#[must_use]
pub fn is_live_state(state: &str) -> bool {
    !matches!(
        state,
        "retired"
            | "closed"
            | "deleted"
            | "cancelled"
            | "terminated"
            | "rejected"
            | "withdrawn"
            | "not_incident"
            | "superseded"
            | "revoked"
            | "verified"
    )
}

/// A record of any kind.
pub trait AnyRecord: Send + Sync {
    /// What every record has.
    fn meta(&self) -> &Meta;
    /// Its id.
    fn id(&self) -> Id {
        self.meta().id
    }
    /// What people call it.
    fn title(&self) -> String;
    /// The state of its workflow.
    fn state(&self) -> Option<&'static str>;
    /// See [`Stored::live`].
    fn live(&self) -> bool;
    /// Its fields as JSON, without meta data; what says nothing is left out.
    fn fields(&self) -> Map<String, Value>;
    /// One field as JSON; `None` if it says nothing. Much cheaper than all of them.
    fn field(&self, name: &str) -> Option<Value>;
    /// Writes the fields that say something as `,"name":value` each, in the order of the declaration.
    fn write_fields(&self, out: &mut Vec<u8>);
    /// Calls `found` for every text in its fields until it answers false. Dates, ids and choices are not texts. Much
    /// cheaper than [`AnyRecord::fields`].
    fn each_text(&self, found: &mut dyn FnMut(&str) -> bool);
    /// The checks of its kind.
    fn check(&self, isms: &Isms, problems: &mut Vec<Problem>);
    /// See [`Record::on_change`].
    fn on_change(&self, fields: &mut Map<String, Value>);
    /// See [`Record::by_hand`]; `before` is the record as it was.
    fn by_hand(&self, before: Option<&dyn AnyRecord>, isms: &Isms, actor: &Actor, today: Date)
    -> Vec<Reason>;
    /// See [`Record::stays`].
    fn stays(&self) -> Option<&'static str>;
    /// For [`dyn AnyRecord::cast`].
    fn as_any(&self) -> &dyn Any;
    /// A copy of its own.
    fn boxed(&self) -> Box<dyn AnyRecord>;
}

impl dyn AnyRecord + '_ {
    /// The record as one of kind `T`; `None` if it is of another.
    pub fn cast<T: Filed>(&self) -> Option<&Stored<T>> {
        self.as_any().downcast_ref()
    }

    /// The whole stored body: fields and meta data.
    pub fn body(&self) -> Map<String, Value> {
        let mut body = self.fields();
        self.meta().put(&mut body);
        body
    }
}

impl<T: Filed> AnyRecord for Stored<T> {
    fn meta(&self) -> &Meta {
        &self.meta
    }
    fn title(&self) -> String {
        self.body.title()
    }
    fn state(&self) -> Option<&'static str> {
        self.body.state()
    }
    fn live(&self) -> bool {
        Stored::live(self)
    }
    fn fields(&self) -> Map<String, Value> {
        match serde_json::to_value(&self.body) {
            Ok(Value::Object(mut fields)) => {
                fields.retain(|_, v| !crate::schema::is_empty(v));
                fields
            }
            _ => Map::new(),
        }
    }
    fn field(&self, name: &str) -> Option<Value> {
        crate::pick::pick(&self.body, name)
    }
    fn write_fields(&self, out: &mut Vec<u8>) {
        crate::pick::write(&self.body, out);
    }
    fn each_text(&self, found: &mut dyn FnMut(&str) -> bool) {
        crate::texts::each_text(&self.body, found);
    }
    fn check(&self, isms: &Isms, problems: &mut Vec<Problem>) {
        self.body.check(isms, self.meta.id, problems);
    }
    fn on_change(&self, fields: &mut Map<String, Value>) {
        T::on_change(&self.body, fields);
    }
    fn by_hand(
        &self,
        before: Option<&dyn AnyRecord>,
        isms: &Isms,
        actor: &Actor,
        today: Date,
    ) -> Vec<Reason> {
        let before = before.and_then(|r| r.cast::<T>()).map(|r| &r.body);
        self.body.by_hand(&HandCx { isms, actor, today, id: self.meta.id, before })
    }
    fn stays(&self) -> Option<&'static str> {
        self.body.stays()
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn boxed(&self) -> Box<dyn AnyRecord> {
        Box::new(self.clone())
    }
}
