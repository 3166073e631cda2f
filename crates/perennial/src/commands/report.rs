//! `report`: what a run's results say, as one page of HTML.

use std::io::Write;
use std::process::ExitCode;

use crate::args::{Report, ReportOutput};
use crate::failure::{Failure, note};
use crate::report;

pub fn report(args: &Report) -> Result<ExitCode, Failure> {
    let content = report::read(args)?;
    let text = match args.output {
        ReportOutput::Html => perennial_report::page(&content),
        ReportOutput::Json => {
            let mut text = serde_json::to_string_pretty(&content).map_err(Failure::failed)?;
            text.push('\n');
            text
        }
    };
    match &args.save {
        None => {
            let mut out = std::io::stdout().lock();
            out.write_all(text.as_bytes())?;
            out.flush()?;
        }
        Some(path) => {
            std::fs::write(path, &text)
                .map_err(|e| Failure::failed(format!("{}: {e}", path.display())))?;
            let bytes = text.len().div_ceil(1_000);
            note(&format!("the report is in {} ({bytes} kB)", path.display()));
        }
    }
    Ok(ExitCode::SUCCESS)
}
