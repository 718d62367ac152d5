//! CSV and JSON.

use reports::{Cell, Column, Print, Table};

use crate::samples::{self, HOSTILE, day};

fn read(bytes: &[u8]) -> Vec<Vec<String>> {
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).expect("a byte order mark");
    csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text)
        .records()
        .map(|r| r.unwrap().iter().map(str::to_owned).collect())
        .collect()
}

#[test]
fn hostile_text_stays_text() {
    let rows = HOSTILE.iter().map(|text| vec![Cell::Text((*text).into()), Cell::Number(-2.5)]).collect();
    let table = Table::new("x", vec![Column::new("=cmd"), Column::new("n")], rows);
    let back = read(&reports::table_csv(&table).unwrap());
    assert_eq!(back[0], ["'=cmd", "n"]);
    for (row, text) in back[1..].iter().zip(HOSTILE) {
        let dangerous = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
        assert_eq!(row[0], if dangerous { format!("'{text}") } else { text.to_owned() });
        assert_eq!(row[1], "-2.5", "a real number keeps its sign");
    }
    assert_eq!(back.len(), HOSTILE.len() + 1);
}

#[test]
fn cells_have_one_spelling() {
    let row = vec![
        Cell::Date(day("2026-01-31")),
        Cell::Bool(true),
        Cell::Number(3.0),
        Cell::Empty,
        Cell::Number(f64::NAN),
    ];
    let columns = ["a", "b", "c", "d", "e", "f"].map(Column::new);
    let bytes = reports::table_csv(&Table::new("x", columns.into(), vec![row])).unwrap();
    assert_eq!(String::from_utf8(bytes).unwrap(), "\u{feff}a,b,c,d,e,f\r\n2026-01-31,true,3,,,\r\n");
}

#[test]
fn statement_and_register_have_a_line_a_row() {
    let soa = read(&reports::soa_csv(&samples::soa()).unwrap());
    assert_eq!(soa.len(), 1 + 95);
    assert_eq!(soa[1][0], "A.5.1");
    assert_eq!(soa[93][0], "A.8.34");
    assert_eq!(soa[95][0], "C-2");
    let risks = read(&reports::risks_csv(&samples::register(25)).unwrap());
    assert_eq!(risks.len(), 1 + 25);
    assert!(risks.iter().all(|row| row.len() == risks[0].len()));
}

#[test]
fn json_carries_the_whole_view_and_its_hash() {
    let soa = samples::soa();
    let mut print = Print::of_soa(&soa, samples::now());
    let bytes = reports::soa_json(&soa, &print).unwrap();
    assert_eq!(bytes, reports::soa_json(&soa, &print).unwrap());
    let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(json["document"]["company"], "Tarnwick Rota GmbH & Co. KG");
    assert_eq!(json["document"]["classification"], "Internal");
    assert_eq!(json["document"]["generated"], "2026-03-02T09:30:00Z");
    assert_eq!(json["document"]["version"], "1.2 (published)");
    assert_eq!(json["document"]["statement"], reports::STATEMENT);
    assert_eq!(json["content"]["rows"].as_array().unwrap().len(), 95);
    let hash = json["document"]["content_sha256"].as_str().unwrap();
    assert_eq!(
        hash,
        reports::content_hash(&json["content"]).unwrap(),
        "the hash is that of the content as read"
    );

    // The hash is of the content alone: what the print says about itself does not change it, a row does.
    print.generated = "2027-01-01T00:00:00Z".parse().unwrap();
    let later: serde_json::Value = serde_json::from_slice(&reports::soa_json(&soa, &print).unwrap()).unwrap();
    assert_eq!(later["document"]["content_sha256"], hash);
    let mut other = soa;
    other.rows[0].owner = "Somebody else".into();
    assert_ne!(reports::content_hash(&other).unwrap(), hash);
}

#[test]
fn open_points_are_what_the_register_shows() {
    let mut register = samples::register(12);
    register.rows[2].acceptance.as_mut().unwrap().in_force = false;
    register.rows[6].acceptable = None;
    register.rows[3].state = "closed".into();
    let points: Vec<String> =
        reports::risk_points(&register).iter().map(|(id, text)| format!("{id} {text}")).collect();
    let plan = samples::id("treatment_plan", 8);
    let acceptance = samples::id("risk_acceptance", 3);
    assert_eq!(
        points,
        [
            format!("R-3 acceptance {acceptance} (until 2027-01-20) is not in force"),
            "R-7 has not been evaluated".to_owned(),
            format!("R-8 treatment plan {plan}, due 2026-02-01, is past its day and not done"),
            "R-10 is not acceptable and has no treatment plan".to_owned(),
            "R-11 has no owner".to_owned(),
        ]
    );
}
