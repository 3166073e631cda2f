//! An inquiry's questions as words of the command line: known options only, none that names a place.

use clap::{Arg, ArgAction, Command};
use perennial_api::{Ask, Refusal};
use perennial_rules::suggest::did_you_mean;

use crate::args::AnyQuestion;
use crate::commands::aside::OUT_FOLDER;
use crate::folder::RULES_FILE;

/// Options that say where is read or written, in which form, and with how much of the machine. Options whose
/// value is a file or a folder are among them without being named.
const PLACES: [&str; 6] = ["input", "out", "project", "output", "columns", "threads"];
/// What values are called that are files or folders.
const PATHS: [&str; 2] = ["FILE", "DIR"];
/// The question that has options of files of orders only.
const RFM: &str = "rfm";
/// Most characters of a complaint.
const MAX_MESSAGE_CHARS: usize = 1_000;

/// The words of a question: those of its options, and where it is asked.
///
/// # Errors
/// What is unknown, names a place, or is wrong.
pub fn words(ask: &Ask) -> Result<Vec<String>, Refusal> {
    let all = questions();
    let Some(question) = all.iter().find(|own| own.get_name() == ask.question) else {
        return Err(unknown_question(&ask.question, &all));
    };
    let mut words = vec![ask.question.clone()];
    for (name, value) in &ask.options {
        words.extend(word(question, name, value)?);
    }
    let has = |name: &str| {
        question
            .get_arguments()
            .any(|own| own.get_long() == Some(name))
    };
    words.push(format!("--out={OUT_FOLDER}"));
    words.push("--output=json".to_owned());
    if has("project") && question.get_name() != RFM {
        words.push(format!("--project={RULES_FILE}"));
    }
    AnyQuestion::parse(&words).map_err(|said| Refusal::Wrong(complaint(&said)))?;
    Ok(words)
}

/// The commands that are questions.
fn questions() -> Vec<Command> {
    AnyQuestion::command().get_subcommands().cloned().collect()
}

/// The word of an option; none for a flag that is not set.
fn word(question: &Command, name: &str, value: &str) -> Result<Option<String>, Refusal> {
    let long = name.replace('_', "-");
    let own = question
        .get_arguments()
        .find(|own| own.get_long() == Some(&long));
    let Some(own) = own.filter(|_| long != "help" && long != "version") else {
        return Err(unknown_option(question, &long));
    };
    if is_place(own) {
        return Err(Refusal::Wrong(format!(
            "`{long}` says where is read or written, or how: a server sees to that itself, so leave it out"
        )));
    }
    if question.get_name() == RFM {
        return Err(Refusal::Wrong(format!(
            "`{long}` is an option of `rfm` over files of orders: of a server's customers the run's own scores are \
             told, so leave it out"
        )));
    }
    if matches!(own.get_action(), ArgAction::SetTrue) {
        return match value {
            "" | "true" => Ok(Some(format!("--{long}"))),
            "false" => Ok(None),
            _ => Err(Refusal::Wrong(format!(
                "`{long}` is a flag: it has no value, or true or false"
            ))),
        };
    }
    let may_be_empty = own
        .get_num_args()
        .is_some_and(|range| range.min_values() == 0);
    Ok(Some(match value.is_empty() && may_be_empty {
        true => format!("--{long}"),
        false => format!("--{long}={value}"),
    }))
}

fn is_place(own: &Arg) -> bool {
    let named = own.get_long().is_some_and(|name| PLACES.contains(&name));
    let values = own.get_value_names().unwrap_or_default();
    named || values.iter().any(|name| PATHS.contains(&name.as_str()))
}

fn unknown_question(name: &str, all: &[Command]) -> Refusal {
    let known = all.iter().map(Command::get_name);
    let meant = did_you_mean(name, known.clone());
    let meant = meant.map_or_else(
        || ".".to_owned(),
        |meant| format!("; did you mean `{meant}`?"),
    );
    let known: Vec<&str> = known.collect();
    let known = known.join(", ");
    Refusal::UnknownQuestion(format!(
        "there is no such question{meant} There are {known}"
    ))
}

fn unknown_option(question: &Command, name: &str) -> Refusal {
    let open = |own: &&Arg| !is_place(own) && question.get_name() != RFM;
    let known = question
        .get_arguments()
        .filter(open)
        .filter_map(Arg::get_long);
    let known: Vec<&str> = known.filter(|own| *own != "help").collect();
    let meant = did_you_mean(name, known.iter().copied());
    let meant = meant.map_or_else(
        || ".".to_owned(),
        |meant| format!("; did you mean `{meant}`?"),
    );
    let known = match known.is_empty() {
        true => "It has none".to_owned(),
        false => format!("It has {}", known.join(", ")),
    };
    let question = question.get_name();
    Refusal::UnknownOption(format!("`{question}` has no such option{meant} {known}"))
}

/// What the command line says, in one line.
fn complaint(said: &str) -> String {
    let words: Vec<&str> = said.split_whitespace().collect();
    words.join(" ").chars().take(MAX_MESSAGE_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(question: &str, options: &[(&str, &str)]) -> Result<Vec<String>, Refusal> {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        words(&Ask {
            question: question.to_owned(),
            options: options.iter().map(pair).collect(),
        })
    }

    #[test]
    fn options_are_those_of_the_command_line() {
        let asked = ask(
            "funnel",
            &[
                ("step", "event = 'a,b'"),
                ("step", "-x = 1"),
                ("window", "14d"),
                ("by_limit", "3"),
                ("list", ""),
            ],
        );
        let wanted = [
            "funnel",
            "--step=event = 'a,b'",
            "--step=-x = 1",
            "--window=14d",
            "--by-limit=3",
            "--list",
            "--out=out",
            "--output=json",
        ];
        assert_eq!(asked.unwrap(), wanted);
        let asked = ask("kpis", &[]).unwrap();
        assert!(
            asked.contains(&"--project=rules.json".to_owned()),
            "{asked:?}"
        );
        assert!(ask("rfm", &[]).is_ok());
        assert!(ask("paths", &[("ends", ""), ("keep-repeats", "false")]).is_ok());
    }

    #[test]
    fn no_option_that_names_a_place_is_taken() {
        for question in questions() {
            let name = question.get_name().to_owned();
            let places = question.get_arguments().filter(|own| is_place(own));
            let places: Vec<&str> = places.filter_map(Arg::get_long).collect();
            for must in ["out", "output", "save"] {
                assert!(places.contains(&must), "{name} {must}");
            }
            for place in places {
                let refused = ask(&name, &[(place, "x")]);
                assert!(
                    matches!(refused, Err(Refusal::Wrong(_))),
                    "{name} {place} {refused:?}"
                );
            }
        }
        let taken = ask(
            "attribution",
            &[("paths", "/etc/passwd"), ("model", "last")],
        );
        assert!(matches!(taken, Err(Refusal::Wrong(_))), "{taken:?}");
    }

    #[test]
    fn what_is_unknown_or_wrong_is_told_with_a_way_out() {
        let told = |asked: Result<Vec<String>, Refusal>| match asked {
            Err(Refusal::UnknownQuestion(text)) => ("question", text),
            Err(Refusal::UnknownOption(text)) => ("option", text),
            Err(Refusal::Wrong(text)) => ("wrong", text),
            other => panic!("{other:?}"),
        };
        for (asked, kind, says) in [
            (ask("funel", &[]), "question", "did you mean `funnel`?"),
            (ask("serve", &[]), "question", "There are"),
            (ask("stages", &[]), "question", "kpis"),
            (
                ask("funnel", &[("windw", "1d")]),
                "option",
                "did you mean `window`?",
            ),
            (
                ask("funnel", &[("help", "")]),
                "option",
                "has no such option",
            ),
            (
                ask("funnel", &[("steps", "a,b")]),
                "wrong",
                "--window <DURATION>",
            ),
            (
                ask(
                    "funnel",
                    &[("steps", "a"), ("window", "1d"), ("order", "x")],
                ),
                "wrong",
                "ordered",
            ),
            (
                ask("funnel", &[("steps", "a"), ("window", "1d"), ("list", "x")]),
                "wrong",
                "flag",
            ),
            (ask("rfm", &[("tiles", "5")]), "wrong", "leave it out"),
        ] {
            let (found, text) = told(asked);
            assert!(
                found == kind && text.contains(says),
                "{kind} {says}: {found} {text}"
            );
            assert!(!text.contains("Usage"), "{text}");
        }
    }
}
