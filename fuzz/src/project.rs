//! What must hold of any texts that are given as a project's files.

use perennial_model::Symbols;
use perennial_rules::expr::parse;
use perennial_rules::project::{ProjectText, read};
use perennial_rules::{Machine, Project, Severity};

/// No panic; complaints point into their files; errors or a project; a version that stays the same when
/// it is read again or in another order of files; rules whose canonical text is them; and it compiles.
pub fn check(data: &[u8]) {
    let mut texts = files(&String::from_utf8_lossy(data));
    let reading = read(&texts);
    let mut faulty = false;
    for complaint in &reading.diagnostics {
        faulty |= complaint.severity == Severity::Error;
        let file = texts
            .get(complaint.span.file)
            .map_or("", |file| &file.text[..]);
        let inside = file.get(complaint.span.bytes.clone()).is_some();
        assert!(inside, "{complaint:?} points out of its file");
    }
    assert_eq!(
        reading.project.is_none(),
        faulty,
        "a project and errors, or neither"
    );
    let Some(project) = reading.project else {
        return;
    };
    assert_eq!(project.version.len(), 32);
    let again = read(&texts).project.map(|project| project.version);
    assert_eq!(again.as_ref(), Some(&project.version), "read again");
    texts.reverse();
    let turned = read(&texts).project.map(|project| project.version);
    assert_eq!(
        turned.as_ref(),
        Some(&project.version),
        "files turned round"
    );
    rules_stand(&project);
    Machine::compile(&project, &mut Symbols::default());
}

fn rules_stand(project: &Project) {
    let clauses = project
        .lifecycles
        .iter()
        .flat_map(|lifecycle| &lifecycle.stages)
        .flat_map(|stage| &stage.enter)
        .filter_map(|clause| clause.when.as_ref());
    let segments = project.segments.iter().map(|segment| &segment.when);
    for rule in clauses.chain(segments) {
        assert_eq!(parse(&rule.text).as_ref(), Ok(&rule.expr), "{}", rule.text);
    }
}

/// The files of one text: each begins after a line `-- PATH`, and what stands before the first such
/// line is `perennial.yaml`.
fn files(data: &str) -> Vec<ProjectText> {
    let mut files = vec![ProjectText {
        path: "perennial.yaml".to_owned(),
        text: String::new(),
    }];
    for line in data.split_inclusive('\n') {
        if let Some(path) = line.strip_prefix("-- ") {
            let path = path.trim().to_owned();
            if files.iter().all(|file| file.path != path) {
                files.push(ProjectText {
                    path,
                    text: String::new(),
                });
                continue;
            }
        }
        if let Some(file) = files.last_mut() {
            file.text.push_str(line);
        }
    }
    files
}
