//! 7.3: what everybody working for the organisation is aware of.

use std::collections::HashMap;

use crate::{
    Ref,
    records::{
        AckCampaign, Acknowledgement, DocumentKind, Person, TrainingCourse, TrainingRecord, TrainingTopic,
    },
    rules::{
        Count, Cx, Item, Row, Seen, When,
        cx::{exists, newest, seen},
    },
};

/// The rows of 7.3.
pub(super) fn rows(cx: &Cx<'_>) -> Vec<Row> {
    vec![policy(cx), contribution(cx), consequences(cx)]
}

/// How far one topic has reached the people.
struct Coverage<'a> {
    /// PEOPLE, with the days on which they are to hear of it.
    people: Vec<(Seen<'a, Person>, When)>,
    /// The days on which there is anybody in PEOPLE.
    anybody: When,
    /// The days on which each has heard of it.
    reached: HashMap<Ref<Person>, When>,
    /// The days on which what each passed is out of time, and nothing newer was passed.
    outdated: HashMap<Ref<Person>, When>,
}

impl<'a> Coverage<'a> {
    /// By passed courses with the topic. A pass out of time still counts as reached (ruling 9.4, 7.3).
    fn of(cx: &Cx<'a>, topic: TrainingTopic) -> Self {
        let courses: HashMap<Ref<TrainingCourse>, i64> = cx
            .isms
            .all::<TrainingCourse>()
            .iter()
            .filter(|c| c.topics.contains(&topic))
            .map(|c| (c.reference(), c.validity_months.map_or(cx.p.training_months, i64::from)))
            .collect();
        let mut passes: HashMap<Ref<Person>, (Vec<When>, Vec<When>)> = HashMap::new();
        for record in cx.isms.all::<TrainingRecord>().iter().filter(|r| r.passed == Some(true)) {
            let months = record.course_id.and_then(|c| courses.get(&c));
            let Some((months, person)) = months.zip(record.person_id) else { continue };
            let mut there = seen(record).there;
            let (ever, fresh) = passes.entry(person).or_default();
            // Passed on no known day is before every date, and so long ago.
            if let Some(passed) = record.completed_at {
                there = there.and(&When::from(passed));
                fresh.push(there.and(&When::until(passed.plus_months(*months))));
            }
            ever.push(there);
        }
        let mut reached = HashMap::new();
        let mut outdated = HashMap::new();
        for (person, (ever, fresh)) in passes {
            let ever = When::any(ever);
            outdated.insert(person, ever.and_not(&When::any(fresh)));
            reached.insert(person, ever);
        }
        let people = cx.people();
        let anybody = When::any(people.iter().map(|(_, when)| when.clone()));
        Self { people, anybody, reached, outdated }
    }

    /// Counts acknowledgements of the policy in force as well, and leaves out who need not give one, as 5.2f does (0.2,
    /// PEOPLE: long leave).
    fn with_policy(mut self, cx: &Cx<'a>) -> Self {
        let mut excused: HashMap<Ref<Person>, When> = HashMap::new();
        for (version, in_force) in cx.current_versions(DocumentKind::Policy) {
            let campaigns = cx
                .about::<AckCampaign>(version.meta.id)
                .filter(|c| c.document_version_id.is_some_and(|v| v.id() == version.meta.id));
            for (campaign, asked) in newest(campaigns, |c| c.started_at) {
                for answer in cx.about::<Acknowledgement>(campaign.meta.id) {
                    let Some(person) = answer.person_id else { continue };
                    let days = answer.there.and(&in_force);
                    if answer.acknowledged_at.is_some() {
                        let reached = self.reached.entry(person).or_default();
                        *reached = reached.or(&days);
                    } else if answer.waived_by.is_some() {
                        let excused = excused.entry(person).or_default();
                        *excused = excused.or(&days.and(&asked));
                    }
                }
            }
        }
        for (person, when) in &mut self.people {
            if let Some(days) = excused.get(&person.reference()) {
                *when = when.and_not(days);
            }
        }
        self
    }

    fn days(map: &HashMap<Ref<Person>, When>, person: &Seen<'_, Person>) -> When {
        map.get(&person.reference()).cloned().unwrap_or_default()
    }

    fn whole(&self) -> Count {
        Count::of(self.people.iter().map(|(_, when)| when))
    }

    /// The people who have not heard of it.
    fn missing(&self) -> Vec<Item> {
        let missing = self.people.iter().map(|(person, when)| {
            Item::new(person.meta.id, "", when.and_not(&Self::days(&self.reached, person)))
        });
        missing.collect()
    }

    /// Those among them who joined more than `joiner_days` and less than `training_months` ago.
    fn joiners(&self, cx: &Cx<'_>) -> When {
        When::any(self.people.iter().filter_map(|(person, when)| {
            let start = person.start_date?;
            let late = When::after(start.plus_days(cx.p.joiner_days));
            let young = When::before(start.plus_months(cx.p.training_months));
            Some(when.and(&late).and(&young).and_not(&Self::days(&self.reached, person)))
        }))
    }

    /// The row: `untaught` are the days on which no course teaches the topic, `late` those on which a joiner is late.
    fn row(&self, cx: &Cx<'_>, row: &'static str, topic: &str, untaught: &When, late: &When) -> Row {
        let missing = self.missing();
        let whole = self.whole();
        let below = |pct: i64| {
            Count::of(missing.iter().map(|i| &i.when)).leaves_fewer_than_pct(&whole, cx.p.pct(pct))
        };
        let outdated = self.people.iter().map(|(person, when)| {
            Item::new(person.meta.id, "", when.and(&Self::days(&self.outdated, person)))
        });
        Row::new(row)
            .needs(self.anybody.clone(), "nobody in scope is at work")
            .when(
                "U1",
                below(cx.p.ack_floor_pct).or(untaught),
                format!("too few people have heard of {topic}: {{n}} of {{m}} [has|have] not"),
                missing.clone(),
            )
            .out_of(whole.clone())
            .when(
                "P1",
                below(cx.p.ack_target_pct).or(late),
                format!("{{n}} of {{m}} people [has|have] not heard of {topic}"),
                missing.clone(),
            )
            .out_of(whole.clone())
            .over_pct(
                "S1",
                format!("{{n}} of {{m}} people last passed a course on {topic} too long ago"),
                outdated.collect(),
                whole,
                cx.p.pct(100 - cx.p.ack_target_pct),
            )
    }
}

fn policy(cx: &Cx<'_>) -> Row {
    let coverage = Coverage::of(cx, TrainingTopic::Policy).with_policy(cx);
    let late = coverage.joiners(cx);
    coverage.row(cx, "7.3a", "the policy", &When::never(), &late)
}

fn untaught(cx: &Cx<'_>, topic: TrainingTopic) -> When {
    let courses: Vec<_> = cx.live::<TrainingCourse>().filter(|c| c.topics.contains(&topic)).collect();
    exists(&courses).not()
}

fn contribution(cx: &Cx<'_>) -> Row {
    let topic = TrainingTopic::Contribution;
    let coverage = Coverage::of(cx, topic);
    coverage.row(cx, "7.3b", "their own contribution", &untaught(cx, topic), &When::never())
}

fn consequences(cx: &Cx<'_>) -> Row {
    let topic = TrainingTopic::Consequences;
    let coverage = Coverage::of(cx, topic);
    coverage.row(cx, "7.3c", "what follows if rules are not kept", &untaught(cx, topic), &When::never())
}
