//! What every kind declares fits together, and a new kind costs one file and one line.

use std::collections::BTreeMap;

use isms::{Kind, schema::Shape};

#[test]
fn names_and_prefixes_are_given_once() {
    let mut names: BTreeMap<&str, Kind> = BTreeMap::new();
    let mut prefixes: BTreeMap<&str, Kind> = BTreeMap::new();
    for kind in Kind::ALL {
        let decl = kind.decl();
        assert!(!decl.name.is_empty() && !decl.prefix.is_empty(), "{kind:?}");
        assert!(
            !decl.one.is_empty() && !decl.many.is_empty() && !decl.about.is_empty(),
            "{kind} has no words for people"
        );
        assert_eq!(names.insert(decl.name, *kind), None, "{} is the name of two kinds", decl.name);
        assert_eq!(prefixes.insert(decl.prefix, *kind), None, "{} is the prefix of two kinds", decl.prefix);
    }
}

#[test]
fn declarations_name_fields_that_are_there() {
    let mut wrong = Vec::new();
    for kind in Kind::ALL {
        let (info, decl) = (kind.info(), kind.decl());
        let lists = [
            ("required", decl.required),
            ("columns", decl.columns),
            ("by_step", decl.by_step),
            ("events", decl.events),
        ];
        for (list, names) in lists {
            let unknown = names.iter().filter(|n| info.field(n).is_none());
            wrong.extend(unknown.map(|n| format!("{kind}: {list} names {n}, which is no field")));
        }
        wrong.extend(
            decl.frozen
                .iter()
                .filter(|s| !info.states().iter().any(|i| i == *s))
                .map(|s| format!("{kind}: no state {s}")),
        );
        for name in decl.events {
            if info.field(name).is_some_and(|f| f.shape != Shape::Date) {
                wrong.push(format!("{kind}: event {name} is no date"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn steps_name_states_and_fields_that_are_there() {
    let mut wrong = Vec::new();
    for kind in Kind::ALL {
        let info = kind.info();
        if !kind.steps().is_empty() && !kind.decl().steps_set_state {
            wrong.push(format!("{kind} has steps, but its state is chosen by hand"));
        }
        for step in kind.steps() {
            let place = format!("{kind} {}", step.name);
            if step.name.is_empty() || step.label.is_empty() || step.who.is_empty() || step.from.is_empty() {
                wrong.push(format!("{place}: no name, label, who or from"));
            }
            for state in step.from.iter().chain([&step.to]) {
                if !info.states().iter().any(|s| s == state) {
                    wrong.push(format!("{place}: no state {state}"));
                }
            }
            let stamps = step.stamps.iter().map(|(name, _)| name);
            for name in step.asks.iter().chain(step.requires).chain(stamps) {
                if info.field(name).is_none() {
                    wrong.push(format!("{place}: no field {name}"));
                }
            }
            for guard in step.guards {
                if guard.rule.is_empty() {
                    wrong.push(format!("{place}: a guard without rule"));
                }
            }
        }
        for (i, step) in kind.steps().iter().enumerate() {
            let twice = kind
                .steps()
                .iter()
                .skip(i + 1)
                .find(|s| s.name == step.name && s.from.iter().any(|f| step.from.contains(f)));
            if let Some(twice) = twice {
                wrong.push(format!("{kind}: two steps {} from one state ({})", step.name, twice.label));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_state_of_a_workflow_can_be_reached() {
    for kind in Kind::ALL.iter().filter(|k| !k.steps().is_empty()) {
        let states = kind.info().states();
        let mut reached = vec![states[0].as_str()];
        let mut grew = true;
        while grew {
            grew = false;
            for step in kind.steps() {
                if step.from.iter().any(|f| reached.contains(f)) && !reached.contains(&step.to) {
                    reached.push(step.to);
                    grew = true;
                }
            }
        }
        for state in states {
            assert!(reached.contains(&state.as_str()), "{kind}: no way leads to {state}");
        }
    }
}

#[test]
fn kinds_whose_state_moves_by_steps_have_steps() {
    for kind in Kind::ALL.iter().filter(|k| k.decl().steps_set_state) {
        assert!(!kind.steps().is_empty(), "{kind}: steps set its state, and it has none");
    }
}

#[test]
fn a_kind_costs_one_file_and_one_line() {
    let records = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/records");
    let mut files: Vec<String> = std::fs::read_dir(&records)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "mod.rs")
        .map(|name| name.trim_end_matches(".rs").to_owned())
        .collect();
    files.sort();
    let list = std::fs::read_to_string(records.join("mod.rs")).unwrap();
    let (_, after) = list.split_once("\nkinds! {\n").unwrap();
    let (lines, _) = after.split_once("\n}").unwrap();
    let mut listed: Vec<&str> = lines.lines().map(|l| l.trim().split("::").next().unwrap()).collect();
    listed.sort_unstable();
    assert_eq!(files, listed, "one file and one line a kind");
    assert_eq!(listed.len(), Kind::ALL.len());
    for kind in Kind::ALL {
        assert!(listed.contains(&kind.name()), "the file of {kind} is named as the kind");
    }
}

/// Every field of specification 0.4 is there, in the machine copy's words, for the kinds of the certification cycle.
#[test]
fn fields_and_enumerations_are_those_of_the_specification() {
    let specified: &[(&str, &str)] = &[
        (
            "scope_item",
            "kind(org_unit / site / product / process / information / technology / interface / dependency) in_scope(bool) name justification external_party_id control_description linked_requirement_ids last_reviewed_at state",
        ),
        (
            "document",
            "kind(scope / policy / topic_policy / procedure / plan / register / report / soa / rtp / minutes / form / external) identifier title owner_id classification format media location audience_group_ids access_group_ids review_interval_months retention_months retention_basis external_origin(bool) external_source external_version external_checked_at external_availability(none / on_request / public) external_channel external_availability_checked_at legibility_checked_at required_by state(active / retired)",
        ),
        (
            "document_version",
            "document_id number state(draft / in_review / approved / published / superseded / retired) author_id reviewer_ids approver_id approved_at published_at effective_from next_review_at last_reviewed_at change_summary change_id file_hash content_checklist considered_issue_ids considered_requirement_ids considered_interface_ids",
        ),
        (
            "ack_campaign",
            "document_version_id audience_group_ids started_at due_at closed_at state(open / closed)",
        ),
        ("acknowledgement", "campaign_id person_id acknowledged_at waived_by waived_reason"),
        (
            "role",
            "kind(isms_conformity / isms_reporting / internal_auditor / risk_owner / incident_manager / privacy_lead / supplier_manager / continuity_lead / security_lead / platform_lead / engineering_lead / it_lead / hr / facilities / legal / other) title responsibilities authorities mandatory(bool) affects_isms(bool) last_reviewed_at state",
        ),
        (
            "role_assignment",
            "role_id person_id assigned_by assigned_at accepted_at communicated_at deputy_id allocated_time_pct end_at",
        ),
        (
            "asset",
            "name asset_type owner_id classification value_c value_i value_a in_scope(bool) added_at last_reviewed_at state",
        ),
        (
            "risk_method",
            "version author_id approved_by approved_at published_at next_review_at acceptance_criteria assessment_criteria triggers likelihood_scale impact_scale level_matrix treatment_process change_id state(draft / approved / superseded)",
        ),
        (
            "risk_assessment",
            "kind(planned / triggered) trigger_ref method_id scope_item_ids started_at completed_at performed_by participant_ids calibration_note approved_by approved_at state(open / completed)",
        ),
        (
            "risk",
            "title scenario asset_ids scope_item_ids threat vulnerability cia_affected owner_id owner_accepted_at existing_control_ids state linked_refs last_reviewed_at closure_requested_by closure_requested_at",
        ),
        (
            "risk_score",
            "risk_id assessment_id method_id type(inherent / current / target / residual) likelihood impact level rationale scored_by scored_at",
        ),
        (
            "risk_evaluation",
            "risk_id assessment_id method_id acceptable(bool) priority_rank evaluated_by evaluated_at",
        ),
        (
            "treatment_plan",
            "risk_id option(modify / avoid / share / retain) rationale control_ids action_task_ids resources responsible_id due_at target_score_id approved_by approved_at completed_at result_note residual_score_id state(draft / proposed / approved / in_progress / done / cancelled)",
        ),
        (
            "risk_acceptance",
            "risk_id residual_score_id accepted_by accepted_at expires_at rationale conditions state(active / expired / revoked)",
        ),
        (
            "control",
            "ref title framework(annex_a / custom) owner_id implementation_status(not_started / planned / partly / implemented) implementation_note document_ids review_interval_months last_reviewed_at review_result(effective / not_effective) state",
        ),
        (
            "soa_version",
            "document_version_id number author_id approved_by approved_at published_at next_review_at state(draft / approved / published / superseded)",
        ),
        (
            "applicability_decision",
            "control_id soa_version_id applicable(bool) reason_codes(risk / legal / contractual / business / baseline) justification linked_risk_ids linked_requirement_ids implementation_status_at_version decided_by decided_at approved_by approved_at state(undecided / proposed / approved / published / superseded)",
        ),
        ("evidence_requirement", "control_id requirement_ref kind frequency_months owner_id state"),
        (
            "evidence",
            "requirement_id control_ids requirement_refs title kind file_hash url collected_by collected_at period_from period_to reviewed_by reviewed_at reject_reason valid_until state(requested / collected / accepted / rejected / expiring / expired / withdrawn)",
        ),
        (
            "task",
            "title assignee_id due_at completed_at state(open / in_progress / done / cancelled) source_ref",
        ),
        (
            "attestation",
            "requirement_ref statement verdict(conform / not_conform) attested_by attested_at evidence_ids countersigned_by",
        ),
    ];
    for (kind, fields) in specified {
        let info = Kind::by_name(kind).unwrap_or_else(|| panic!("no kind {kind}")).info();
        let mut names: Vec<&str> = info.fields.iter().map(|f| f.name.as_str()).collect();
        let mut expected = Vec::new();
        let spread = fields.replace(" / ", "/");
        for word in spread.split(' ') {
            let (name, kinds) = word.split_once('(').unwrap_or((word, ""));
            expected.push(name);
            let shape = &info.field(name).unwrap_or_else(|| panic!("{kind} has no field {name}")).shape;
            match kinds.trim_end_matches(')') {
                "" => {}
                "bool" => assert_eq!(*shape, Shape::Bool, "{kind}.{name}"),
                choices => {
                    let choices: Vec<String> = choices.split('/').map(str::to_owned).collect();
                    assert_eq!(*shape.item(), Shape::Choice(choices), "{kind}.{name}");
                }
            }
        }
        names.sort_unstable();
        expected.sort_unstable();
        assert_eq!(names, expected, "fields of {kind}");
    }
}

#[test]
fn fields_say_what_they_mean() {
    for kind in Kind::ALL {
        for field in kind.info().fields.iter() {
            assert!(!field.help.is_empty(), "{kind}.{} has no help text", field.name);
        }
    }
}
