//! Which file holds what: a path's part in the project.

use crate::project::syntax::scalar::did_you_mean;
use crate::{Diagnostic, Span};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `perennial.yaml`: the project.
    Project,
    /// `touchpoints.yaml`.
    Touchpoints,
    /// `segments.yaml`.
    Segments,
    /// `kpis.yaml`.
    Kpis,
    /// A lifecycle of `lifecycles/`.
    Lifecycle,
    /// Something that is read elsewhere, or not ours.
    Other,
    /// A file that looks like a part of the project and is none.
    Stray,
}

/// The files of the root, without their ending, and what they hold.
const FILES: [(&str, Part); 4] = [
    ("perennial", Part::Project),
    ("touchpoints", Part::Touchpoints),
    ("segments", Part::Segments),
    ("kpis", Part::Kpis),
];

/// The folders, and what their files hold.
const FOLDERS: [(&str, Part); 5] = [
    ("lifecycles", Part::Lifecycle),
    ("campaigns", Part::Other),
    ("content", Part::Other),
    ("templates", Part::Other),
    ("scenarios", Part::Other),
];

/// The part that the file of a path plays. Paths are relative to the project folder.
pub fn part(path: &str) -> Part {
    let path = tidy(path);
    let (folder, file) = match path.split_once('/') {
        Some((folder, rest)) => (Some(folder), rest.rsplit('/').next().unwrap_or(rest)),
        None => (None, path.as_str()),
    };
    let Some((stem, ending)) = file.rsplit_once('.') else {
        return Part::Other;
    };
    let yaml = matches!(ending, "yaml" | "yml");
    if stem.is_empty() || stem.starts_with('.') || !(yaml || ending == "json") {
        return Part::Other;
    }
    let known = match folder {
        None => FILES.iter().find(|(name, _)| *name == stem),
        Some(folder) => FOLDERS.iter().find(|(name, _)| *name == folder),
    };
    match (known, folder) {
        (Some((_, part)), _) => *part,
        (None, None) if yaml => Part::Stray,
        // Other folders are nobody's business, unless their name is nearly one of ours.
        (None, Some(folder)) if yaml && meant(folder).is_some() => Part::Stray,
        _ => Part::Other,
    }
}

/// The warning about a file that plays no part though it seems to.
pub fn stray(number: usize, path: &str) -> Diagnostic {
    let path = tidy(path);
    let start = Span {
        file: number,
        bytes: 0..0,
    };
    let message = format!("`{path}` is not read: no part of a project has this name");
    let help = match path.split_once('/') {
        Some((folder, _)) => meant(folder),
        None => {
            let stem = path
                .rsplit_once('.')
                .map_or(path.as_str(), |(stem, _)| stem);
            let names = FILES.map(|(name, _)| format!("{name}.yaml"));
            did_you_mean(&format!("{stem}.yaml"), names.iter().map(String::as_str))
        }
    };
    let help = help.unwrap_or_else(|| {
        "parts are perennial.yaml, touchpoints.yaml, segments.yaml, kpis.yaml and lifecycles/*.yaml".to_owned()
    });
    Diagnostic::warning("W0160", start, message, "left out").help(help)
}

/// The way out for a folder whose name is nearly that of a part.
fn meant(folder: &str) -> Option<String> {
    if let "touchpoints" | "segments" = folder {
        return Some(format!("write them all into `{folder}.yaml`"));
    }
    did_you_mean(folder, FOLDERS.map(|(name, _)| name))
}

/// A path with `/` between its parts and no `./` before it.
fn tidy(path: &str) -> String {
    let path = path.replace('\\', "/");
    path.strip_prefix("./").unwrap_or(&path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_tell_the_part() {
        let cases = [
            ("perennial.yaml", Part::Project),
            ("./perennial.yml", Part::Project),
            ("perennial.json", Part::Project),
            ("touchpoints.yaml", Part::Touchpoints),
            ("lifecycles/retail.yaml", Part::Lifecycle),
            ("lifecycles\\retail.yaml", Part::Lifecycle),
            ("lifecycles/de/retail.yaml", Part::Lifecycle),
            ("lifecycles/README.md", Part::Other),
            ("lifecycles/.retail.yaml", Part::Other),
            ("lifecycle/retail.yaml", Part::Stray),
            ("segments/vip.yaml", Part::Stray),
            ("touchpoint.yaml", Part::Stray),
            ("docker-compose.yaml", Part::Stray),
            ("kpis.yaml", Part::Kpis),
            ("campaigns/welcome.yaml", Part::Other),
            ("package.json", Part::Other),
            (".github/workflows/check.yaml", Part::Other),
            ("data/orders.csv", Part::Other),
        ];
        for (path, expected) in cases {
            assert_eq!(part(path), expected, "{path}");
        }
    }
}
