//! What leaves the building: the views of `isms` as bytes, for people (PDF, XLSX) and for tools (CSV, JSON).
//!
//! Nothing here computes what is shown, reads a clock, a file or the network: a view and a [`Print`] come in, bytes
//! go out, and the same input always gives the same bytes. Typst stays inside `typeset`, rust_xlsxwriter inside
//! `xlsx`; adding a report costs one file with its columns or its template.

mod csv;
mod error;
mod json;
mod print;
mod risks;
mod soa;
mod table;
mod typeset;
mod words;
mod xlsx;

pub use crate::{
    csv::table_csv,
    error::ReportError,
    json::content_hash,
    print::{Classification, Print, STATEMENT},
    risks::{risk_points, risk_table, risks_csv, risks_json, risks_pdf, risks_xlsx},
    soa::{soa_csv, soa_json, soa_pdf, soa_table, soa_xlsx},
    table::{Cell, Column, Table},
    xlsx::table_xlsx,
};
