//! Erasing a customer, and suppressing her.

use std::collections::HashSet;

use perennial_store::LogError;
use serde_json::{Value as Json, json};

use super::fate;
use super::named::{Named, forms};
use crate::{AskError, Question, Whose, Workspace};

/// Erases a customer: her lines leave both logs, and what is derived is built anew without them.
///
/// # Errors
/// [`AskError::Unknown`], [`AskError::Conflict`] while other rules are applied, [`AskError::Failed`].
pub(crate) fn erase(workspace: &Workspace, who: &Whose) -> Result<Json, AskError> {
    let _alone = workspace.take_alone();
    let profile = workspace.ask_and_wait(Question::Customer(who.clone()))?;
    let hers = identifiers(&profile);
    if workspace.status().applying.is_some() {
        let cause = "rules are being applied; try again when they are in force";
        return Err(AskError::Conflict(cause.to_owned()));
    }
    // What came once stays known to have come, though it is not there any more.
    workspace.ask_and_wait(Question::Save)?;
    workspace.privacy().begin_erasing(&hers, workspace.now())?;
    let ids = hers.clone();
    let rewritten = workspace.between(move |logs| {
        let is_hers =
            |line: &str| may_name(&ids, line) && Named::of(line).is_of(&|id| ids.contains(id));
        let events = logs.events.rewrite(0, |_, line| fate(is_hers(line)))?;
        // What was refused may be no JSON at all, so any mention counts.
        let failed = logs.failed.rewrite(0, |_, line| {
            let escapes = line.contains("\\u");
            let is_mentioned = mentions(&ids, line) || escapes && mentions(&ids, &unescaped(line));
            fate(is_mentioned || Named::of_refused(line).is_of(&|id| ids.contains(id)))
        })?;
        Ok::<_, LogError>((events.lines(), failed.lines()))
    })?;
    let counts = rewritten.map_err(AskError::failed)?;
    // After the log: what is made of it from here on knows nothing of her.
    workspace.forget_pictures()?;
    let rebuilt = workspace.ask_and_wait(Question::Rebuild)?;
    workspace.privacy().end_erasing()?;
    Ok(json!({
        "erased": {"events": counts.0, "failed": counts.1, "identifiers": hers.len()},
        "stores": ["log", "failed", "state", "pictures"],
        "rebuilt": rebuilt,
    }))
}

/// Suppresses a customer by all that she is known by, or takes that back.
///
/// # Errors
/// [`AskError::Failed`].
pub(crate) fn suppress(workspace: &Workspace, who: &Whose, on: bool) -> Result<Json, AskError> {
    let (Whose::Any(id) | Whose::Of { id, .. }) = who;
    let mut ids: HashSet<String> = forms(id.trim().to_owned()).into_iter().collect();
    match workspace.ask_and_wait(Question::Customer(who.clone())) {
        Ok(profile) => ids.extend(identifiers(&profile)),
        // Whoever has not come yet can be suppressed all the same.
        Err(AskError::Unknown(_)) => {}
        Err(error) => return Err(error),
    }
    let answer = workspace.privacy().suppress(&ids, on, workspace.now())?;
    if on {
        workspace.forget_pictures()?;
    }
    Ok(answer)
}

/// Everything that a profile is known by, in all forms.
fn identifiers(profile: &Json) -> HashSet<String> {
    let listed = profile["identifiers"].as_array().into_iter().flatten();
    let listed = listed.filter_map(|one| one["identifier"].as_str());
    let said = ["email", "phone"].map(|name| profile["traits"][name].as_str());
    let all = listed.chain(said.into_iter().flatten()).map(str::trim);
    // Nobody is found by nothing at all, which every line holds.
    let all = all.filter(|id| !id.is_empty());
    all.flat_map(|id| forms(id.to_owned())).collect()
}

/// Whether a call may name any of some identifiers: most lines can be told not to without reading them.
fn may_name(ids: &HashSet<String>, line: &str) -> bool {
    // These are compared in a form of their own, and escapes may spell an identifier in other letters.
    let spelled_otherwise = ["\"email\"", "\"phone\"", "\\"];
    spelled_otherwise.iter().any(|part| line.contains(part)) || mentions(ids, line)
}

fn mentions(ids: &HashSet<String>, text: &str) -> bool {
    ids.iter().any(|id| text.contains(id.as_str()))
}

/// A text with its `\uXXXX` written as the letters that they stand for, however deep it is quoted.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut units: Vec<u16> = Vec::new();
    let mut rest = text;
    loop {
        let unit = rest
            .trim_start_matches('\\')
            .strip_prefix('u')
            .filter(|_| rest.starts_with('\\'));
        let unit = unit.and_then(|after| Some((after.get(..4)?, after.get(4..)?)));
        let unit =
            unit.and_then(|(digits, after)| Some((u16::from_str_radix(digits, 16).ok()?, after)));
        if let Some((unit, after)) = unit {
            units.push(unit);
            rest = after;
            continue;
        }
        plain.push_str(&String::from_utf16_lossy(&units));
        units.clear();
        let mut letters = rest.chars();
        match letters.next() {
            Some(letter) => plain.push(letter),
            None => return plain,
        }
        rest = letters.as_str();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_seen_through() {
        assert_eq!(unescaped(r#"{"a":"Zo\u00eb"}"#), r#"{"a":"Zoë"}"#);
        assert_eq!(unescaped(r"\\\u00eb \ud83c\udf31 \u12"), "ë 🌱 \\u12");
    }
}
