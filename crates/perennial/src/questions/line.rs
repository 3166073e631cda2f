//! One question of several: its name, where it stands, its words, and what of that which holds for all is added.

use perennial_rules::expr;
use perennial_rules::suggest::did_you_mean;

use crate::args::AnyQuestion;
use crate::failure::Failure;

/// What is said once for all questions, and not in one of them.
const ONCE: [&str; 5] = ["--input", "--out", "--threads", "--output", "--save"];
/// The options that say of what is asked.
const SOURCE: [&str; 2] = ["--input", "--out"];
/// The option of rules, which all hold together.
const WHERE: &str = "--where";
/// The question that is answered of scores, where it is asked of a run.
const RFM: &str = "rfm";
/// The option of questions that are answered of a table of their own.
const TABLE: &str = "--paths";

/// What holds for all questions that do not say otherwise.
#[derive(Clone, Debug, Default)]
pub struct Common {
    /// Options and their values; `--input` may stand there often.
    pub options: Vec<(&'static str, String)>,
    /// Rules that rows must meet, besides a question's own.
    pub rules: Vec<String>,
}

/// A question among others.
#[derive(Clone, Debug)]
pub struct Line {
    /// What its answer is called.
    pub name: String,
    /// Where it stands, for complaints.
    pub place: String,
    /// Its words, the first of which says what sort of question it is.
    pub words: Vec<String>,
}

impl Common {
    /// The same, where `over` says otherwise as that has it. Rules add up.
    pub fn with(mut self, over: Self) -> Self {
        let has = |options: &[&str]| over.options.iter().any(|(own, _)| options.contains(own));
        let has_source = has(&SOURCE);
        self.options.retain(|(option, _)| match option {
            option if SOURCE.contains(option) => !has_source,
            option => !has(&[*option]),
        });
        self.options.extend(over.options);
        self.rules.extend(over.rules);
        self
    }

    fn is_of_run(&self) -> bool {
        self.options.iter().any(|(option, _)| *option == "--out")
    }
}

impl Line {
    /// A failure, with the question that it is about.
    pub fn blame(&self, failure: Failure) -> Failure {
        let (place, name) = (&self.place, &self.name);
        let message = match failure.message.is_empty() {
            true => format!("{place}: question `{name}` cannot be asked, see above"),
            false => format!("{place}: question `{name}`: {}", failure.message),
        };
        Failure { message, ..failure }
    }

    /// The question as the command line has it, with what holds for all.
    ///
    /// # Errors
    /// No question, unknown options, and options that are said once for all.
    pub fn question(&self, common: &Common, output: &str) -> Result<AnyQuestion, Failure> {
        let words = self.completed(common, output);
        let question = words.and_then(|words| AnyQuestion::parse(&words));
        let question = question.map_err(|said| self.blame(Failure::usage(said)))?;
        Ok(question.with_run())
    }

    /// The words with those of the options for all that the question leaves open.
    fn completed(&self, common: &Common, output: &str) -> Result<Vec<String>, String> {
        let command = AnyQuestion::command();
        let Some(sort) = self.words.first() else {
            return Err(
                "nothing is asked; write for example `funnel --steps visit,buy --window 14d`"
                    .to_owned(),
            );
        };
        let known = || command.get_subcommands().map(clap::Command::get_name);
        let Some(own) = command.find_subcommand(sort) else {
            let meant = did_you_mean(sort, known());
            let meant = meant.map_or_else(String::new, |meant| format!("did you mean `{meant}`? "));
            let all = known().collect::<Vec<_>>().join(", ");
            return Err(format!("`{sort}` is no question; {meant}there are {all}"));
        };
        if let Some(option) = ONCE.iter().find(|option| self.place_of(option).is_some()) {
            return Err(format!(
                "{option} is said once for all questions, not in one of them"
            ));
        }
        let has = |option: &str| own.get_arguments().any(|arg| is_called(arg, option));
        let is_scored = sort == RFM && common.is_of_run();
        let mut words = self.words.clone();
        for (option, value) in &common.options {
            let is_source = SOURCE.contains(option);
            if self.place_of(option).is_some()
                || (is_source || *option == "--threads") && self.place_of(TABLE).is_some()
                || *option == "--threads" && is_scored
            {
                continue;
            }
            if !has(option) || is_scored && !is_source {
                return Err(cannot(sort, option, is_scored));
            }
            words.push(format!("{option}={value}"));
        }
        if !common.rules.is_empty() {
            if !has(WHERE) || is_scored {
                return Err(cannot(sort, WHERE, is_scored));
            }
            add_rules(&mut words, self.place_of(WHERE), &common.rules);
        }
        words.push(format!("--output={output}"));
        Ok(words)
    }

    /// Where an option stands among the words.
    fn place_of(&self, option: &str) -> Option<usize> {
        let is = |word: &String| {
            let rest = word.strip_prefix(option);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        };
        self.words.iter().position(is)
    }
}

fn is_called(arg: &clap::Arg, option: &str) -> bool {
    arg.get_long() == option.strip_prefix("--")
}

fn cannot(sort: &str, option: &str, is_scored: bool) -> String {
    let of_run = if is_scored { " of a run" } else { "" };
    format!(
        "`{sort}`{of_run} has no {option}, which is said for all questions: say it in those that have it, or ask `{sort}` by itself"
    )
}

/// Puts rules and the question's own, at `place` if there is one, into one that holds where all hold. One
/// that cannot be read stands alone, so that the complaint about it shows it as it was written.
fn add_rules(words: &mut Vec<String>, place: Option<usize>, common: &[String]) {
    let mut rules = common.to_vec();
    if let Some(place) = place {
        let word = words.remove(place);
        match word.split_once('=') {
            Some((_, rule)) => rules.push(rule.to_owned()),
            None if place < words.len() => rules.push(words.remove(place)),
            // Without its value it is left to be complained about.
            None => words.push(word),
        }
    }
    let parsed: Vec<_> = rules.iter().map(|rule| expr::parse(rule)).collect();
    let wrong = parsed.iter().position(Result::is_err);
    let rule = match (wrong, &rules[..]) {
        (Some(wrong), _) => rules[wrong].clone(),
        (None, [rule]) => rule.clone(),
        (None, _) => {
            let parts = parsed.iter().flatten().map(|rule| format!("({rule})"));
            parts.collect::<Vec<_>>().join(" and ")
        }
    };
    words.push(format!("{WHERE}={rule}"));
}
