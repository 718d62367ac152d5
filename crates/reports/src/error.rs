//! Why a report could not be made. All are faults of this crate or of memory, none of the records: what people typed
//! is never refused here.

/// Why a report could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The typesetter refused a template or could not write the PDF.
    #[error("the document could not be typeset: {0}")]
    Typeset(String),
    /// The workbook could not be written.
    #[error("the workbook could not be written: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// The table could not be written as CSV.
    #[error("the table could not be written as CSV: {0}")]
    Csv(#[from] ::csv::Error),
    /// The view could not be written as JSON.
    #[error("the content could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}
