//! The shipped files are complete and consistent, and each kind of fault in them is reported with its place.

use frameworks::{
    Catalogue, Class, Crosswalks, DefaultValue, DocumentedInformation, Framework, Level, Need, Origin,
    Sources, Strength, Theme, catalogue, crosswalks,
};

#[test]
fn embedded_files_have_no_problem() {
    let problems: Vec<String> = frameworks::problems().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{problems:#?}");
    assert_eq!(Sources::embedded().names().count(), 19);
}

#[test]
fn counts() {
    let catalogue = catalogue();
    let class = |class| catalogue.requirements().iter().filter(|row| row.class == class).count();
    let theme = |theme| catalogue.controls().iter().filter(|control| control.theme == theme).count();
    let pairs = |framework| crosswalks().links().iter().filter(|link| link.framework == framework).count();
    let strength = |strength| crosswalks().links().iter().filter(|link| link.strength == strength).count();
    insta::assert_snapshot!(
        format!(
            "requirements {} (D {}, P {}, J {}), scored {}, conditions {}, preconditions {}, readings {}\n\
             controls {} = {} + {} + {} + {}\n\
             documents {}, scenarios {}, parameters {}, mandatory {}, steps {}, help {}\n\
             pairs {:?}, strong {}, supporting {}, unsure {}",
            catalogue.requirements().len(),
            class(Class::Derivable),
            class(Class::Performed),
            class(Class::Judgement),
            catalogue.scored().count(),
            catalogue.requirements().iter().map(|row| row.conditions.len()).sum::<usize>(),
            catalogue.requirements().iter().filter(|row| row.precondition.is_some()).count(),
            catalogue.requirements().iter().map(|row| row.readings.len()).sum::<usize>(),
            catalogue.controls().len(),
            theme(Theme::Organizational),
            theme(Theme::People),
            theme(Theme::Physical),
            theme(Theme::Technological),
            catalogue.documents().len(),
            catalogue.scenarios().len(),
            catalogue.parameters().len(),
            catalogue.mandatory_items().len(),
            catalogue.path_steps().len(),
            catalogue.path_help().len(),
            Framework::ALL.iter().map(|framework| pairs(*framework)).collect::<Vec<_>>(),
            strength(Strength::Strong),
            strength(Strength::Supporting),
            strength(Strength::Unsure),
        ),
        @r"
    requirements 118 (D 92, P 22, J 4), scored 117, conditions 454, preconditions 62, readings 102
    controls 93 = 37 + 8 + 14 + 34
    documents 30, scenarios 40, parameters 44, mandatory 16, steps 6, help 4
    pairs [115, 284, 212, 205, 280], strong 444, supporting 584, unsure 68
    "
    );
}

#[test]
fn spot_checks() {
    let catalogue = catalogue();
    let row = catalogue.requirement("4.1").expect("4.1");
    assert_eq!(row.clause_heading(), "Clause 4 — Context of the organization");
    assert_eq!((row.class, row.conditions.len()), (Class::Performed, 6));
    let via = catalogue.requirement("10.2a").expect("10.2a");
    assert_eq!(via.documented_information, DocumentedInformation::Via);
    assert_eq!(via.via, ["10.2f", "10.2g"]);
    let progress = catalogue.requirement("8.3").and_then(|row| row.condition("S1")).expect("8.3 S1");
    assert!(progress.text.contains("`progress_days`"));
    assert!(catalogue.requirement("4.2-A1").is_some_and(|row| row.advisory));
    for (id, title) in [("A.7.6", "Working in secure areas"), ("A.8.1", "User end point devices")] {
        assert_eq!(catalogue.control(id).map(|control| control.title.as_str()), Some(title));
    }
    let parameter = catalogue.parameter("risk_review_months").expect("risk_review_months");
    assert_eq!(parameter.default.for_key("high"), Some(6));
    assert_eq!(parameter.default.number(), None);
    let parameter = catalogue.parameter("progress_days").expect("progress_days");
    assert_eq!((&parameter.default, parameter.origin), (&DefaultValue::Number(90), Origin::Ruling));
    let hard = catalogue
        .parameters()
        .iter()
        .filter(|parameter| parameter.hard)
        .map(|parameter| parameter.name.as_str());
    assert_eq!(hard.collect::<Vec<_>>(), ["assess_months", "audit_months", "mr_months"]);
    let document = catalogue.document("D07").expect("D07");
    assert_eq!(document.clauses, ["6.1.3e", "6.1.3f", "8.3"]);
    assert_eq!((document.need, document.note.as_str()), (Need::Yes, "process and results"));
    assert_eq!(catalogue.scenario("R23").map(|scenario| scenario.level), Some(Level::Medium));
    assert_eq!(catalogue.mandatory_items().iter().filter(|item| item.due_later).count(), 7);
    assert!(catalogue.path_steps().iter().all(|step| step.weeks[0] < step.weeks[1]));
}

/// The problems after one replacement in one file.
fn broken(file: &str, from: &str, to: &str) -> String {
    let sources = Sources::embedded();
    let text = sources.text(file).expect("known file").to_owned();
    assert!(text.contains(from), "{file} has no {from:?}");
    let sources = sources.with(file, text.replacen(from, to, 1));
    let (catalogue, mut problems) = Catalogue::load(&sources);
    problems.extend(Crosswalks::load(&sources, &catalogue).1);
    let mut lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    if lines.len() > 8 {
        let more = format!("and {} more", lines.len() - 7);
        lines.truncate(7);
        lines.push(more);
    }
    lines.join("\n")
}

#[test]
fn every_fault_is_reported_with_its_place() {
    let cases = [
        ("iso27001/clauses-4.toml", "id = \"4.2b\"", "id = \"4.2a\""),
        ("iso27001/clauses-4.toml", "id = \"4.4\"", "id = \"5.4\""),
        ("iso27001/clauses-5.toml", "text = \"as 5.2a S1\"", "text = \"as 5.2z S1\""),
        ("iso27001/clauses-8.toml", "`progress_days`", "`progres_days`"),
        ("iso27001/clauses-9.toml", "label = \"S1\"", "label = \"X1\""),
        ("iso27001/clauses-10.toml", "\"10.2f\", \"10.2g\"", "\"10.2x\", \"10.2g\""),
        ("iso27001/annex-a.toml", "id = \"A.5.9\"", "id = \"A.5.8\""),
        ("iso27001/annex-a.toml", "number = 9\n", "number = 10\n"),
        ("iso27001/annex-a.toml", "\"Organizational\"", "\"People\""),
        ("iso27001/annex-a.toml", "interval_months = 12", "interval_months = 0"),
        ("iso27001/documents.toml", "\"A.5.4\"", "\"A.5.99\""),
        ("iso27001/documents.toml", "[\"D03\", \"D04\"]", "[\"D03\", \"D31\"]"),
        ("iso27001/scenarios.toml", "level = \"critical\"", "level = \"low\""),
        ("iso27001/scenarios.toml", "likelihood = 4", "likelihood = 6"),
        ("iso27001/parameters.toml", "key = \"minor\"", "key = \"tiny\""),
        ("iso27001/mandatory.toml", "clause = \"4.3\"", "clause = \"3.3\""),
        ("iso27001/path.toml", "not_unmet = [\"4.1\"", "not_unmet = [\"1.1\""),
        ("crosswalks.toml", "\"CC3.4\"", "\"CC3.5\""),
        ("crosswalks.toml", "\"CC3.2\"", "\"CC3.1\""),
        ("crosswalks.toml", "id = \"A.5.1\"", "id = \"A.9.1\""),
        ("targets/hipaa.toml", ", kind = \"standard\"", ""),
        ("targets/soc2_2017.toml", "id = \"PI1.4\"", "id = \"PI1.3\""),
        ("targets/gdpr.toml", "id = \"49\", group = \"V\"", "id = \"49\", group = \"VI\""),
        ("targets/nist_csf_2_0.toml", "issuer = ", "isuer = "),
    ];
    let report: Vec<String> = cases
        .iter()
        .map(|(file, from, to)| {
            format!("[{file}] {} -> {}\n{}", from.trim(), to.trim(), broken(file, from, to))
        })
        .collect();
    insta::assert_snapshot!(report.join("\n\n"));
}

#[test]
fn a_lost_file_leaves_the_rest() {
    let sources = Sources::embedded().with("iso27001/annex-a.toml", "controls = [");
    let (catalogue, problems) = Catalogue::load(&sources);
    assert_eq!((catalogue.requirements().len(), catalogue.controls().len()), (118, 0));
    assert!(
        problems
            .iter()
            .any(|problem| problem.to_string().starts_with("iso27001/annex-a.toml: line 1: cannot be read"))
    );
    assert!(
        problems
            .iter()
            .any(|problem| problem.to_string() == "iso27001/annex-a.toml: controls: 0 instead of 93")
    );
}
