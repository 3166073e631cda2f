//! `schema`: the JSON Schemas of project files, for editors.

use std::io::Write;
use std::process::ExitCode;

use perennial_rules::project::schemas;

use crate::args::Schema;
use crate::failure::Failure;

pub fn schema(args: &Schema) -> Result<ExitCode, Failure> {
    let mut out = std::io::stdout().lock();
    for (name, text) in schemas() {
        match &args.to {
            None => writeln!(out, "{text}")?,
            Some(folder) => {
                std::fs::create_dir_all(folder)?;
                let path = folder.join(name);
                std::fs::write(&path, text)
                    .map_err(|e| Failure::failed(format!("{}: {e}", path.display())))?;
                writeln!(out, "{}", path.display())?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
